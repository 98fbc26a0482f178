using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using StepDpo.Contracts.Runs;
using StepDpo.Core.Accounts;
using StepDpo.Core.Auditing;
using StepDpo.Core.Data;
using StepDpo.Core.Exams;
using StepDpo.Core.Problems;
using StepDpo.Core.Projects;
using StepDpo.Core.Runs;
using StepDpo.Core.Sampling;
using StepDpo.Core.Statistics;

namespace StepDpo.Core.Annotations;

/// <summary>A gold item in a list.</summary>
/// <param name="Id">Its key.</param>
/// <param name="SolutionId">The solution.</param>
/// <param name="Statement">The problem.</param>
/// <param name="Step">The first error, or null for none.</param>
/// <param name="Retired">Whether it is no longer dealt out.</param>
/// <param name="Judged">How its judgements stand: many misses point to an item that is itself wrong.</param>
public sealed record GoldRow(long Id, long SolutionId, string Statement, int? Step, bool Retired, Proportion Judged);

/// <summary>What a person's gold judgements say of them.</summary>
/// <param name="UserId">The person.</param>
/// <param name="Name">Their name.</param>
/// <param name="Accuracy">Over the newest judgements since the last pause, with the interval.</param>
/// <param name="Pause">The pause that holds, or null.</param>
public sealed record GoldStanding(Guid UserId, string Name, Proportion Accuracy, AnnotatorPause? Pause);

/// <summary>A solution on which a reviewer decided, and which can become gold.</summary>
/// <param name="SolutionId">The solution.</param>
/// <param name="Statement">The problem.</param>
/// <param name="Step">The first error, or null for none.</param>
public sealed record GoldCandidate(long SolutionId, string Statement, int? Step);

/// <summary>What came of bringing gold items in.</summary>
/// <param name="Added">New ones.</param>
/// <param name="Known">Those whose problem the project has already.</param>
public sealed record GoldAdded(int Added, int Known);

