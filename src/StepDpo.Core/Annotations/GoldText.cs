using System.Text.Json;
using System.Text.Json.Serialization;
using StepDpo.Contracts;
using StepDpo.Core.Data;
using StepDpo.Core.Exams;
using StepDpo.Core.Grading;
using StepDpo.Core.Sampling;

namespace StepDpo.Core.Annotations;

/// <summary>A solution to be brought in as a gold item: one line of a JSONL file.</summary>
public sealed record GoldText
{
    /// <summary>The problem.</summary>
    public string Problem { get; init; } = "";

    /// <summary>The right answer.</summary>
    public string Answer { get; init; } = "";

    /// <summary>The steps, without labels.</summary>
    public IReadOnlyList<string> Steps { get; init; } = [];

    /// <summary>The first error, from 1; null where there is none.</summary>
    public int? Step { get; init; }

    /// <summary>Why.</summary>
    public string Why { get; init; } = "";

    /// <summary>The solution's final answer; where it is left out, it is looked for in the text.</summary>
    public string? Found { get; init; }

    private static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web) { UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow };

    /// <summary>Of a shipped solution.</summary>
    public static GoldText Of(KnownSolution known) => new()
    {
        Problem = known.Statement,
        Answer = known.Answer,
        Steps = known.Steps,
        Step = known.Step,
        Why = known.Why,
        Found = known.Found,
    };

    /// <summary>Reads lines <c>{"problem": …, "answer": …, "steps": […], "step": 3, "why": …}</c>; the refusal names the line.</summary>
    internal static Outcome<IReadOnlyList<GoldText>> Read(string lines)
    {
        var texts = new List<GoldText>();
        foreach (var (number, line) in lines.Split('\n').Index().Where(line => !string.IsNullOrWhiteSpace(line.Item)))
        {
            GoldText? text;
            try
            {
                text = JsonSerializer.Deserialize<GoldText>(line, Format);
            }
            catch (JsonException e)
            {
                return Refusal.Invalid("Lines", $"Line {number + 1} is no gold item: {e.Message}");
            }

            if (text is null) return Refusal.Invalid("Lines", $"Line {number + 1} is empty.");
            if (text.Wrong() is { } wrong) return Refusal.Invalid("Lines", $"Line {number + 1}: {wrong}");
            texts.Add(text);
        }

        return texts.Count is 0 or > 1000 ? Refusal.Invalid("Lines", $"Give 1 to 1,000 gold items, a line each; found {texts.Count}.") : texts;
    }

    /// <summary>The text as a model would have written it under a template, with its answer.</summary>
    public (string Text, GradedAnswer Graded) Written(string firstStep)
    {
        var text = (firstStep.EndsWith(' ') ? "" : " ") + Steps[0] + string.Concat(Steps.Skip(1).Select((words, index) => $"\nStep {index + 2}: {words}"));
        return (text, Found is null ? AnswerGrading.Grade(text, Answer) : new(Found, AnswerComparison.Same(Answer, Found) ? AnswerCheck.Right : AnswerCheck.Wrong));
    }

    private Sentence? Wrong()
    {
        if (string.IsNullOrWhiteSpace(Problem)) return "\"problem\" is missing.";
        if (string.IsNullOrWhiteSpace(Answer)) return "\"answer\" is missing.";
        if (Steps.Count == 0 || Steps.Any(string.IsNullOrWhiteSpace)) return "\"steps\" must hold the words of each step.";
        if (Step < 1 || Step > Steps.Count) return $"\"step\" must be 1 to {Steps.Count}; found {Step}.";
        if (Why.Length > 2000) return $"\"why\" may hold 2,000 characters; found {Why.Length}.";
        if (new[] { Problem, Answer, Why, Found ?? "" }.Concat(Steps).Any(words => words.Contains('\0', StringComparison.Ordinal))) return "it holds the character U+0000, which cannot be stored.";
        if (StepSplit.Offsets(Written("Step 1: ").Text).Length != Steps.Count) return "a step holds a line that begins with \"Step \": it would be cut there.";
        if (Step is null && Written("Step 1: ").Graded.Check == AnswerCheck.Wrong) return "the answer is wrong, so some step is.";
        return null;
    }
}
