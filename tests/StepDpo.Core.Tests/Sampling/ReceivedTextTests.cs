using StepDpo.Contracts.Completions;
using StepDpo.Core.Grading;
using StepDpo.Core.Sampling;

namespace StepDpo.Core.Tests.Sampling;

public sealed class ReceivedTextTests
{
    // By their places: an attribute cannot hold half a surrogate pair.
    public static TheoryData<int[]> Unstorable => new([0x61, 0, 0x62], [0xD83D], [0x78, 0xDE00, 0x79]);

    [Theory]
    [MemberData(nameof(Unstorable))]
    public void What_the_database_cannot_hold_is_refused_at_the_edge(int[] units)
    {
        var received = ReceivedText.Of(new CompletionChoice { Text = string.Concat(units.Select(unit => (char)unit)), FinishReason = "stop" });

        Assert.Equal(FinishReason.Invalid, received.FinishReason);
        Assert.Equal("", received.Text);
        Assert.Equal(new GradedAnswer(null, AnswerCheck.NoAnswer), received.Grade("1"));
    }

    [Fact]
    public void A_text_is_kept_as_received_with_what_is_known_of_its_tokens()
    {
        var choice = new CompletionChoice { Text = " 😀 \r\n", FinishReason = "length", Logprobs = new CompletionLogprobs { TokenLogprobs = [null, -1.5, -0.25] } };

        Assert.Equal(new ReceivedText(" 😀 \r\n", FinishReason.Length, 3, -1.75), ReceivedText.Of(choice));
    }

    [Fact]
    public void The_last_number_of_a_text_is_its_answer_only_where_the_text_came_to_an_end()
    {
        Assert.Equal(new GradedAnswer("7", AnswerCheck.Right), ReceivedText.Of(new CompletionChoice { Text = " 3 + 4 = 7", FinishReason = "stop" }).Grade("7"));
        Assert.Equal(new GradedAnswer(null, AnswerCheck.NoAnswer), ReceivedText.Of(new CompletionChoice { Text = " 3 + 4 = 7", FinishReason = "length" }).Grade("7"));
    }
}
