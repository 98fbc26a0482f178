using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using StepDpo.Contracts.Runs;
using StepDpo.Engine.Checkpoints;
using StepDpo.Engine.Examples;
using StepDpo.Engine.Optimization;

namespace StepDpo.Worker.Training;

/// <summary>
/// What a reference model says of answers, shared by all runs. A folder holds the scores of one model (by the SHA-256 of its
/// weights) in one precision; in it each run that computed some leaves a file of its own: a line an answer, SHA-256 of its tokens
/// and the log-probability, and before them the SHA-256 of all lines. Files are written whole and never changed, so runs side by
/// side need no lock. A run keeps its scores in <c>reference.json</c> besides: what others add later changes nothing in it.
/// </summary>
internal sealed class SharedReference
{
    /// <summary>Pairs that are scored anew before the scores of other runs are relied on.</summary>
    private const int SpotChecks = 4;

    private readonly string? _folder;
    private readonly Dictionary<string, double> _known = [];
    private readonly Dictionary<string, double> _fresh = [];

    private SharedReference(string? folder) => _folder = folder;

    /// <summary>Reads what there is. A damaged file is passed over: its answers are scored again.</summary>
    /// <param name="root">Folder of all models; null: nothing is shared.</param>
    /// <param name="modelSha256">Of the weights.</param>
    /// <param name="precision">The type that the model computes in.</param>
    public static SharedReference Open(string? root, string modelSha256, Precision precision)
    {
        var shared = new SharedReference(root is null ? null : Path.Combine(root, $"{modelSha256}-{precision}".ToLowerInvariant()));
        foreach (var file in shared.Files()) shared.Read(file);
        return shared;
    }

    /// <summary>Answers whose scores other runs have left.</summary>
    public int Count => _known.Count;

    /// <summary>The scores of all rows: known ones as they are, the others computed.</summary>
    /// <param name="rows">Pairs.</param>
    /// <param name="compute">Scores rows; null when asked to stop.</param>
    /// <returns>Null when asked to stop.</returns>
    public ReferenceLogProbs? Of(IReadOnlyList<TrainingRow> rows, Func<IReadOnlyList<TrainingRow>, ReferenceLogProbs?> compute)
    {
        var open = rows.Where(row => !IsKnown(row)).ToList();
        if (open.Count > 0)
        {
            if (compute(open) is not { } found) return null;
            for (var i = 0; i < open.Count; i++) (_fresh[KeyOf(open[i].Chosen)], _fresh[KeyOf(open[i].Rejected!)]) = (found.Chosen[i], found.Rejected[i]);
        }

        return new ReferenceLogProbs([.. rows.Select(row => ScoreOf(row.Chosen))], [.. rows.Select(row => ScoreOf(row.Rejected!))]);
    }

    /// <summary>Scores some known pairs anew; where one is off, all that was left by other runs is deleted, to be computed again.</summary>
    /// <param name="rows">Pairs of the run.</param>
    /// <param name="compute">Scores rows; null when asked to stop.</param>
    /// <param name="tolerance">How far a score may be off, relative to its size.</param>
    /// <returns>The largest difference found; null where nothing is known.</returns>
    public double? SpotCheck(IReadOnlyList<TrainingRow> rows, Func<IReadOnlyList<TrainingRow>, ReferenceLogProbs?> compute, double tolerance)
    {
        var known = rows.Where(IsKnown).ToList();
        if (known.Count == 0) return null;
        List<TrainingRow> few = [.. Enumerable.Range(0, Math.Min(SpotChecks, known.Count)).Select(i => known[i * known.Count / Math.Min(SpotChecks, known.Count)])];
        if (compute(few) is not { } found) return null;
        double Off(double score, AnswerTokens answer) => Math.Abs(score - ScoreOf(answer)) / Math.Max(1, Math.Abs(score));
        var off = few.SelectMany((row, i) => new[] { Off(found.Chosen[i], row.Chosen), Off(found.Rejected[i], row.Rejected!) }).Max();
        if (off <= tolerance) return off;
        _known.Clear();
        foreach (var file in Files()) File.Delete(file);
        return off;
    }

    /// <summary>Leaves what this run computed for the others.</summary>
    /// <param name="run">A name that no other run has.</param>
    public void Leave(string run)
    {
        if (_folder is null || _fresh.Count == 0) return;
        Directory.CreateDirectory(_folder);
        var lines = string.Concat(_fresh.Select(item => string.Create(CultureInfo.InvariantCulture, $"{item.Key}\t{item.Value:R}\n")));
        DurableFile.Write(Path.Combine(_folder, $"{run}.tsv"), file => file.Write(Encoding.UTF8.GetBytes($"{Sha256(Encoding.UTF8.GetBytes(lines))}\n{lines}")));
    }

    private bool IsKnown(TrainingRow row) => _known.ContainsKey(KeyOf(row.Chosen)) && _known.ContainsKey(KeyOf(row.Rejected!));

    private double ScoreOf(AnswerTokens answer) => _fresh.TryGetValue(KeyOf(answer), out var own) ? own : _known[KeyOf(answer)];

    private string[] Files() => _folder is not null && Directory.Exists(_folder) ? [.. Directory.GetFiles(_folder, "*.tsv").Order(StringComparer.Ordinal)] : [];

    private void Read(string file)
    {
        var parts = File.ReadAllText(file).Split('\n', 2);
        if (parts.Length < 2 || parts[0] != Sha256(Encoding.UTF8.GetBytes(parts[1]))) return;
        foreach (var line in parts[1].Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var tab = line.IndexOf('\t', StringComparison.Ordinal);
            _known.TryAdd(line[..tab], double.Parse(line[(tab + 1)..], CultureInfo.InvariantCulture));
        }
    }

    // The length of the prompt stands first: where it ends is part of what is scored.
    private static string KeyOf(AnswerTokens answer) =>
        Sha256(MemoryMarshal.AsBytes<int>(new[] { answer.Prompt.Count }.Concat(answer.Prompt).Concat(answer.Answer).ToArray()));

    private static string Sha256(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
