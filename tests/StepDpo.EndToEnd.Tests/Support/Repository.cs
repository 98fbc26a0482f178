namespace StepDpo.EndToEnd.Tests.Support;

/// <summary>The folder that holds StepDpo.sln.</summary>
internal static class Repository
{
    public static string Root { get; } = Find();

    /// <summary>Where the tests lay pictures for people to look at.</summary>
    public static string Screenshots { get; } = Directory.CreateDirectory(Path.Combine(Root, "artifacts", "screenshots")).FullName;

    /// <summary>A program of this build, such as <c>StepDpo.Worker</c>.</summary>
    public static string Program(string project) => Path.Combine(Root, "artifacts", "bin", project, "debug", $"{project}.dll");

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "StepDpo.sln")))
                return folder.FullName;
        }
        throw new DirectoryNotFoundException($"No StepDpo.sln above {AppContext.BaseDirectory}.");
    }
}
