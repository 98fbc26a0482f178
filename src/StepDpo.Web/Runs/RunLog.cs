using System.Globalization;
using StepDpo.Contracts.Runs;
using StepDpo.Core.Workers;

namespace StepDpo.Web.Runs;

/// <summary>Reads what a training run's worker wrote into its folder. The caller has checked that the reader may see the run.</summary>
public sealed class RunLog(WorkerOptions worker)
{
    private const int Lines = 40;

    /// <summary>The end of <c>log.txt</c>, newest line last; empty where there is none.</summary>
    public string Tail(long runId) => LogTail.Read(Folder(runId).Log, Lines);

    /// <summary>Steps of the checkpoints that a resumed run can begin from, rising.</summary>
    public IReadOnlyList<int> Checkpoints(long runId) => [.. Folder(runId).CheckpointSteps().Reverse()];

    private RunFolder Folder(long runId) => new(Path.Combine(worker.RunsFolder, runId.ToString(CultureInfo.InvariantCulture)));
}
