using System.Text.Json;
using StepDpo.Engine.Examples;
using StepDpo.Engine.Optimization;

namespace StepDpo.Bench.Inputs;

/// <summary>Pairs of random ids with the lengths of real GSM8K pairs: prefixes of 100 to 400 tokens, steps of 20 to 80.</summary>
internal static class PairIds
{
    /// <summary>Writes them for both programs; returns the file.</summary>
    public static string Write(BenchOptions options)
    {
        var random = new Random(11);
        int[] Ids(int count) => [.. Enumerable.Range(0, count).Select(_ => random.Next(Shapes.Vocabulary))];
        var pairs = Enumerable.Range(0, options.Pairs).Select(_ =>
            new[] { Ids(options.Prefix ?? random.Next(100, 401)), Ids(random.Next(20, 81)), Ids(random.Next(20, 81)) });
        var file = Path.Combine(options.Output, $"pairs-{options.Pairs}{(options.Prefix is { } prefix ? $"-prefix-{prefix}" : "")}.json");
        File.WriteAllText(file, JsonSerializer.Serialize(pairs));
        return file;
    }

    /// <summary>Reads them.</summary>
    public static IReadOnlyList<TrainingRow> Read(string file) =>
        [.. JsonSerializer.Deserialize<int[][][]>(File.ReadAllText(file))!
            .Select((pair, index) => new TrainingRow(index + 1, new AnswerTokens(pair[0], pair[1]), new AnswerTokens(pair[0], pair[2])))];
}
