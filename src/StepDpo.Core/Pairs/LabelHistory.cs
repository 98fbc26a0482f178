using System.Globalization;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using StepDpo.Core.Accounts;
using StepDpo.Core.Annotations;
using StepDpo.Core.Auditing;
using StepDpo.Core.Data;
using StepDpo.Core.Problems;
using StepDpo.Core.Projects;
using StepDpo.Core.Rectifications;
using StepDpo.Core.Sampling;

namespace StepDpo.Core.Pairs;

/// <summary>One thing that happened to a label.</summary>
/// <param name="At">When.</param>
/// <param name="By">Who; null for the installation itself.</param>
/// <param name="Sign">Sign that stands for it.</param>
/// <param name="Words">What, without who.</param>
/// <param name="Old">What was before, or null.</param>
/// <param name="Note">What the person added.</param>
/// <param name="Revision">Number of the settings and guidelines that they saw, or null.</param>
public sealed record LabelEvent(DateTimeOffset At, Guid? By, string Sign, string Words, string? Old = null, string Note = "", int? Revision = null);

/// <summary>A solution with all that was said of it.</summary>
/// <param name="Solution">The solution.</param>
/// <param name="Problem">Its problem.</param>
/// <param name="Steps">The words of its steps; step k is at k - 1.</param>
/// <param name="ModelId">The model that sampled it, or null.</param>
/// <param name="Label">The label as the records give it.</param>
/// <param name="Records">The records.</param>
/// <param name="Events">What happened, oldest first.</param>
public sealed record SolutionHistory(
    Solution Solution, Problem Problem, IReadOnlyList<string> Steps, long? ModelId, RebuiltLabel Label, LabelRecords Records, IReadOnlyList<LabelEvent> Events);

/// <summary>Tells how a solution's label came about, from records that nobody can change.</summary>
public sealed class LabelHistory(IDbContextFactory<StepDpoContext> contexts)
{
    /// <summary>
    /// Everything that was said of a solution. For reviewers; for leads where it was brought in as a gold item. Whoever has it on their own
    /// desk judges it first, blind; so does whoever may be its second reviewer.
    /// </summary>
    public async Task<Outcome<SolutionHistory>> OfSolutionAsync(Actor actor, long solutionId, CancellationToken cancellationToken = default)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var found = await context.Set<Solution>().AsNoTracking().Where(s => s.Id == solutionId)
            .Select(s => new { Solution = s, Problem = s.Problem!, s.Run!.ModelId, context.Set<ProjectRevision>().Single(r => r.Id == s.Run!.RevisionId).Settings })
            .SingleOrDefaultAsync(cancellationToken);
        if (found is null) return Refusal.NotFound("There is no such solution.");
        var role = await Membership.RequireAsync(context, actor, found.Solution.ProjectId, found.Solution.Split == Split.Gold ? ProjectRole.Lead : ProjectRole.Reviewer, cancellationToken);
        if (!role.Succeeded) return role.Refusal.Kind == RefusalKind.NotFound ? Refusal.NotFound("There is no such solution.") : role.Refusal;
        if (await context.Set<Assignment>().AnyAsync(a => a.SolutionId == solutionId && a.AnnotatorId == actor.UserId && a.State == AssignmentState.Leased, cancellationToken))
            return Refusal.Conflict("This solution lies on your desk: judge it or put it aside, then look at what was said of it.");
        var unread = await SecondReviews.OpenToAsync(context, actor, found.Solution.ProjectId, cancellationToken);
        if (await unread.AnyAsync(p => context.Set<Rectification>().Any(r => r.Id == p.RectificationId && r.Prefix!.SolutionId == solutionId), cancellationToken)) return SecondReviews.Unread;

