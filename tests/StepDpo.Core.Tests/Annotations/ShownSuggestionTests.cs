using Microsoft.EntityFrameworkCore;
using Npgsql;
using StepDpo.Core.Accounts;
using StepDpo.Core.Agreement;
using StepDpo.Core.Annotations;
using StepDpo.Core.Data;
using StepDpo.Core.Grading;
using StepDpo.Core.Projects;
using StepDpo.Core.Runs;
using StepDpo.Core.Sampling;
using StepDpo.Core.Statistics;
using StepDpo.Core.Suggestions;
using StepDpo.Core.Tests.Data;

namespace StepDpo.Core.Tests.Annotations;

/// <summary>Judged first, shown then, kept or revised: what is stored, what counts, and what it says of people.</summary>
public sealed class ShownSuggestionTests(Database database) : IClassFixture<Database>
{
    private static readonly ProjectSettings Blind = new() { Suggestions = SuggestionUse.AfterJudgement };

    private readonly World _world = new(database);
    private readonly SettableClock _clock = new();
    private Project _project = null!;
    private Run _run = null!;

    private AnnotationService Annotations => new(database, _clock);

    private ShownSuggestions Shown => new(database, _clock);

    [Fact]
    public async Task A_revision_supersedes_counts_for_the_verdict_and_the_blind_one_for_agreement()
    {
        var (lin, jo) = await BeginAsync(Blind with { JudgementsPerSolution = 2, MostJudgements = 2 });
        var solution = await SolutionAsync(2);
        var (lins, jos) = (await LeaseAsync(solution, lin, 1), await LeaseAsync(solution, jo, 2));
        var first = await SubmitAsync(lin, lins, 3);
        Assert.Equal(new(lins, "judge:a", 2, 0.75, "It should be 2.", SuggestionAnswer.Open), await ShowAsync(lin, first));
        Assert.Equal(SuggestionAnswer.Same, (await ShowAsync(jo, await SubmitAsync(jo, jos, 2)))!.Answer);

        // Disputed as they were blind; agreed after the revision.
        await using var context = database.CreateDbContext();
        Assert.Equal(SolutionState.Adjudication, await context.Set<Solution>().Where(s => s.Id == solution.Id).Select(s => s.State).SingleAsync(Token));
        var revised = await SubmitAsync(lin, lins, 2);
        Assert.Equal(SuggestionAnswer.Revised, (await ShowAsync(lin, revised))!.Answer);
        var verdict = await context.Set<FirstErrorVerdict>().SingleAsync(v => v.SolutionId == solution.Id && v.SupersededAt == null, Token);
        Assert.Equal((2, VerdictProvenance.Agreed), (verdict.Step, verdict.Provenance));
        var chain = await context.Set<FirstErrorAnnotation>().Where(a => a.AssignmentId == lins).OrderBy(a => a.Id).ToListAsync(Token);
        Assert.Equal([(3, false, null), (2, true, first)], chain.Select(a => (a.Step!.Value, a.AfterSuggestion, a.SupersedesId)));
        Assert.Equal([new(3, 2, 1)], await ConfusionAsync());

        // Taken back after it was seen: what was said blind stays what was said blind.
        Assert.True((await Annotations.UndoAsync(lin, Guid.NewGuid(), revised, Token)).Succeeded);
        await SubmitAsync(lin, lins, 1);
        Assert.Equal([new(3, 2, 1)], await ConfusionAsync());
        Assert.Equal(first, (await context.Set<ShownSuggestion>().SingleAsync(s => s.AssignmentId == lins, Token)).AnnotationId);
    }

    [Fact]
    public async Task Nothing_is_shown_where_the_project_says_so_or_nothing_was_judged_and_nobody_elses()
    {
        var (lin, jo) = await BeginAsync(new());
        var off = await LeaseAsync(await SolutionAsync(2), lin);
        Assert.Null(await ShowAsync(lin, await SubmitAsync(lin, off, 1)));

        (lin, jo) = await BeginAsync(Blind);
        var without = await LeaseAsync(await SolutionAsync(null, suggested: false), lin);
        Assert.Null(await ShowAsync(lin, await SubmitAsync(lin, without, 1)));
        var unsure = await LeaseAsync(await SolutionAsync(2), lin);
        var stored = await Annotations.SubmitAsync(lin, Guid.NewGuid(), unsure, new(FirstErrorOutcome.CannotJudge, Reason: FirstErrorReason.Unsure), Token);
        Assert.Null(await ShowAsync(lin, stored.Value.AnnotationId));
        var mine = await SubmitAsync(lin, await LeaseAsync(await SolutionAsync(2), lin), 1);
        Assert.Equal(RefusalKind.NotFound, (await Shown.ShowAsync(jo, mine, Token)).Refusal?.Kind);
        Assert.Equal(RefusalKind.Conflict, (await Shown.KeepAsync(lin, mine, Token)).Refusal?.Kind);
        Assert.Equal(SuggestionAnswer.Open, (await ShowAsync(lin, mine))!.Answer);
        Assert.True((await Shown.KeepAsync(lin, mine, Token)).Succeeded);
        Assert.Equal(SuggestionAnswer.Kept, (await ShowAsync(lin, mine))!.Answer);
        await using var context = database.CreateDbContext();
        Assert.Equal(1, await context.Set<ShownSuggestion>().CountAsync(s => context.Set<Solution>().Any(x => x.ProjectId == _project.Id && x.Id == s.Suggestion!.SolutionId), Token));
    }

