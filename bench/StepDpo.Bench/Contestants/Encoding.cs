using System.Diagnostics.CodeAnalysis;
using StepDpo.Bench.Inputs;
using StepDpo.Engine.Tokenization;

namespace StepDpo.Bench.Contestants;

/// <summary>Encoding texts into tokens on one thread: ours, or Hugging Face's Rust library (by the NuGet package Tokenizers.DotNet).</summary>
internal static class Encoding
{
    /// <summary>Arguments: <c>ours</c> or <c>huggingface</c>, tokenizer's folder.</summary>
    public static Trial Run(string[] arguments)
    {
        var texts = Texts.OfTenMegabytes();
        var encode = arguments[0] == "ours" ? Ours(arguments[1]) : HuggingFaces(arguments[1]);
        // Compiled, and the caches of both filled by what a run would soon have met.
        foreach (var text in texts.Take(texts.Count / 10)) encode(text);
        var ids = 0L;
        var (seconds, cpu) = Stopwatches.Time(() =>
        {
            foreach (var text in texts) ids += encode(text);
        });
        return new Trial { Seconds = [seconds], CpuSeconds = [cpu], Tokens = ids, PeakBytes = Stopwatches.Memory("VmHWM") };
    }

    private static Func<string, int> Ours(string folder)
    {
        var tokenizer = Tokenizer.Load(folder);
        return text => tokenizer.Encode(text).Length;
    }

    [SuppressMessage("Reliability", "CA2000", Justification = "It lives as long as the process.")]
    private static Func<string, int> HuggingFaces(string folder)
    {
        var tokenizer = new Tokenizers.DotNet.Tokenizer(Path.Combine(folder, "tokenizer.json"));
        return text => tokenizer.Encode(text).Length;
    }
}
