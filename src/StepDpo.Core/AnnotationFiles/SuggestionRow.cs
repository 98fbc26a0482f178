using StepDpo.Core.Annotations;
using StepDpo.Core.Data;
using StepDpo.Core.Problems;
using StepDpo.Core.Suggestions;

namespace StepDpo.Core.AnnotationFiles;

/// <summary>A row of a file of suggestions.</summary>
/// <param name="SolutionId">Our number of the solution, or null where problem and text name it.</param>
/// <param name="StatementSha256">Hash of the problem.</param>
/// <param name="TextSha256">Hash of the solution's text.</param>
/// <param name="Source">Who or what suggests.</param>
/// <param name="Step">The first error, or null for none.</param>
/// <param name="Confidence">How sure it is.</param>
/// <param name="Rationale">Why.</param>
internal sealed record SuggestionRow(long? SolutionId, string? StatementSha256, string? TextSha256, string Source, int? Step, double? Confidence, string Rationale)
{
    /// <summary>Reads a row.</summary>
    /// <param name="row">The row.</param>
    /// <param name="firstStep">What a solution's text begins with under the project's template.</param>
    /// <exception cref="InvalidDataException">A field is not as wanted.</exception>
    public static SuggestionRow Of(FileRow row, string firstStep)
    {
        var source = row.Text("source").Trim();
        if (source.Length > 200) throw new InvalidDataException($"source: found {source.Length} characters, wanted at most 200");
        var reply = row.OptionalText("reply");
        var rationale = (row.OptionalText("rationale") ?? reply ?? "").Trim();
        if (rationale.Length > Suggestions.Suggestion.LongestRationale)
            throw new InvalidDataException($"{(row.OptionalText("rationale") is null ? "reply" : "rationale")}: found {rationale.Length} characters, wanted at most {Suggestions.Suggestion.LongestRationale}");
        var said = new SuggestionRow(row.OptionalLong("solution"), null, null, source, SaidStep(row, reply), row.OptionalShare("confidence"), rationale);
        if (said.SolutionId is not null) return said;
        if (row.OptionalText("problem") is null) throw row.Wanted("solution", "the number of a solution, or problem and steps");
        var solution = new JudgedSolution { Problem = row.Text("problem"), Steps = row.Steps("steps"), AnswerCheck = Grading.AnswerCheck.NoAnswer };
        return said with { StatementSha256 = StatementHash.Of(solution.Problem), TextSha256 = TextHash.Of(solution.Text(firstStep)) };
    }

    /// <summary>The suggestion, of this solution.</summary>
    public NewSuggestion Suggestion(long solutionId) => new(solutionId, Source, Step, Confidence, Rationale);

    private static int? SaidStep(FileRow row, string? reply) => (row.OptionalName<FirstErrorOutcome>("outcome"), row.OptionalNumber("step")) switch
    {
        (FirstErrorOutcome.FirstError or null, { } step) => step,
        (FirstErrorOutcome.NoError, null) => null,
        (FirstErrorOutcome.NoError, { } step) => throw new InvalidDataException($"step: found {step} with the outcome NoError, wanted none"),
        (FirstErrorOutcome.FirstError, null) => throw row.Wanted("step", "the number of the first wrong step"),
        (null, null) when reply is not null => JudgeReply.FirstIncorrect(reply) ?? throw new InvalidDataException("reply: found no step called incorrect in it, wanted one; say NoError as outcome where the judge finds none"),
        (null, null) => throw row.Wanted("outcome", "FirstError or NoError, or the judge's reply"),
        var (outcome, _) => throw new InvalidDataException($"outcome: found {outcome}, wanted FirstError or NoError"),
    };
}
