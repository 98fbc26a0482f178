using System.ComponentModel;
using System.Runtime.InteropServices;

namespace StepDpo.Engine.Checkpoints;

/// <summary>
/// Files and folders that are there as a whole or not at all, also after a power cut: a temporary name, flush to disk, rename,
/// then flush of the folder that holds the name.
/// </summary>
public static partial class DurableFile
{
    [ThreadStatic]
    private static Action<string, string>? _before;

    /// <summary>Called before each operation of this thread on the disk, with its name and path: tests make it fail, or keep what a crash just there would leave.</summary>
    internal static Action<string, string>? Before
    {
        get => _before;
        set => _before = value;
    }

    /// <summary>Whether an operation failed because there is no room: on the disk, in the quota, or under the process's limit on a file.</summary>
    public static bool IsFull(Exception error) => error.HResult is NoSpace or QuotaExceeded or FileTooLarge;

    /// <summary>Writes or replaces a file. Until the end the old content stands.</summary>
    public static void Write(string path, Action<FileStream> write)
    {
        var full = Path.GetFullPath(path);
        var temporary = full + ".tmp";
        try
        {
            Before?.Invoke("create", temporary);
            using (var stream = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 1 << 20))
            {
                write(stream);
                Before?.Invoke("flush", temporary);
                stream.Flush(flushToDisk: true);
            }

            Before?.Invoke("rename", full);
            File.Move(temporary, full, overwrite: true);
        }
        catch (Exception e)
        {
            File.Delete(temporary);
            // .NET's word for EFBIG.
            if (e is ArgumentOutOfRangeException) throw new IOException($"{full}: the file is larger than this process may write", e) { HResult = FileTooLarge };
            throw;
        }

        SyncFolder(Path.GetDirectoryName(full)!);
    }

    /// <summary>Copies a file, byte for byte.</summary>
    public static void Copy(string source, string path) => Write(path, target =>
    {
        using var stream = File.OpenRead(source);
        stream.CopyTo(target);
    });

    /// <summary>Creates a folder: <paramref name="fill"/> writes into one with another name beside it, which then takes its name.</summary>
    /// <param name="path">The folder; it must not exist.</param>
    /// <param name="fill">Gets the folder to write into. If it throws, nothing stays.</param>
    /// <exception cref="IOException">The folder exists.</exception>
    public static void CreateFolder(string path, Action<string> fill)
    {
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        if (Path.Exists(full)) throw new IOException($"{full}: exists already");
        var parent = Path.GetDirectoryName(full)!;
        Directory.CreateDirectory(parent);
        var staging = Path.Combine(parent, $".{Path.GetFileName(full)}.{Guid.NewGuid():N}.tmp");
        try
        {
            Before?.Invoke("create", staging);
            Directory.CreateDirectory(staging);
            fill(staging);
            SyncFolder(staging);
            Before?.Invoke("rename", full);
            Directory.Move(staging, full);
        }
        catch
        {
            if (Directory.Exists(staging)) Directory.Delete(staging, recursive: true);
            throw;
        }

        SyncFolder(parent);
    }

    /// <summary>Removes a folder and all in it, one file before all others: without it what a crash leaves of the folder does not count.</summary>
    public static void RemoveFolder(string folder, string first)
    {
        var file = Path.Combine(folder, first);
        Before?.Invoke("delete", file);
        File.Delete(file);
        Before?.Invoke("delete", folder);
        Directory.Delete(folder, recursive: true);
    }

    /// <summary>Flushes a folder's list of names to disk, which .NET itself cannot do.</summary>
    public static void SyncFolder(string folder)
    {
        Before?.Invoke("flush", folder);
        var handle = Open(folder, ReadOnly);
        if (handle < 0) throw Failed(folder);
        try
        {
            if (Sync(handle) != 0) throw Failed(folder);
        }
        finally
        {
            _ = Close(handle);
        }
    }

    private const int ReadOnly = 0; // O_RDONLY, the same number on every Unix
    private const int FileTooLarge = 27; // EFBIG
    private const int NoSpace = 28; // ENOSPC
    private const int QuotaExceeded = 122; // EDQUOT of Linux

    private static IOException Failed(string folder)
    {
        var error = Marshal.GetLastPInvokeError();
        return new IOException($"{folder}: {new Win32Exception(error).Message}");
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Sync(int handle);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int handle);
}
