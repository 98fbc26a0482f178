using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using StepDpo.Contracts.Runs;

namespace StepDpo.Engine.Tests.Training;

/// <summary>Real workers that share what the reference model said.</summary>
public sealed class SharedReferenceTests : IDisposable
{
    private readonly TemporaryFolder _shared = new();

    [Fact]
    public void A_second_run_takes_the_scores_of_the_first_and_ends_with_the_weights_that_it_would_have_had()
    {
        using var first = Run(beta: 0.5);
        var file = Assert.Single(Files());
        Assert.Equal($"{Path.GetFileName(first.Folder.Path)}.tsv", Path.GetFileName(file));
        Assert.DoesNotContain("Other runs", first.Log, StringComparison.Ordinal);

        using var second = Run(beta: 0.1);
        Assert.Contains("Their scores are taken.", second.Log, StringComparison.Ordinal);
        Assert.Equal(ScoresOf(first), ScoresOf(second));
        Assert.Equal([file], Files());

        using var alone = new TinyRun(options => options with { Beta = 0.1 });
        Assert.Equal(WorkerExitCode.Done, alone.Run(attempt: 1));
        Assert.Equal(alone.FinalSha256(), second.FinalSha256());
    }

    [Fact]
    public void Scores_that_a_spot_check_finds_off_are_dropped_and_computed_anew()
    {
        using var first = Run(beta: 0.5);
        var file = Files().Single();
        var lines = string.Concat(File.ReadLines(file).Skip(1).Select(line => line.Split('\t'))
            .Select(parts => $"{parts[0]}\t{(double.Parse(parts[1], CultureInfo.InvariantCulture) * 1.1).ToString("R", CultureInfo.InvariantCulture)}\n"));
        File.WriteAllText(file, $"{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(lines)))}\n{lines}");

        using var second = Run(beta: 0.5);
        Assert.Contains("Their scores are dropped.", second.Log, StringComparison.Ordinal);
        Assert.Equal(ScoresOf(first), ScoresOf(second));
        Assert.Equal($"{Path.GetFileName(second.Folder.Path)}.tsv", Path.GetFileName(Assert.Single(Files())));
    }

    [Fact]
    public void A_damaged_file_is_passed_over()
    {
        using var first = Run(beta: 0.5);
        var file = Files().Single();
        var text = File.ReadAllText(file);
        File.WriteAllText(file, text[..^3]);

        using var second = Run(beta: 0.5);
        Assert.DoesNotContain("Other runs", second.Log, StringComparison.Ordinal);
        Assert.Equal(ScoresOf(first), ScoresOf(second));
        Assert.Equal(2, Files().Length);
    }

    public void Dispose() => _shared.Dispose();

    private TinyRun Run(double beta)
    {
        var run = new TinyRun(options => options with { Beta = beta }, sharedReference: _shared.Path);
        Assert.Equal(WorkerExitCode.Done, run.Run(attempt: 1));
        return run;
    }

    private string[] Files() => [.. Directory.GetFiles(_shared.Path, "*.tsv", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];

    private static double[] ScoresOf(TinyRun run)
    {
        var pairs = JsonDocument.Parse(File.ReadAllText(run.Folder.Reference)).RootElement.GetProperty("pairs");
        return [.. new[] { "chosen", "rejected" }.SelectMany(side => pairs.GetProperty(side).EnumerateArray().Select(score => score.GetDouble()))];
    }
}