    [Fact]
    public async Task Of_several_sources_the_newest_speaks_and_the_one_that_was_seen_stays()
    {
        var (lin, _) = await BeginAsync(Blind);
        var solution = await SolutionAsync(2);
        await SuggestAsync(solution, null, "rollouts");
        var assignment = await LeaseAsync(solution, lin);
        var judged = await SubmitAsync(lin, assignment, 2);
        Assert.Equal(("rollouts", SuggestionAnswer.Open), (await ShowAsync(lin, judged)) is { } seen ? (seen.Source, seen.Answer) : default);
        await SuggestAsync(solution, 2, "judge:b");
        Assert.Equal("rollouts", (await ShowAsync(lin, judged))!.Source);
        Assert.Equal("rollouts", Assert.Single((await Shown.SeenAsync(lin, _project.Id, [assignment], Token)).Value).Source);
    }

    [Fact]
    public async Task Gold_counts_as_it_was_judged_blind_and_nothing_is_shown_while_a_gold_item_has_no_suggestion()
    {
        var (lin, jo) = await BeginAsync(Blind);
        var gold = await SolutionAsync(2);
        var bare = await SolutionAsync(null, suggested: false);
        foreach (var item in new[] { gold, bare })
            await database.AddAsync(new GoldItem { ProjectId = _project.Id, SolutionId = item.Id, StepCount = item.StepCount, Step = 2, CreatedAt = World.Now });
        var plain = await LeaseAsync(await SolutionAsync(1), lin);
        Assert.Null(await ShowAsync(lin, await SubmitAsync(lin, plain, 3)));
        await SuggestAsync(bare, 1);
        var assignment = await LeaseAsync(gold, lin, Assignment.Gold);
        var wrong = await SubmitAsync(lin, assignment, 1);
        Assert.Equal(SuggestionAnswer.Open, (await ShowAsync(lin, wrong))!.Answer);
        await SubmitAsync(lin, assignment, 2);
        var right = await LeaseAsync(gold, jo, Assignment.Gold);
        var undone = await SubmitAsync(jo, right, 2);
        await ShowAsync(jo, undone);
        Assert.True((await Annotations.UndoAsync(jo, Guid.NewGuid(), undone, Token)).Succeeded);
        await SubmitAsync(jo, right, 3);

        var lead = await LeadAsync();
        var people = (await new GoldService(database, _clock).PeopleAsync(lead, _project.Id, Token)).Value;
        Assert.Equal((0, 1), people.Single(row => row.UserId == lin.UserId).Accuracy is var a ? (a.Right, a.Total) : default);
        Assert.Equal((1, 1), people.Single(row => row.UserId == jo.UserId).Accuracy is var b ? (b.Right, b.Total) : default);
        Assert.Equal((1, 2), (await new GoldService(database, _clock).ListAsync(lead, _project.Id, Token)).Value.Single(row => row.SolutionId == gold.Id).Judged is var c ? (c.Right, c.Total) : default);
    }

    [Fact]
    public async Task Anchoring_is_what_a_hand_count_says()
    {
        var (lin, jo) = await BeginAsync(Blind with { GoldPercent = 0 });
        // Blind, suggested, said in the end (0: no error, -1: kept by an own word, null: no answer), known truth.
        (Actor Who, int Blind, int? Suggested, int? Last, int? Truth)[] rows =
        [
            (lin, 2, 2, null, 2), // the same: nothing to revise
            (lin, 3, 2, 2, 2), // revised, and right
            (lin, 3, 2, 2, 3), // misled: was right
            (lin, 1, 2, 3, null), // revised elsewhere
            (lin, 1, 3, -1, 1), // kept, and was right
            (lin, 1, null, 0, null), // revised to "no error", truth not known
            (jo, 1, 2, null, 1), // not answered, was right
        ];
        foreach (var row in rows)
        {
            var solution = await SolutionAsync(row.Suggested);
            var assignment = await LeaseAsync(solution, row.Who);
            var judged = await SubmitAsync(row.Who, assignment, row.Blind);
            Assert.NotNull(await ShowAsync(row.Who, judged));
            if (row.Last is -1) Assert.True((await Shown.KeepAsync(row.Who, judged, Token)).Succeeded);
            else if (row.Last is { } last) await SubmitAsync(row.Who, assignment, last);
            if (row.Truth is { } truth) await database.AddAsync(new GoldItem { ProjectId = _project.Id, SolutionId = solution.Id, StepCount = solution.StepCount, Step = truth, CreatedAt = World.Now });
        }

        await SolutionAsync(1);
        var lead = await LeadAsync();
        var report = (await new SuggestionReports(database).ReadAsync(lead, _project.Id, Token)).Value;
        Assert.Equal(new AnchoringFigures(7, Proportion.Wilson(3, 6), 1, 1, Proportion.Wilson(1, 2), Proportion.Wilson(1, 3)), report.All);
        Assert.Equal(["lin", "jo"], report.People.OrderByDescending(p => p.Figures.Seen).Select(p => p.Id == lin.UserId ? "lin" : "jo"));
        var (lins, jos) = (report.People.Single(p => p.Id == lin.UserId).Figures, report.People.Single(p => p.Id == jo.UserId).Figures);
        Assert.Equal(new AnchoringFigures(6, Proportion.Wilson(3, 5), 1, 1, Proportion.Wilson(1, 2), Proportion.Wilson(1, 2)), lins);
        Assert.Equal(new AnchoringFigures(1, Proportion.Wilson(0, 1), 0, 0, Proportion.Wilson(0, 0), Proportion.Wilson(0, 1)), jos);
        // Wilson's interval of 3 of 6 by its formula with z = 1.96: 0.188 to 0.812.
        Assert.Equal((0.188, 0.812), (Math.Round(report.All.Revised.Low, 3), Math.Round(report.All.Revised.High, 3)));
        // Blind against suggested: 2-2, 3-2, 3-2, 1-2, 1-3, 1-0, 1-2. One the same; 4 more lie one step apart.
        var source = Assert.Single(report.Sources);
        Assert.Equal(("judge:a", 8L, Proportion.Wilson(1, 7), Proportion.Wilson(5, 7)), (source.Source, source.Suggestions, source.Exact, source.WithinOneStep));
        // By hand: p_o = 1/7; people 1: 4, 2: 1, 3: 2; suggested 0: 1, 2: 5, 3: 1; p_e = (1·5 + 2·1) / 49 = 1/7.
        Assert.Equal(0, source.Kappa.Value!.Value, 12);
    }

