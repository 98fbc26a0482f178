namespace StepDpo.Engine.Tests;

internal sealed class TemporaryFolder(string? parent = null) : IDisposable
{
    /// <summary>A parent in memory, for tests that write much and flush often.</summary>
    public static string InMemory => Directory.Exists("/dev/shm") ? "/dev/shm" : System.IO.Path.GetTempPath();

    public string Path { get; } = parent is null
        ? Directory.CreateTempSubdirectory("stepdpo-engine-").FullName
        : Directory.CreateDirectory(System.IO.Path.Combine(parent, $"stepdpo-engine-{Guid.NewGuid():N}")).FullName;

    public string In(string name) => System.IO.Path.Combine(Path, name);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
