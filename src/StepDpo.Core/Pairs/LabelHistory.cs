using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using StepDpo.Contracts;
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
/// <param name="Note">What the person added, or null.</param>
/// <param name="Revision">Number of the settings and guidelines that they saw, or null.</param>
public sealed record LabelEvent(DateTimeOffset At, Guid? By, string Sign, Sentence Words, Sentence? Old = null, Sentence? Note = null, int? Revision = null);

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
        yield return new(solution.CreatedAt, null, "open", LabelWords.Sampled(solution.StepCount));
        foreach (var (answer, before) in records.Answers.Zip(records.Answers.Prepend(null)).Where(pair => pair.First.Version > 1))
            yield return new(answer.CreatedAt, answer.CreatedById, "undo", LabelWords.Corrected(answer.Answer), Sentence.Alone(before!.Answer), SiteNote.Shown(answer.Reason));
        foreach (var a in records.Annotations)
        {
            var old = records.Annotations.FirstOrDefault(b => b.Id == a.SupersedesId);
            yield return new(a.CreatedAt, a.AnnotatorId, Sign(a.Outcome), LabelWords.Of(a), old is null ? null : LabelWords.Claim(old), SiteNote.Shown(a.Note), numbers.GetValueOrDefault(a.RevisionId));
        }

        foreach (var e in records.Events) if (Told(e) is { } told) yield return told;
        foreach (var v in records.Verdicts)
            yield return new(v.CreatedAt, v.AdjudicatorId, "tick", LabelWords.Of(v), null, SiteNote.Shown(v.Note), numbers.GetValueOrDefault(v.RevisionId));
        // What a verdict's row says is not said twice.
        foreach (var a in records.Adjudications)
            yield return new(a.CreatedAt, a.ReviewerId, Sign(a.Decision), LabelWords.Of(a), null, a.Decision == AdjudicationDecision.Verdict ? null : SiteNote.Shown(a.Note), numbers.GetValueOrDefault(a.RevisionId));
        foreach (var p in records.Prefixes)
        {
            var taken = records.Prefixes.FirstOrDefault(b => b.Id == p.TakesBackId);
            yield return new(p.CreatedAt, p.ReviewerId, Sign(p.Decision), LabelWords.Of(p), taken is null ? null : LabelWords.Of(taken), SiteNote.Shown(p.Note), numbers.GetValueOrDefault(p.RevisionId));
        }

        foreach (var (candidate, step) in records.Candidates)
            yield return new(candidate.CreatedAt, candidate.WrittenById, "clock", LabelWords.Of(candidate, step));
        foreach (var r in records.Reviews)
        {
            var old = records.Reviews.LastOrDefault(b => b.RectificationId == r.RectificationId && b.Id < r.Id);
            yield return new(r.CreatedAt, r.ReviewerId, Sign(r.Decision), LabelWords.Of(r), old is null ? null : LabelWords.Of(old.Decision), SiteNote.Shown(r.Note), numbers.GetValueOrDefault(r.RevisionId));
        }

        foreach (var p in records.Pairs) yield return new(p.CreatedAt, p.CreatedById, "win", LabelWords.Of(p), Revision: numbers.GetValueOrDefault(p.RevisionId));
        foreach (var s in records.SecondReviews)
            yield return new(s.CreatedAt, s.ReviewerId, Sign(s.Decision), LabelWords.Of(s), null, SiteNote.Shown(s.Note), numbers.GetValueOrDefault(s.RevisionId));
        foreach (var w in records.Withdrawals) yield return new(w.CreatedAt, w.CreatedById, "dots", LabelWords.Of(w), null, SiteNote.Shown(w.Note));
    }

    // What has no table of its own. The words of the rest stand in its table's row.
    private static LabelEvent? Told(AuditEvent e) => e.Action switch
    {
        FirstErrorVerdict.Superseded => new(e.At, e.ActorId, "undo", LabelWords.Fell, Verdict(e.Old), SiteNote.Shown(Text(e.New, "reason"))),
        "problem.regraded" => new(e.At, e.ActorId, "undo", LabelWords.Regraded),
        Requeueing.Requeued => new(e.At, e.ActorId, "undo", LabelWords.SentBack, State(e.Old), SiteNote.Shown(Text(e.New, "reason"))),
        "assignment.skipped" => new(e.At, e.ActorId, "dots", LabelWords.Skipped),
        "assignment.assigned" => new(e.At, e.ActorId, "clock", LabelWords.PutOnDesk),
        _ => null,
    };

    private static string Sign(FirstErrorOutcome outcome) => outcome switch
    {
        FirstErrorOutcome.FirstError => "error",
        FirstErrorOutcome.Undone => "undo",
        FirstErrorOutcome.NoError or FirstErrorOutcome.CannotJudge or _ => "open",
    };

    private static string Sign(AdjudicationDecision decision) => decision switch
    {
        AdjudicationDecision.Verdict => "tick",
        AdjudicationDecision.OneMore => "clock",
        AdjudicationDecision.Discard => "dots",
        AdjudicationDecision.Undone or _ => "undo",
    };

    private static string Sign(PrefixDecision decision) => decision switch
    {
        PrefixDecision.SampleMore => "clock",
        PrefixDecision.Discard => "dots",
        PrefixDecision.Write => "tick",
        PrefixDecision.Reopen or PrefixDecision.TakenBack or _ => "undo",
    };

    private static string Sign(ReviewDecision decision) => decision switch
    {
        ReviewDecision.Approved => "win",
        ReviewDecision.Rejected => "lose",
        ReviewDecision.Reopened or _ => "undo",
    };

    private static string Text(string? json, string property) => json is not null && JsonDocument.Parse(json).RootElement is { ValueKind: JsonValueKind.Object } value && value.TryGetProperty(property, out var text) ? text.ToString() : "";

    private static Sentence? State(string? json) => json is not null && Enum.TryParse<SolutionState>(JsonSerializer.Deserialize<string>(json), ignoreCase: true, out var state) ? Sentence.Alone(state) : null;

    private static Sentence? Verdict(string? json)
    {
        if (json is null || JsonDocument.Parse(json).RootElement is not { ValueKind: JsonValueKind.Object } value) return null;
        return Enum.TryParse<FirstErrorOutcome>(Text(json, "outcome"), ignoreCase: true, out var outcome)
            ? LabelWords.Claim(outcome, value.TryGetProperty("step", out var step) && step.ValueKind == JsonValueKind.Number ? step.GetInt32() : null, Enum.TryParse<StepGrade>(Text(json, "grade"), ignoreCase: true, out var grade) ? grade : null, null)
            : null;
    }
}