    [Fact]
    public async Task The_sites_role_cannot_rewrite_what_was_suggested_or_shown()
    {
        var (lin, _) = await BeginAsync(Blind);
        var judged = await SubmitAsync(lin, await LeaseAsync(await SolutionAsync(2), lin), 1);
        await ShowAsync(lin, judged);
        foreach (var statement in new FormattableString[] { $"UPDATE suggestion SET step = 1", $"DELETE FROM suggestion", $"UPDATE shown_suggestion SET shown_at = now()", $"DELETE FROM shown_suggestion" })
            Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, (await Assert.ThrowsAsync<PostgresException>(() => database.ExecuteAsync(statement))).SqlState);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private async Task<(Actor Lin, Actor Jo)> BeginAsync(ProjectSettings settings)
    {
        (_project, var revision) = await _world.ProjectAsync(settings);
        _run = await _world.RunAsync(revision);
        return (Actor.Person((await _world.UserAsync(projectId: _project.Id)).Id), Actor.Person((await _world.UserAsync(projectId: _project.Id)).Id));
    }

    private async Task<Actor> LeadAsync() => Actor.Person((await _world.UserAsync(projectId: _project.Id, role: ProjectRole.Lead)).Id);

    /// <summary>A solution of three steps whose answer nobody knows to be wrong, so that "no error" needs no reason; with a suggestion.</summary>
    private async Task<Solution> SolutionAsync(int? step, bool suggested = true)
    {
        var solution = World.NewSolution(_run, await _world.ProblemAsync(_project.Id), AnswerCheck.NoAnswer);
        await database.AddAsync(solution);
        if (suggested) await SuggestAsync(solution, step);
        return solution;
    }

    private Task SuggestAsync(Solution solution, int? step, string source = "judge:a") => database.AddAsync(new Suggestion
    {
        SolutionId = solution.Id,
        StepCount = solution.StepCount,
        Source = source,
        Step = step,
        Confidence = 0.75,
        Rationale = $"It should be {step}.",
        RunId = _run.Id,
        CreatedAt = World.Now,
    });

    private async Task<long> LeaseAsync(Solution solution, Actor person, int slot = 1)
    {
        var assignment = new Assignment { SolutionId = solution.Id, AnnotatorId = person.UserId!.Value, Slot = slot, State = AssignmentState.Leased, LeasedUntil = World.Now.AddDays(1), CreatedAt = World.Now };
        await database.AddAsync(assignment);
        return assignment.Id;
    }

    private async Task<long> SubmitAsync(Actor actor, long assignment, int step)
    {
        var stored = await Annotations.SubmitAsync(actor, Guid.NewGuid(), assignment, step == 0 ? new(FirstErrorOutcome.NoError) : new(FirstErrorOutcome.FirstError, step), Token);
        Assert.True(stored.Succeeded, stored.Refusal?.Message);
        return stored.Value.AnnotationId;
    }

    private async Task<SeenSuggestion?> ShowAsync(Actor actor, long annotation)
    {
        var seen = await Shown.ShowAsync(actor, annotation, Token);
        Assert.True(seen.Succeeded, seen.Refusal?.Message);
        return seen.Value;
    }

    private async Task<IReadOnlyList<ValuePair>> ConfusionAsync() => (await new AgreementReports(database).ReadAsync(await LeadAsync(), _project.Id, Token)).Value.Confusion;
}
