using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using StepDpo.EndToEnd.Tests.Support;
using StepDpo.Web.Annotations;

namespace StepDpo.EndToEnd.Tests.Annotations;

/// <summary>A solution of Mr-Ben with the step that people call its first error, or null for none.</summary>
/// <param name="Statement">The problem.</param>
/// <param name="Steps">Its steps, without their labels.</param>
/// <param name="IsWrong">Whether its final answer is wrong.</param>
/// <param name="FirstError">The step, or null.</param>
internal sealed partial record MrBen(string Statement, IReadOnlyList<string> Steps, bool IsWrong, int? FirstError)
{
    /// <summary>All of the file in <c>../shared</c>, in its order.</summary>
    public static IReadOnlyList<MrBen> All { get; } = [.. Read()];

    /// <summary>As a card of the annotate page.</summary>
    public SolutionCard Card(int number) => new(number, "Mr-Ben", Statement, null, null, IsWrong, Steps);

    private static IEnumerable<MrBen> Read() =>
        from problem in JsonNode.Parse(File.ReadAllText(Data("mr-ben/math.json")))!.AsObject()
        from row in problem.Value!.AsArray()
        let steps = row["Model_Solution_Steps"]!.AsArray().Select(step => Label().Replace(step!.ToString(), "")).ToArray()
        let first = int.TryParse(row["Model_Solution_First_Error_Step"]?.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var k) ? k : (int?)null
        where first is null || first <= steps.Length
        select new MrBen(row["Question"]!.ToString(), steps, row["Model_Solution_Correctness"]!.ToString() == "incorrect", first);

    /// <summary>A file of <c>../shared/data</c>.</summary>
    public static string Data(string file)
    {
        var path = Path.GetFullPath(Path.Combine(Repository.Root, "..", "shared", "data", file));
        Assert.True(File.Exists(path), $"{path}: not found; this test reads the folder ../shared beside the repository");
        return path;
    }

    [GeneratedRegex(@"^Step [0-9]+: ?")]
    private static partial Regex Label();
}
