using System.Text.RegularExpressions;
using StepDpo.Core.Annotations;
using StepDpo.Core.Models;
using StepDpo.Core.Rectifications;
using StepDpo.Core.Runs;
using StepDpo.Core.Sampling;

namespace StepDpo.Core.Tests;

/// <summary><c>docs/state-machines.md</c> against the code.</summary>
public sealed partial class StateMachinesTests
{
    private static readonly string _document = File.ReadAllText(Path.Combine(Shared.Repository, "docs", "state-machines.md"));

    public static TheoryData<string, Type> Machines => new()
    {
        { "Solution", typeof(SolutionState) },
        { "Assignment", typeof(AssignmentState) },
        { "Rectification", typeof(RectificationState) },
        { "Run", typeof(RunState) },
        { "Model", typeof(ModelState) },
    };

    [Theory]
    [MemberData(nameof(Machines))]
    public void Every_state_is_drawn_and_no_other(string machine, Type states) =>
        Assert.Equal(Enum.GetNames(states).Order(), Arrows(machine).SelectMany(arrow => new[] { arrow.From, arrow.To }).Where(state => state != "[*]").Distinct().Order());

    [Fact]
    public void The_arrows_of_a_run_are_those_that_the_code_allows() =>
        Assert.Equal(
            Enum.GetValues<RunState>().SelectMany(to => RunTransitions.Into(to).Select(from => ($"{from}", $"{to}"))).Order(),
            Arrows("Run").Where(arrow => arrow.From != "[*]").Order());

    private static IEnumerable<(string From, string To)> Arrows(string machine)
    {
        var chapter = _document[_document.IndexOf($"## {machine}\n", StringComparison.Ordinal)..];
        var drawing = chapter[..chapter.IndexOf("\n```\n", StringComparison.Ordinal)];
        return Arrow().Matches(drawing).Select(match => (match.Groups[1].Value, match.Groups[2].Value));
    }

    [GeneratedRegex(@"^    (\S+) --> (\w+)", RegexOptions.Multiline)]
    private static partial Regex Arrow();
}
