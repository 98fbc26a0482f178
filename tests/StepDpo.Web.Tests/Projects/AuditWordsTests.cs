using System.Text.RegularExpressions;
using StepDpo.Web.Projects;

namespace StepDpo.Web.Tests.Projects;

/// <summary>Lines of the audit in words.</summary>
public sealed partial class AuditWordsTests
{
    [Theory]
    [InlineData("gold marked", "gold.marked")]
    [InlineData(" Gold Marked ", "gold.marked")]
    [InlineData("gold.marked", "gold.marked")]
    [InlineData("annotator pause lifted", "annotator.pause-lifted")]
    [InlineData("flag", "flag")]
    [InlineData(" ", null)]
    [InlineData(null, null)]
    public void What_the_list_says_can_be_looked_for(string? words, string? spelt) => Assert.Equal(spelt, AuditWords.Spelt(words));

    [Fact]
    public void Every_action_that_is_recorded_in_a_project_has_words()
    {
        // Other literals of that shape; models, accounts and endpoints belong to the installation, whose audit has no page.
        string[] others = ["config.json", "trainer.json", "optimizer.safetensors", "label.steps", "s.id"];
        string[] installation = ["model.", "user.", "endpoint."];
        var recorded = Directory.EnumerateFiles(Path.Combine(SiteFixture.RepositoryRoot, "src", "StepDpo.Core"), "*.cs", SearchOption.AllDirectories)
            .SelectMany(file => Spelling().Matches(File.ReadAllText(file)).Select(match => match.Groups[1].Value))
            .Where(action => !installation.Any(noun => action.StartsWith(noun, StringComparison.Ordinal)));
        Assert.Equal(AuditWords.Actions, recorded.Except(others).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Of_two_settings_only_what_differs_is_shown() =>
        Assert.Equal(
            [new AuditChange("judgements per solution", "1", "3"), new AuditChange("guidelines", "empty", "New ones."), new AuditChange("seed", null, "none")],
            AuditWords.Changes("""{"judgementsPerSolution": 1, "guidelines": "", "cutRule": "FirstIncorrect"}""", """{"judgementsPerSolution": 3, "guidelines": "New ones.", "cutRule": "FirstIncorrect", "seed": null}"""));

    [Fact]
    public void A_value_alone_has_no_name_and_a_long_one_is_cut()
    {
        Assert.Equal([new AuditChange("", "Annotator", "Reviewer")], AuditWords.Changes("\"Annotator\"", "\"Reviewer\""));
        Assert.Equal([new AuditChange("", null, new string('x', 199) + "…")], AuditWords.Changes(null, $"\"{new string('x', 199)}\U0001F600 and more\""));
        Assert.Empty(AuditWords.Changes(null, null));
    }

    // A noun, a dot and what was done to it.
    [GeneratedRegex("\"([a-z]+\\.[a-z]+(?:-[a-z]+)*)\"")]
    private static partial Regex Spelling();
}
