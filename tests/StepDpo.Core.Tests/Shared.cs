using System.Text.Json;

namespace StepDpo.Core.Tests;

/// <summary>The folder <c>../shared</c> beside the repository: goldens and models.</summary>
internal static class Shared
{
    public static string Repository { get; } = FindRepository();

    public static string Root { get; } = System.IO.Path.GetFullPath(System.IO.Path.Combine(Repository, "..", "shared"));

    public static string Path(string relative)
    {
        var path = System.IO.Path.Combine(Root, relative);
        Assert.True(File.Exists(path) || Directory.Exists(path), $"{path}: not found; the tests read the folder ../shared beside the repository");
        return path;
    }

    public static string Golden(string relative) => Path(System.IO.Path.Combine("golden", relative));

    public static JsonElement ReadJson(string file) => JsonSerializer.Deserialize<JsonElement>(File.ReadAllText(file));

    public static IEnumerable<JsonElement> ReadLines(string file) =>
        File.ReadAllText(file).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonSerializer.Deserialize<JsonElement>(line));

    private static string FindRepository()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(System.IO.Path.Combine(folder.FullName, "StepDpo.sln"))) folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException($"{AppContext.BaseDirectory}: no folder above holds StepDpo.sln");
    }
}
