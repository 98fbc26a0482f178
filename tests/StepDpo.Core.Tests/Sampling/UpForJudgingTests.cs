using StepDpo.Core.Sampling;

namespace StepDpo.Core.Tests.Sampling;

public sealed class UpForJudgingTests
{
    [Theory]
    [InlineData("3 + 4 = 8", FinishReason.Stop, true)]
    [InlineData("no number at all", FinishReason.Stop, true)]
    [InlineData("3 + 4 = 7", FinishReason.Stop, false)]
    [InlineData("", FinishReason.Invalid, false)]
    [InlineData("3 + 4 = 8", FinishReason.Length, false)]
    [InlineData("The answer is 8.\nStep 2: We chec", FinishReason.Length, true)]
    [InlineData("The answer is 8.\nStep 2: No, it is \\boxed{7}. Let", FinishReason.Length, false)]
    [InlineData("The answer is 7.\nStep 2: No, it is \\boxed{8}. Let", FinishReason.Length, false)]
    [InlineData("3 + 4 = 8\nStep 2: The answer is \\boxed{8}. Let us chec", FinishReason.Length, false)]
    public void A_text_is_judged_where_its_whole_steps_hold_a_wrong_answer(string text, FinishReason finish, bool isUp) =>
        Assert.Equal(isUp, UpForJudging.Is(text, finish, new ReceivedText(text, finish, null, null).Grade("7").Check, "7"));
}
