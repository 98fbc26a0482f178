using System.Text.Json;

namespace StepDpo.Engine.Tests;

/// <summary>The folder <c>../shared</c> beside the repository: goldens and models.</summary>
internal static class Shared
{
    public static string Root { get; } = FindRoot();

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

    public static long[] Ids(this JsonElement row, string field) => [.. row.GetProperty(field).EnumerateArray().Select(id => id.GetInt64())];

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(System.IO.Path.Combine(folder.FullName, "StepDpo.sln"))) folder = folder.Parent;
        return folder?.Parent is { } parent ? System.IO.Path.Combine(parent.FullName, "shared")
            : throw new InvalidOperationException($"{AppContext.BaseDirectory}: no folder above holds StepDpo.sln");
    }
}
