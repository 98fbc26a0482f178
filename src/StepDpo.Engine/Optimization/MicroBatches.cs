using StepDpo.Contracts.Runs;

namespace StepDpo.Engine.Optimization;

/// <summary>
/// How a step's pairs are cut into forward passes: a pure function of the step's pairs, so that a resumed run cuts alike. The loss is
/// a sum over pairs, so any cut gives the same but for rounding. Rows of like length go together, so that little is padded.
/// </summary>
internal static class MicroBatches
{
    /// <summary>Cuts a step.</summary>
    /// <param name="rows">All rows.</param>
    /// <param name="batch">Indices of the step's.</param>
    /// <param name="options">By pairs, or by tokens.</param>
    public static IEnumerable<int[]> Of(IReadOnlyList<TrainingRow> rows, int[] batch, TrainingOptions options)
    {
        int[] sorted = [.. batch.OrderBy(index => rows[index].Length)];
        return options.MicroBatchTokens is { } most ? ByTokens(rows, sorted, most) : sorted.Chunk(options.MicroBatchSize);
    }

    // As few passes as the tokens ask for, and a row goes into the one in whose share of all tokens its middle lies: none is more than
    // a row's length above its share.
    private static IEnumerable<int[]> ByTokens(IReadOnlyList<TrainingRow> rows, int[] sorted, int most)
    {
        long[] tokens = [.. sorted.Select(index => (long)rows[index].TokensRead)];
        var total = Math.Max(1, tokens.Sum());
        var passes = (total + most - 1) / most;
        long before = 0;
        var passOf = new long[sorted.Length];
        for (var i = 0; i < sorted.Length; before += tokens[i++]) passOf[i] = ((2 * before) + tokens[i]) * passes / (2 * total);
        return sorted.Zip(passOf).GroupBy(item => item.Second, item => item.First).Select(pass => pass.ToArray());
    }
}
