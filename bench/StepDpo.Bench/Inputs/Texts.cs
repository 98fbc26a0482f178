using System.IO.Compression;
using System.Text;
using System.Text.Json;

namespace StepDpo.Bench.Inputs;

/// <summary>What the tokenizers read.</summary>
internal static class Texts
{
    private const long Wanted = 10_000_000;

    /// <summary>Problems with solutions of GSM8K, over again until they are 10 MB of UTF-8.</summary>
    public static IReadOnlyList<string> OfTenMegabytes()
    {
        string[] rows = [.. new[] { "train.jsonl", "test.jsonl" }.SelectMany(name => File.ReadLines(Path.Combine(Repository.Gsm8k, name))).Select(Text)];
        var (texts, bytes) = (new List<string>(), 0L);
        for (var i = 0; bytes < Wanted; i = (i + 1) % rows.Length)
        {
            texts.Add(rows[i]);
            bytes += Encoding.UTF8.GetByteCount(rows[i]);
        }

        return texts;
    }

    /// <summary>Unpacks Qwen2.5's tokenizer into a folder.</summary>
    public static string UnpackTokenizer(string output)
    {
        var folder = Path.Combine(output, "qwen2.5-tokenizer");
        Directory.CreateDirectory(folder);
        using var packed = new GZipStream(File.OpenRead(Repository.QwenTokenizer), CompressionMode.Decompress);
        using var file = File.Create(Path.Combine(folder, "tokenizer.json"));
        packed.CopyTo(file);
        return folder;
    }

    private static string Text(string line)
    {
        using var row = JsonDocument.Parse(line);
        return row.RootElement.GetProperty("question").GetString() + "\n" + row.RootElement.GetProperty("answer").GetString();
    }
}
