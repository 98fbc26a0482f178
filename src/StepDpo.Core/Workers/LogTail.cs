using System.Text;

namespace StepDpo.Core.Workers;

/// <summary>The end of a worker's log, for people.</summary>
public static class LogTail
{
    private const int Bytes = 4096;

    /// <summary>The last lines, at most 12 and 4 kB, without characters that a database or a page cannot hold; empty where there is no log.</summary>
    public static string Read(string file, int lines = 12)
    {
        if (!File.Exists(file)) return "";
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        stream.Seek(-Math.Min(Bytes, stream.Length), SeekOrigin.End);
        using var reader = new StreamReader(stream, Encoding.UTF8);
        var text = new string([.. reader.ReadToEnd().Where(c => c is '\n' or '\t' || !char.IsControl(c))]);
        return string.Join('\n', text.Split('\n', StringSplitOptions.RemoveEmptyEntries).TakeLast(lines));
    }
}
