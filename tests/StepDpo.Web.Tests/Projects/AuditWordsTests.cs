using StepDpo.Web.Projects;

namespace StepDpo.Web.Tests.Projects;

/// <summary>Lines of the audit in words.</summary>
public sealed class AuditWordsTests
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
}
