using System.Text;
using System.Text.Json;
using StepDpo.Core.AnnotationFiles;
using StepDpo.Core.Annotations;
using StepDpo.Core.Exams;
using StepDpo.Core.Pairs;
using StepDpo.Core.Problems;
using StepDpo.Core.Projects;
using StepDpo.Core.Runs;
using StepDpo.Core.Sampling;
using StepDpo.Core.Search;

namespace StepDpo.Web.Projects;

/// <summary>One thing that an audit event changed.</summary>
/// <param name="Name">Its name, or empty where the event is about one thing alone.</param>
/// <param name="Old">What was, or null.</param>
/// <param name="New">What is, or null.</param>
public sealed record AuditChange(string Name, string? Old, string? New);

/// <summary>Lines of the audit in words.</summary>
public static class AuditWords
{
    private const int Longest = 200;

    /// <summary>What is done in a project, as the audit spells it.</summary>
    public static IReadOnlyList<string> Actions { get; } =
    [
        "annotator.pause-lifted", "annotator.paused", "assignment.assigned", "assignment.skipped", "exam.excused", "exam.failed", "exam.passed", "exam.retake-allowed",
        "filter.removed", "filter.saved", "flag.answered", "flag.asked", "gold.imported", "gold.marked", "gold.retired", "gold.shipped-added", "judgements.exported",
        "member.removed", "member.role-set", "pair.withdrawn", "pairs.exported", "pairs.imported", "problem.answer-corrected", "problem.regraded", "problems.imported", "problems.split",
        "project.archived", "project.created", "project.settings-changed", "project.woken", "run.cancelled", "run.paused", "run.queued", "run.resumed", "run.retried",
        "solution.adjudicated", "solution.adjudication-undone", "solution.discarded", "solution.one-more-judgement", "solution.requeued",
        "solutions.assigned", "solutions.exported", "solutions.imported", "solutions.requeued", "suggestion.kept", "suggestions.imported", "verdict.superseded",
    ];

    /// <summary>To what sorts of things.</summary>
    public static IReadOnlyList<string> Subjects { get; } =
    [
        nameof(AnnotationExport), nameof(AnnotatorPause), nameof(Assignment), nameof(ExamResult), nameof(Export), nameof(FirstErrorVerdict), nameof(Flag), nameof(GoldItem), nameof(PreferencePair),
        nameof(Problem), nameof(Project), nameof(ProjectMember), nameof(Run), nameof(SavedFilter), nameof(ShownSuggestion), nameof(Solution),
    ];

    /// <summary><c>gold.marked</c> as "gold marked".</summary>
    public static string Action(string action) => T(action.Replace('.', ' ').Replace('-', ' '));

    /// <summary><c>FirstErrorVerdict</c> as "first error verdict".</summary>
    public static string Subject(string subject) => T(Name(subject));

    /// <summary>The other way: "gold marked" as <c>gold.marked</c>, "flag" as it is; null for nothing.</summary>
    public static string? Spelt(string? words)
    {
        if (Actions.FirstOrDefault(action => Action(action).Equals(words?.Trim(), StringComparison.OrdinalIgnoreCase)) is { } whole) return whole;
        var parts = (words ?? "").Trim().ToLowerInvariant().Split([' ', '.'], 2, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return parts.Length == 0 ? null : string.Join('.', parts).Replace(' ', '-');
    }

    private static string Name(string name)
    {
        var words = new StringBuilder();
        foreach (var letter in name)
        {
            if (char.IsUpper(letter) && words.Length > 0)
                words.Append(' ');
            words.Append(char.ToLowerInvariant(letter));
        }
        return words.ToString();
    }

    /// <summary>What an event changed: of two objects those properties that differ.</summary>
    public static IReadOnlyList<AuditChange> Changes(string? old, string? now)
    {
        using var before = JsonDocument.Parse(old ?? "null");
        using var after = JsonDocument.Parse(now ?? "null");
        var (was, has) = (Properties(before.RootElement), Properties(after.RootElement));
        return [.. was.Keys.Union(has.Keys)
            .Select(name => new AuditChange(Name(name), was.GetValueOrDefault(name), has.GetValueOrDefault(name)))
            .Where(change => change.Old != change.New)
            .Select(change => change with { Old = Short(change.Old), New = Short(change.New) })];
    }

    private static Dictionary<string, string> Properties(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Undefined or JsonValueKind.Null => [],
        JsonValueKind.Object => value.EnumerateObject().ToDictionary(property => property.Name, property => Text(property.Value)),
        JsonValueKind.Array or JsonValueKind.String or JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False or _ => new() { [""] = Text(value) },
    };

    private static string Text(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => T("none"),
        JsonValueKind.True => T("yes"),
        JsonValueKind.False => T("no"),
        JsonValueKind.String => value.GetString() is { Length: > 0 } text ? text : T("empty"),
        JsonValueKind.Undefined or JsonValueKind.Object or JsonValueKind.Array or JsonValueKind.Number or _ => value.GetRawText(),
    };

    // Two characters of a pair stay together.
    private static string? Short(string? text) => text is null || text.Length <= Longest
        ? text
        : text[..(char.IsHighSurrogate(text[Longest - 1]) ? Longest - 1 : Longest)] + "…";
}
