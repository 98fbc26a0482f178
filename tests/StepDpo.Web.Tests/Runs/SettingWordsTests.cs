using StepDpo.Web.Runs;

namespace StepDpo.Web.Tests.Runs;

public sealed class SettingWordsTests
{
    [Theory]
    [InlineData("AdamBeta1", "Adam's beta 1")]
    [InlineData("maxGradNorm", "Largest gradient norm")]
    [InlineData("ProblemIds", "Problems")]
    [InlineData("PrefixIds", "Prefixes")]
    [InlineData("OnlyUnsampled", "Only unsampled")]
    public void A_setting_has_the_name_that_its_form_uses(string field, string words) => Assert.Equal(words, SettingWords.Name(field));

    [Theory]
    [InlineData("StepDpo", "Step-DPO")]
    [InlineData("AsSampled", "as sampled")]
    [InlineData("Cosine", "cosine")]
    [InlineData("Step 2:", "Step 2:")]
    [InlineData("float32", "float32")]
    [InlineData("", "")]
    public void A_choice_is_told_in_words_and_any_other_text_as_it_is(string value, string words) => Assert.Equal(words, SettingWords.Value(value));
}
