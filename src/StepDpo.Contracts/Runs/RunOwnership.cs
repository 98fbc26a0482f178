using System.Text.Json;

namespace StepDpo.Contracts.Runs;

/// <summary>
/// A worker's hold on a run folder, for as long as its process lives: the kernel lets go of it when the process ends, however it
/// ends. Two workers cannot own one folder, and a worker that a later attempt has followed cannot come back. A worker that is
/// only stopped (SIGSTOP) still holds it, so a supervisor that takes over ends the old process group first (SIGKILL works on a
/// stopped process) and then starts the next attempt; until then that one is refused.
/// </summary>
/// <remarks>
/// The lock is a record lock (fcntl), not the one that <see cref="FileShare.None"/> takes (flock): under the latter nobody else
/// can even read <c>lock</c>, and a supervisor must. A record lock is lost when the process closes <em>any</em> handle of the
/// file, so an owner never opens <c>lock</c> a second time.
/// </remarks>
public sealed class RunOwnership : IDisposable
{
    private readonly FileStream _file;
    private readonly RunLock _mine;

    private RunOwnership(FileStream file, RunLock mine) => (_file, _mine) = (file, mine);

    /// <summary>Takes the folder for this process and writes <see cref="RunLock"/> into <c>lock</c>.</summary>
    /// <param name="folder">The run's folder; it exists.</param>
    /// <param name="attempt">Fencing number; a lower one than the file names is refused, the same one may come again.</param>
    /// <param name="refusal">Why null was returned, in a plain sentence.</param>
    /// <exception cref="InvalidDataException"><c>lock</c> is malformed.</exception>
    public static RunOwnership? TryTake(RunFolder folder, int attempt, out string? refusal)
    {
        if (!OperatingSystem.IsLinux()) throw new PlatformNotSupportedException("run folders are locked with fcntl and /proc: Linux is needed");
        var file = new FileStream(folder.Lock, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0);
        try
        {
            file.Lock(0, 0);
        }
        catch (IOException)
        {
            file.Dispose();
            refusal = $"{folder.Lock}: another worker owns this run";
            return null;
        }

        try
        {
            var last = Read(file);
            if (last is not null && last.Attempt > attempt)
            {
                file.Dispose();
                refusal = $"{folder.Lock}: attempt {last.Attempt} has owned this run; attempt {attempt} came too late";
                return null;
            }

            var me = ProcessIdentity.Current();
            var mine = new RunLock(me.Pid, me.StartedAt, attempt);
            Write(file, mine);
            refusal = null;
            return new RunOwnership(file, mine);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Whether <c>lock</c> still names this process and attempt. An owner asks before it writes: on a file system whose locks do
    /// nothing (some network mounts), or after someone removed the file, this is what is left.
    /// </summary>
    public bool IsStillOurs()
    {
        try
        {
            _file.Position = 0;
            return File.Exists(_file.Name) && Read(_file) == _mine;
        }
        catch (InvalidDataException)
        {
            return false; // Someone else is writing it.
        }
    }

    /// <summary>Lets the folder go; the file stays and tells who had it last.</summary>
    public void Dispose() => _file.Dispose();

    private static RunLock? Read(FileStream file)
    {
        try
        {
            return file.Length == 0 ? null : JsonSerializer.Deserialize<RunLock>(file, RunJson.Indented);
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{file.Name}: {e.Message}", e);
        }
    }

    // In place and in one write: a rename would leave the lock on a file that has no name any more.
    private static void Write(FileStream file, RunLock value)
    {
        file.SetLength(0);
        file.Position = 0;
        file.Write(JsonSerializer.SerializeToUtf8Bytes(value, RunJson.Indented));
        file.Flush(flushToDisk: true);
    }
}
