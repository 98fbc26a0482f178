using StepDpo.Engine.Checkpoints.Folders;
using StepDpo.Engine.Sampling;
using StepDpo.Engine.Tokenization;

namespace StepDpo.Bench.Contestants;

/// <summary>Continuations by our sampler.</summary>
internal static class Sampling
{
    /// <summary>Arguments: model folder, tokenizer's folder, prompts, tokens of a prompt, samples of a prompt, new tokens.</summary>
    public static Trial Run(string[] arguments, Place place)
    {
        var (prompts, length, samples, newTokens) = (int.Parse(arguments[2]), int.Parse(arguments[3]), int.Parse(arguments[4]), int.Parse(arguments[5]));
        var model = HuggingFaceFolder.Load(arguments[0], place.Dtype, place.Device);
        var random = new Random(5);
        var vocabulary = model.Config.VocabularySize;
        using var sampler = new Sampler(model, Tokenizer.Load(arguments[1]));
        int[] Prompt() => [.. Enumerable.Range(0, length).Select(_ => random.Next(vocabulary))];
        var request = new SamplingRequest
        {
            Prompts = [.. Enumerable.Range(0, prompts).Select(_ => Prompt())],
            N = samples,
            MaxTokens = newTokens,
            Temperature = 0.8,
            TopP = 0.95,
            Seed = 1,
        };
        sampler.SampleAsync(request with { Prompts = [Prompt()], N = 1, MaxTokens = 2 }).GetAwaiter().GetResult();
        IReadOnlyList<SampledText> texts = [];
        var (seconds, cpu) = Stopwatches.Time(() => texts = sampler.SampleAsync(request).GetAwaiter().GetResult());
        return new Trial { Seconds = [seconds], CpuSeconds = [cpu], Tokens = texts.Sum(text => text.TokensDrawn), PeakBytes = Stopwatches.Memory("VmHWM") };
    }
}
