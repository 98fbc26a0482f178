using System.Globalization;
using System.Text;
using System.Text.Json;

namespace StepDpo.Contracts.Runs;

/// <summary>
/// The contract of training: a folder that anyone can copy, run by hand (<c>stepdpo-worker train RUN</c>) or under Slurm.
/// The site writes <c>run.json</c> and <c>pairs.jsonl</c>; the worker writes everything else.
/// </summary>
public sealed class RunFolder(string path)
{
    /// <summary>The folder itself, absolute.</summary>
    public string Path { get; } = System.IO.Path.GetFullPath(path);

    /// <summary>Options, model, seeds, hashes: <see cref="RunDescription"/>.</summary>
    public string Description => In("run.json");

    /// <summary>The export, byte for byte: a <see cref="PreferenceExample"/> a line.</summary>
    public string Pairs => In("pairs.jsonl");

    /// <summary>Held-out pairs, where the run validates.</summary>
    public string Validation => In("validation.jsonl");

    /// <summary>A <see cref="StepMetrics"/> a step; cut back to the checkpoint's step on resume.</summary>
    public string Metrics => In("metrics.jsonl");

    /// <summary>Standard output and error of the worker: a file, not a pipe that dies with the parent.</summary>
    public string Log => In("log.txt");

    /// <summary>The worker's last word: <see cref="WorkerStatus"/>.</summary>
    public string Status => In("status.json");

    /// <summary>Who owns the folder: <see cref="RunLock"/>, under an exclusive lock while the worker lives.</summary>
    public string Lock => In("lock");

    /// <summary>
    /// Its presence asks the worker to write a checkpoint and end with exit code 0. Whoever starts the next attempt deletes it
    /// first: the worker itself never does, lest it lose a request made while it starts.
    /// </summary>
    public string Stop => In("stop");

    /// <summary>Log-probabilities of the pairs under the reference model, so that a resumed run need not compute them again.</summary>
    public string Reference => In("reference.json");

    /// <summary>The same run in TRL's words, for those who train with it: written by the worker at its start.</summary>
    public string TrlConfig => In("trl.yaml");

    /// <summary>The pairs as <see cref="TrlConfig"/> reads them: prompts rendered, steps before k included.</summary>
    public string TrlPairs => In("trl.jsonl");

    /// <summary>Parent of the checkpoints.</summary>
    public string Checkpoints => In("checkpoints");

    /// <summary>Folder of the checkpoint after that many steps, such as <c>checkpoints/step-000120</c>.</summary>
    public string Checkpoint(int step) =>
        System.IO.Path.Combine(Checkpoints, string.Create(CultureInfo.InvariantCulture, $"step-{step:D6}"));

    /// <summary>Steps of the checkpoint folders that have a manifest, newest first. Hashes are not checked here.</summary>
    public IReadOnlyList<int> CheckpointSteps() =>
        !Directory.Exists(Checkpoints) ? [] :
        [.. Directory.EnumerateDirectories(Checkpoints, "step-*")
            .Where(folder => File.Exists(System.IO.Path.Combine(folder, ManifestName)))
            .Select(folder => int.TryParse(System.IO.Path.GetFileName(folder).AsSpan(5), NumberStyles.None, CultureInfo.InvariantCulture, out var step) ? step : -1)
            .Where(step => step >= 0)
            .OrderDescending()];

    /// <summary>Name of the file that makes a checkpoint count.</summary>
    public const string ManifestName = "manifest.json";

    /// <summary>Reads <c>run.json</c>.</summary>
    /// <exception cref="InvalidDataException">It is missing or malformed; the message names the file and what was wanted.</exception>
    public RunDescription ReadDescription() => Read<RunDescription>(Description)
        ?? throw new InvalidDataException($"{Description}: found nothing, wanted the description of a run");

    /// <summary>Reads <c>status.json</c>; null where there is none yet.</summary>
    public WorkerStatus? ReadStatus() => Read<WorkerStatus>(Status);

    /// <summary>Reads <c>lock</c>; null where there is none yet, or it is being written.</summary>
    public RunLock? ReadLock() => Read<RunLock>(Lock);

    /// <summary>Reads <c>metrics.jsonl</c>; a half-written last line is left out.</summary>
    public IReadOnlyList<StepMetrics> ReadMetrics()
    {
        if (!File.Exists(Metrics)) return [];
        using var stream = new FileStream(Metrics, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var reader = new StreamReader(stream, Encoding.UTF8);
        var text = reader.ReadToEnd();
        var whole = text.AsSpan(0, text.LastIndexOf('\n') + 1);
        var rows = new List<StepMetrics>();
        foreach (var range in whole.Split('\n'))
        {
            if (!whole[range].IsWhiteSpace()) rows.Add(JsonSerializer.Deserialize<StepMetrics>(whole[range], RunJson.Line)!);
        }

        return rows;
    }

    /// <summary>
    /// Replaces a file as a whole: a reader sees the old content or the new, also after a crash (temporary file in the same
    /// folder, flush to disk, rename).
    /// </summary>
    public static void WriteAtomically<T>(string file, T value)
    {
        var temporary = file + ".tmp";
        try
        {
            using (var stream = new FileStream(temporary, FileMode.Create, FileAccess.Write))
            {
                JsonSerializer.Serialize(stream, value, RunJson.Indented);
                stream.WriteByte((byte)'\n');
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, file, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    private static T? Read<T>(string file) where T : class
    {
        try
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            return stream.Length == 0 ? null : JsonSerializer.Deserialize<T>(stream, RunJson.Indented);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{file}: {e.Message}", e);
        }
    }

    private string In(string name) => System.IO.Path.Combine(Path, name);
}