        var records = await LabelRecords.ReadAsync(context, found.Solution, cancellationToken);
        var numbers = await context.Set<ProjectRevision>().Where(r => r.ProjectId == found.Solution.ProjectId).ToDictionaryAsync(r => r.Id, r => r.Number, cancellationToken);
        var steps = new SolutionSteps(found.Settings.Template.FirstStep, found.Solution.Text, found.Solution.StepOffsets);
        return new SolutionHistory(
            found.Solution, found.Problem, [.. Enumerable.Range(1, found.Solution.StepCount).Select(steps.Words)], found.ModelId,
            records.Rebuild(), records, [.. Tell(found.Solution, records, numbers).OrderBy(e => e.At)]);
    }

    // Within one moment the order here is that of cause and effect; OrderBy keeps it.
    private static IEnumerable<LabelEvent> Tell(Solution solution, LabelRecords records, Dictionary<long, int> numbers)
    {
        yield return new(solution.CreatedAt, null, "open", $"sampled, {solution.StepCount} steps");
        foreach (var (answer, before) in records.Answers.Zip(records.Answers.Prepend(null)).Where(pair => pair.First.Version > 1))
            yield return new(answer.CreatedAt, answer.CreatedById, "undo", $"reference answer corrected to {answer.Answer}", before?.Answer, answer.Reason);
        foreach (var a in records.Annotations)
        {
            var old = records.Annotations.FirstOrDefault(b => b.Id == a.SupersedesId);
            yield return new(
                a.CreatedAt, a.AnnotatorId, a.Outcome == FirstErrorOutcome.FirstError ? "error" : a.Outcome == FirstErrorOutcome.Undone ? "undo" : "open",
                a.Outcome == FirstErrorOutcome.Undone ? "judgement taken back" : $"{Words(a.Outcome, a.Step, a.Grade, a.Reason)}{(a.Surplus ? " (too late: kept, not counted)" : "")}{(a.AfterSuggestion ? " (after a suggestion was seen)" : "")}",
                old is null ? null : Words(old.Outcome, old.Step, old.Grade, old.Reason), a.Note, numbers.GetValueOrDefault(a.RevisionId));
        }

        foreach (var e in records.Events) if (Told(e) is { } told) yield return told;
        foreach (var v in records.Verdicts)
        {
            var how = v.Provenance switch
            {
                VerdictProvenance.Single => "one judgement was asked for",
                VerdictProvenance.Agreed => "all agreed",
                VerdictProvenance.Majority => "most agreed",
                VerdictProvenance.Imported => "it came with an imported file",
                VerdictProvenance.Adjudicated or _ => "decided by a reviewer",
            };
            yield return new(v.CreatedAt, v.AdjudicatorId, "tick", $"verdict: {Words(v.Outcome, v.Step, v.Grade, v.Reason)}; {how}", null, v.Note, numbers.GetValueOrDefault(v.RevisionId));
        }

        foreach (var a in records.Adjudications)
        {
            // What a verdict's row says is not said twice.
            var words = a.Decision switch
            {
                AdjudicationDecision.Verdict => "dispute decided" + (a.Because is { } because ? $": {Spaced(because.ToString())}" : ""),
                AdjudicationDecision.OneMore => "one more judgement asked for",
                AdjudicationDecision.Discard => "set aside",
                AdjudicationDecision.Undone or _ => "decision on the dispute taken back",
            };
            yield return new(
                a.CreatedAt, a.ReviewerId, a.Decision switch { AdjudicationDecision.Verdict => "tick", AdjudicationDecision.OneMore => "clock", AdjudicationDecision.Discard => "dots", AdjudicationDecision.Undone or _ => "undo" },
                words, null, a.Decision == AdjudicationDecision.Verdict ? "" : a.Note, numbers.GetValueOrDefault(a.RevisionId));
        }

        foreach (var p in records.Prefixes)
        {
            var taken = records.Prefixes.FirstOrDefault(b => b.Id == p.TakesBackId)?.Decision;
            yield return new(
                p.CreatedAt, p.ReviewerId, p.Decision switch { PrefixDecision.SampleMore => "clock", PrefixDecision.Discard => "dots", PrefixDecision.Write => "tick", PrefixDecision.Reopen or PrefixDecision.TakenBack or _ => "undo" },
                Words(p), taken is { } was ? Spaced(was.ToString()) : null, p.Note, numbers.GetValueOrDefault(p.RevisionId));
        }

        foreach (var (candidate, step) in records.Candidates)
            yield return new(candidate.CreatedAt, candidate.WrittenById, "clock", $"candidate {candidate.Id} for step {step} proposed{(candidate.Origin == RectificationOrigin.Written ? ", written by hand" : "")}");
        foreach (var r in records.Reviews)
        {
            var old = records.Reviews.LastOrDefault(b => b.RectificationId == r.RectificationId && b.Id < r.Id)?.Decision;
            yield return new(
                r.CreatedAt, r.ReviewerId, r.Decision switch { ReviewDecision.Approved => "win", ReviewDecision.Rejected => "lose", ReviewDecision.Reopened or _ => "undo" },
                $"candidate {r.RectificationId} {Word(r.Decision)}{(r.Reason is { } reason ? $": {Spaced(reason.ToString())}" : "")}", old is { } was ? Word(was) : null, r.Note, numbers.GetValueOrDefault(r.RevisionId));
        }

        foreach (var p in records.Pairs) yield return new(p.CreatedAt, p.CreatedById, "win", $"pair {p.Id} made", null, "", numbers.GetValueOrDefault(p.RevisionId));
        foreach (var s in records.SecondReviews)
        {
            yield return new(
                s.CreatedAt, s.ReviewerId, s.Decision switch { ReviewDecision.Approved => "win", ReviewDecision.Rejected => "lose", ReviewDecision.Reopened or _ => "undo" },
                $"second review of pair {s.PairId}: candidate {s.RectificationId} {(s.Decision == ReviewDecision.Reopened ? "taken back" : Word(s.Decision))}{(s.Reason is { } reason ? $": {Spaced(reason.ToString())}" : "")}", null, s.Note, numbers.GetValueOrDefault(s.RevisionId));
        }

        foreach (var w in records.Withdrawals) yield return new(w.CreatedAt, w.CreatedById, "dots", $"pair {w.PairId} withdrawn: {Spaced(w.Reason.ToString())}", null, w.Note);
    }

    // What has no table of its own. The words of the rest stand in its table's row.
    private static LabelEvent? Told(AuditEvent e) => e.Action switch
    {
        FirstErrorVerdict.Superseded => new(e.At, e.ActorId, "undo", "verdict no longer holds", Verdict(e.Old), Text(e.New, "reason")),
        "problem.regraded" => new(e.At, e.ActorId, "undo", "graded anew"),
        Requeueing.Requeued => new(e.At, e.ActorId, "undo", "sent back to judging", Plain(e.Old), Text(e.New, "reason")),
        "assignment.skipped" => new(e.At, e.ActorId, "dots", "skipped"),
        "assignment.assigned" => new(e.At, e.ActorId, "clock", "put on a desk"),
        _ => null,
    };

    private static string Words(FirstErrorOutcome outcome, int? step, StepGrade? grade, FirstErrorReason? reason) => outcome switch
    {
        FirstErrorOutcome.FirstError => $"first error at step {step}{(grade == StepGrade.Neutral ? ", neutral" : "")}",
        FirstErrorOutcome.NoError => "no error" + Because(reason),
        FirstErrorOutcome.CannotJudge => "cannot be judged" + Because(reason),
        FirstErrorOutcome.Undone or _ => "taken back",
    };

    private static string Words(PrefixReview review) => review.Decision switch
    {
        PrefixDecision.SampleMore => "sent back to sampling" + (review.Temperature is { } t ? string.Create(CultureInfo.InvariantCulture, $", at temperature {t}") : ""),
        PrefixDecision.Discard => "given up",
        PrefixDecision.Reopen => "first error reopened",
        PrefixDecision.Write => $"candidate {review.RectificationId} written",
        PrefixDecision.TakenBack or _ => "decision on the prefix taken back",
    };

    private static string Because(FirstErrorReason? reason) => reason is null ? "" : $": {Spaced(reason.ToString()!)}";

    private static string Word(ReviewDecision decision) => decision.ToString().ToLowerInvariant();

    // WrongReference -> wrong reference
    private static string Spaced(string name) => string.Concat(name.Select((letter, i) => i > 0 && char.IsUpper(letter) ? $" {char.ToLowerInvariant(letter)}" : char.ToLowerInvariant(letter).ToString()));

    private static string? Plain(string? json) => json is null ? null : Spaced(JsonSerializer.Deserialize<string>(json) ?? "");

    private static string Text(string? json, string property) => json is not null && JsonDocument.Parse(json).RootElement is { ValueKind: JsonValueKind.Object } value && value.TryGetProperty(property, out var text) ? text.ToString() : "";

    private static string? Verdict(string? json)
    {
        if (json is null || JsonDocument.Parse(json).RootElement is not { ValueKind: JsonValueKind.Object } value) return null;
        return Enum.TryParse<FirstErrorOutcome>(Text(json, "outcome"), ignoreCase: true, out var outcome)
            ? Words(outcome, value.TryGetProperty("step", out var step) && step.ValueKind == JsonValueKind.Number ? step.GetInt32() : null, Enum.TryParse<StepGrade>(Text(json, "grade"), ignoreCase: true, out var grade) ? grade : null, null)
            : null;
    }
}
