using System.Buffers;
using System.Text;
using StepDpo.Contracts.Completions;
using StepDpo.Core.Grading;

namespace StepDpo.Core.Sampling;

/// <summary>A sampled text as it may be stored. What PostgreSQL cannot hold (U+0000, half of a surrogate pair) is refused here.</summary>
/// <param name="Text">The text as received; empty when it was refused.</param>
/// <param name="FinishReason">Why it ended.</param>
/// <param name="TokenCount">Number of tokens, where the endpoint says.</param>
/// <param name="LogProbabilitySum">Sum of the tokens' log-probabilities, where the endpoint says.</param>
public sealed record ReceivedText(string Text, FinishReason FinishReason, int? TokenCount, double? LogProbabilitySum)
{
    /// <summary>Takes an endpoint's choice.</summary>
    public static ReceivedText Of(CompletionChoice choice)
    {
        var tokens = choice.Logprobs?.TokenLogprobs;
        var sum = tokens?.Sum(value => value ?? 0);
        var storable = double.IsFinite(sum ?? 0) ? sum : null;
        return IsStorable(choice.Text)
            ? new ReceivedText(choice.Text, choice.FinishReason == "length" ? FinishReason.Length : FinishReason.Stop, tokens?.Count, storable)
            : new ReceivedText("", FinishReason.Invalid, tokens?.Count, storable);
    }

    /// <summary>Grades it; a refused text has no answer, and one that was cut off only the answer that it states.</summary>
    public GradedAnswer Grade(string reference) =>
        FinishReason == FinishReason.Invalid ? new GradedAnswer(null, AnswerCheck.NoAnswer) : AnswerGrading.Grade(Text, reference, FinishReason == FinishReason.Length);

    private static bool IsStorable(string text)
    {
        for (var rest = text.AsSpan(); !rest.IsEmpty;)
        {
            if (rest[0] == '\0' || Rune.DecodeFromUtf16(rest, out _, out var read) != OperationStatus.Done) return false;
            rest = rest[read..];
        }

        return true;
    }
}