/// <summary>Where leads keep the gold items, and see what they say of people.</summary>
public sealed class GoldService(IDbContextFactory<StepDpoContext> contexts, TimeProvider clock)
{
    /// <summary>The gold items, newest first. For leads.</summary>
    public async Task<Outcome<IReadOnlyList<GoldRow>>> ListAsync(Actor actor, long projectId, CancellationToken cancellationToken = default)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var role = await Membership.RequireAsync(context, actor, projectId, ProjectRole.Lead, cancellationToken);
        if (!role.Succeeded) return role.Refusal;
        var items = context.Set<GoldItem>().Where(g => g.ProjectId == projectId);
        var judgements = GoldAccuracy.Judgements(context, items);
        var rows = await items.OrderByDescending(g => g.Id)
            .Select(g => new
            {
                g.Id,
                g.SolutionId,
                g.Solution!.Problem!.Statement,
                g.Step,
                Retired = g.RetiredAt != null,
                Judged = judgements.Where(j => j.GoldItemId == g.Id).Select(j => j.IsRight).ToList(),
            })
            .ToListAsync(cancellationToken);
        return rows.Select(g => new GoldRow(g.Id, g.SolutionId, g.Statement, g.Step, g.Retired, Proportion.Wilson(g.Judged.Count(right => right), g.Judged.Count))).ToList();
    }

    /// <summary>What gold says of the members, by name. For leads.</summary>
    public async Task<Outcome<IReadOnlyList<GoldStanding>>> PeopleAsync(Actor actor, long projectId, CancellationToken cancellationToken = default)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var role = await Membership.RequireAsync(context, actor, projectId, ProjectRole.Lead, cancellationToken);
        if (!role.Succeeded) return role.Refusal;
        var people = await (from member in context.Set<ProjectMember>()
                            join user in context.Set<User>() on member.UserId equals user.Id
                            where member.ProjectId == projectId
                            orderby user.DisplayName
                            select new { user.Id, user.DisplayName }).ToListAsync(cancellationToken);
        var standings = new List<GoldStanding>();
        foreach (var person in people)
        {
            var lifted = await GoldAccuracy.LiftedAsync(context, projectId, person.Id, cancellationToken);
            var judged = await GoldAccuracy.NewestAsync(context, projectId, person.Id, lifted, GoldAccuracy.Stretch, cancellationToken);
            standings.Add(new(
                person.Id, person.DisplayName, Proportion.Wilson(judged.Count(j => j.IsRight), judged.Count), await context.HoldingPauseAsync(projectId, person.Id, cancellationToken)));
        }

        return standings;
    }

    /// <summary>Solutions on which a reviewer decided and that are no gold yet, newest decision first. For leads.</summary>
    public async Task<Outcome<IReadOnlyList<GoldCandidate>>> CandidatesAsync(Actor actor, long projectId, int take, CancellationToken cancellationToken = default)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var role = await Membership.RequireAsync(context, actor, projectId, ProjectRole.Lead, cancellationToken);
        if (!role.Succeeded) return role.Refusal;
        return await (from verdict in context.Set<FirstErrorVerdict>()
                      join solution in context.Set<Solution>() on verdict.SolutionId equals solution.Id
                      where solution.ProjectId == projectId && verdict.SupersededAt == null && verdict.Provenance == VerdictProvenance.Adjudicated
                          && verdict.Outcome != FirstErrorOutcome.CannotJudge && !context.Set<GoldItem>().Any(g => g.SolutionId == solution.Id)
                      orderby verdict.Id descending
                      select new GoldCandidate(solution.Id, solution.Problem!.Statement, verdict.Step)).Take(Math.Clamp(take, 1, 100)).ToListAsync(cancellationToken);
    }

    /// <summary>Makes a solution on which a reviewer decided a gold item, for all who have not met it. For leads.</summary>
    public async Task<Outcome<Done>> MarkAsync(Actor actor, long solutionId, CancellationToken cancellationToken = default)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        if (await context.Set<Solution>().SingleOrDefaultAsync(s => s.Id == solutionId, cancellationToken) is not { } solution) return Refusal.NotFound("There is no such solution.");
        var role = await Membership.RequireAsync(context, actor, solution.ProjectId, ProjectRole.Lead, cancellationToken);
        if (!role.Succeeded) return role.Refusal;
        if (await context.HoldingVerdictAsync(solutionId, cancellationToken) is not { Provenance: VerdictProvenance.Adjudicated, Outcome: not FirstErrorOutcome.CannotJudge } verdict)
            return Refusal.Conflict("Only a solution on which a reviewer decided can become a gold item.");
        Add(context, actor, solution, verdict.Step, verdict.Note[..Math.Min(2000, verdict.Note.Length)]);
        context.Audited(clock.GetUtcNow(), actor.UserId, solution.ProjectId, "gold.marked", nameof(GoldItem), solutionId, now: new { verdict.Step });
        try
        {
            await context.SaveChangesAsync(cancellationToken);
        }
        catch (DbUpdateException e) when (e.IsDuplicate())
        {
            return Refusal.Conflict("It is a gold item already.");
        }

        return Done.Value;
    }

    /// <summary>Takes a gold item out: it is dealt to nobody, and measures nobody any more. For leads.</summary>
    public async Task<Outcome<Done>> RetireAsync(Actor actor, long goldItemId, CancellationToken cancellationToken = default)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        if (await context.Set<GoldItem>().SingleOrDefaultAsync(g => g.Id == goldItemId, cancellationToken) is not { } item) return Refusal.NotFound("There is no such gold item.");
        var role = await Membership.RequireAsync(context, actor, item.ProjectId, ProjectRole.Lead, cancellationToken);
        if (!role.Succeeded) return role.Refusal;
        if (item.RetiredAt is not null) return Done.Value;
        item.RetiredAt = clock.GetUtcNow();
        context.Audited(clock.GetUtcNow(), actor.UserId, item.ProjectId, "gold.retired", nameof(GoldItem), goldItemId);
        await context.SaveChangesAsync(cancellationToken);
        return Done.Value;
    }

    /// <summary>Takes the shipped gold items into the project. For leads.</summary>
    public Task<Outcome<GoldAdded>> AddShippedAsync(Actor actor, long projectId, CancellationToken cancellationToken = default) =>
        AddAsync(actor, projectId, () => KnownSolutions.For(KnownUse.Gold).Select(GoldText.Of).ToList(), "gold.shipped-added", cancellationToken);

    /// <summary>Brings gold items in from lines of JSON (<see cref="GoldText"/>). For leads.</summary>
    public Task<Outcome<GoldAdded>> ImportAsync(Actor actor, long projectId, string lines, CancellationToken cancellationToken = default) =>
        AddAsync(actor, projectId, () => GoldText.Read(lines), "gold.imported", cancellationToken);

    /// <summary>Ends somebody's pause; their gold judgements count anew from here. For leads.</summary>
    public async Task<Outcome<Done>> LiftAsync(Actor actor, long projectId, Guid userId, CancellationToken cancellationToken = default)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var role = await Membership.RequireAsync(context, actor, projectId, ProjectRole.Lead, cancellationToken);
        if (!role.Succeeded) return role.Refusal;
        if (await context.HoldingPauseAsync(projectId, userId, cancellationToken) is not { } pause) return Refusal.Conflict("This person is not paused.");
        (pause.LiftedAt, pause.LiftedById) = (clock.GetUtcNow(), actor.UserId);
        context.Audited(clock.GetUtcNow(), actor.UserId, projectId, "annotator.pause-lifted", nameof(AnnotatorPause), userId);
        await context.SaveChangesAsync(cancellationToken);
        return Done.Value;
    }

    // Solutions hang on a run, which says under which template they are read: one of its own, that is over.
    private async Task<Outcome<GoldAdded>> AddAsync(
        Actor actor, long projectId, Func<Outcome<IReadOnlyList<GoldText>>> read, string action, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var role = await Membership.RequireAsync(context, actor, projectId, ProjectRole.Lead, cancellationToken);
        if (!role.Succeeded) return role.Refusal;
        var texts = read();
        if (!texts.Succeeded) return texts.Refusal;
        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        await context.Database.ExecuteSqlAsync($"SELECT 1 FROM project WHERE id = {projectId} FOR UPDATE", cancellationToken);
        var known = await context.Set<Problem>().Where(p => p.ProjectId == projectId).Select(p => p.StatementSha256).ToHashSetAsync(cancellationToken);
        var fresh = texts.Value.Where(text => known.Add(StatementHash.Of(text.Problem))).ToList();
        if (fresh.Count > 0)
        {
            var now = clock.GetUtcNow();
            var revision = await context.CurrentRevisionAsync(projectId, cancellationToken);
            Problem[] problems = [.. fresh.Select(text => new Problem
            {
                ProjectId = projectId,
                Statement = text.Problem,
                StatementSha256 = StatementHash.Of(text.Problem),
                Answer = text.Answer,
                Source = "gold",
                Split = Split.Gold,
                CreatedAt = now,
            })];
            context.AddRange(problems);
            await context.SaveChangesAsync(cancellationToken);
            var run = new Run
            {
                ProjectId = projectId,
                Kind = RunKind.Sampling,
                Name = "Gold items",
                RevisionId = revision.Id,
                Options = JsonSerializer.Serialize(new SamplingOptions { ProblemIds = [.. problems.Select(p => p.Id)], SamplesPerProblem = 1 }, RunJson.Line),
                State = RunState.Succeeded,
                ProgressDone = fresh.Count,
                ProgressTotal = fresh.Count,
                ProgressNote = "Brought in, not sampled.",
                CreatedById = actor.UserId,
                CreatedAt = now,
                EndedAt = now,
            };
            context.Add(run);
            await context.SaveChangesAsync(cancellationToken);
            foreach (var (problem, text) in problems.Zip(fresh))
            {
                context.Add(new ReferenceAnswer { ProblemId = problem.Id, Version = 1, Answer = problem.Answer, CreatedById = actor.UserId, CreatedAt = now });
                var solution = NewSolution(run, problem, text, revision.Settings.Template.FirstStep, now);
                context.Add(solution);
                await context.SaveChangesAsync(cancellationToken);
                Add(context, actor, solution, text.Step, text.Why);
            }

            context.Audited(now, actor.UserId, projectId, action, nameof(GoldItem), projectId, now: new { Added = fresh.Count });
        }

        await context.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return new GoldAdded(fresh.Count, texts.Value.Count - fresh.Count);
    }

    private static Solution NewSolution(Run run, Problem problem, GoldText gold, string firstStep, DateTimeOffset now)
    {
        var (text, graded) = gold.Written(firstStep);
        var offsets = StepSplit.Offsets(text);
        return new()
        {
            ProjectId = problem.ProjectId,
            RunId = run.Id,
            ProblemId = problem.Id,
            Split = problem.Split,
            SampleIndex = 0,
            Text = text,
            TextSha256 = TextHash.Of(text),
            StepOffsets = offsets,
            StepCount = offsets.Length,
            FinishReason = FinishReason.Stop,
            ExtractedAnswer = graded.Answer,
            AnswerCheck = graded.Check,
            AnswerVersion = 1,
            State = SolutionState.Sampled,
            CreatedAt = now,
        };
    }

    private void Add(StepDpoContext context, Actor actor, Solution solution, int? step, string why) => context.Add(new GoldItem
    {
        ProjectId = solution.ProjectId,
        SolutionId = solution.Id,
        StepCount = solution.StepCount,
        Step = step,
        Why = why,
        CreatedById = actor.UserId,
        CreatedAt = clock.GetUtcNow(),
    });
}
