using Microsoft.AspNetCore.Components.Forms;

namespace StepDpo.Web.AnnotationFiles;

/// <summary>A file that a browser sent, on this machine's disk until it is disposed of: large files need no memory.</summary>
public sealed class UploadedFile : IDisposable
{
    private UploadedFile(string path, string name) => (Path, Name) = (path, name);

    /// <summary>Where it lies.</summary>
    public string Path { get; }

    /// <summary>What it was called.</summary>
    public string Name { get; }

    /// <summary>Takes a file in; of one that is stopped nothing is left.</summary>
    /// <param name="file">What the person chose.</param>
    /// <param name="largest">Most bytes.</param>
    /// <param name="progress">Told the bytes received, now and then.</param>
    /// <param name="stop">Stops it.</param>
    public static async Task<UploadedFile> ReceiveAsync(IBrowserFile file, long largest, IProgress<long> progress, CancellationToken stop)
    {
        var uploaded = new UploadedFile(System.IO.Path.GetTempFileName(), file.Name);
        try
        {
            await using var source = file.OpenReadStream(largest, stop);
            await using var target = File.Create(uploaded.Path);
            var buffer = new byte[1 << 18];
            long received = 0, told = 0;
            while (await source.ReadAsync(buffer, stop) is > 0 and var read)
            {
                await target.WriteAsync(buffer.AsMemory(0, read), stop);
                received += read;
                if (received - told < 8 << 20) continue;
                progress.Report(told = received);
            }

            return uploaded;
        }
        catch
        {
            uploaded.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => File.Delete(Path);
}
