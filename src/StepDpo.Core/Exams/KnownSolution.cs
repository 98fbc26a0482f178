using System.Text.Json;
using System.Text.Json.Serialization;
using StepDpo.Core.Projects;

namespace StepDpo.Core.Exams;

/// <summary>What a shipped solution is for.</summary>
public enum KnownUse
{
    /// <summary>Shown first, with the key to press.</summary>
    Lesson,

    /// <summary>Asked in the exam.</summary>
    Exam,

    /// <summary>For projects that take it as a gold item.</summary>
    Gold,
}

/// <summary>A solution of a public data set whose first error is known, with a word on why. Every one was checked step by step.</summary>
/// <param name="Name">Its name here, unique.</param>
/// <param name="Use">What it is for.</param>
/// <param name="Topic">Arithmetic or mathematics.</param>
/// <param name="Statement">The problem.</param>
/// <param name="Answer">The right answer.</param>
/// <param name="Steps">The steps; step k is at k - 1.</param>
/// <param name="Found">The solution's final answer.</param>
/// <param name="IsRight">Whether that is the right answer.</param>
/// <param name="Step">The first error, or null where there is none.</param>
/// <param name="Why">One or two sentences that say so.</param>
public sealed record KnownSolution(
    string Name, KnownUse Use, ExamTopic Topic, string Statement, string Answer, IReadOnlyList<string> Steps, string Found, bool IsRight, int? Step, string Why);

/// <summary>The shipped solutions (<c>known-solutions.json</c>; sources and licences are in NOTICE).</summary>
public static class KnownSolutions
{
    private static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web) { Converters = { new JsonStringEnumConverter() } };

    private static readonly Lazy<IReadOnlyList<KnownSolution>> Shipped = new(Read);

    /// <summary>All, in the order of the file.</summary>
    public static IReadOnlyList<KnownSolution> All => Shipped.Value;

    /// <summary>Those of one use, in the order of the file.</summary>
    public static IReadOnlyList<KnownSolution> For(KnownUse use) => [.. All.Where(known => known.Use == use)];

    private static KnownSolution[] Read()
    {
        using var stream = typeof(KnownSolutions).Assembly.GetManifestResourceStream(typeof(KnownSolutions), "known-solutions.json")!;
        return JsonSerializer.Deserialize<KnownSolution[]>(stream, Format)!;
    }
}
