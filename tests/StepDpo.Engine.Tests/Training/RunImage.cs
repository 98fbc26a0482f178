using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json;
using StepDpo.Contracts.Runs;
using StepDpo.Engine.Checkpoints;

namespace StepDpo.Engine.Tests.Training;

/// <summary>A copy of a run's checkpoints, as they lay on the disk at some moment.</summary>
internal sealed class RunImage : IDisposable
{
    private readonly TemporaryFolder _folder = new(TemporaryFolder.InMemory);

    public RunImage(RunFolder run)
    {
        Folder = new RunFolder(_folder.Path);
        // By cp, which also copies a file that this process is writing and so has locked against itself.
        using var copy = Process.Start("cp", ["--recursive", run.Checkpoints, Folder.Checkpoints]);
        copy.WaitForExit();
        Assert.Equal(0, copy.ExitCode);
    }

    public RunFolder Folder { get; }

    public void Dispose() => _folder.Dispose();

    /// <summary>What every crash must leave, after the clearing up with which the next attempt begins: whole checkpoints and nothing else.</summary>
    /// <returns>The newest.</returns>
    public static int AssertSound(RunFolder run)
    {
        var checkpoints = new TrainingCheckpoints(run);
        checkpoints.RemoveUnfinished();
        var newest = checkpoints.NewestWhole(told => Assert.Fail($"a checkpoint that cannot be read: {told}"));
        var steps = run.CheckpointSteps();
        Assert.Equal(steps.Select(run.Checkpoint).Order(), Directory.EnumerateFileSystemEntries(run.Checkpoints).Order());
        Assert.All(steps, step => AssertWhole(run.Checkpoint(step)));
        return newest ?? throw new InvalidOperationException("no checkpoint is left");
    }

    private static void AssertWhole(string checkpoint)
    {
        var manifest = JsonSerializer.Deserialize<CheckpointManifest>(File.ReadAllText(Path.Combine(checkpoint, RunFolder.ManifestName)), RunJson.Indented)!;
        Assert.Equal(manifest.Files.Keys.Append(RunFolder.ManifestName).Order(), Directory.EnumerateFiles(checkpoint).Select(file => Path.GetFileName(file)).Order());
        Assert.All(manifest.Files, file => Assert.Equal(file.Value, Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(Path.Combine(checkpoint, file.Key))))));
    }
}
