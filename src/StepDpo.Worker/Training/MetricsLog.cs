using System.Text.Json;
using StepDpo.Contracts.Runs;

namespace StepDpo.Worker.Training;

/// <summary><c>metrics.jsonl</c>: a line a step, handed to the system at once so that a page can follow.</summary>
internal sealed class MetricsLog : IDisposable
{
    private readonly FileStream _stream;

    private MetricsLog(FileStream stream) => _stream = stream;

    /// <summary>Opens the file and cuts off what lies behind a step: those steps will be taken again. A half-written line goes too.</summary>
    public static MetricsLog Open(RunFolder folder, int step)
    {
        var kept = folder.ReadMetrics().Where(row => row.Step <= step).ToList();
        var stream = new FileStream(folder.Metrics, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
        var log = new MetricsLog(stream);
        stream.SetLength(0);
        foreach (var row in kept) log.Append(row);
        return log;
    }

    public void Append(StepMetrics row)
    {
        _stream.Write([.. JsonSerializer.SerializeToUtf8Bytes(row, RunJson.Line), (byte)'\n']);
        _stream.Flush();
    }

    /// <summary>Before a checkpoint: its steps' lines must outlive a power cut as it does.</summary>
    public void FlushToDisk() => _stream.Flush(flushToDisk: true);

    public void Dispose() => _stream.Dispose();
}
