using Microsoft.EntityFrameworkCore;
using StepDpo.Core.Accounts;
using StepDpo.Core.Annotations;
using StepDpo.Core.Data;
using StepDpo.Core.Grading;
using StepDpo.Core.Projects;
using StepDpo.Core.Sampling;
using StepDpo.Core.Tests.Data;

namespace StepDpo.Core.Tests.Annotations;

public sealed class AnnotationTests(Database database) : IClassFixture<Database>
{
    private readonly World _world = new(database);
    private readonly SettableClock _clock = new();

    private AssignmentService Assignments => new(database, _clock);

    private AnnotationService Annotations => new(database, _clock);

    private AdjudicationService Adjudication => new(database, _clock);

    [Fact]
    public async Task A_single_judgement_makes_the_verdict_and_cuts_the_prefix()
    {
        var (project, solution) = await SolutionAsync(new());
        var ann = await PersonAsync(project);
        var card = await CardAsync(ann, project);

        Assert.Equal(solution.Id, card.SolutionId);
        Assert.Equal(["  1 + 1 = 3.", " 3 - 0 = 3."], card.Steps.Take(2));
        await SubmitAsync(ann, card, new(FirstErrorOutcome.FirstError, 2));

        await using var context = database.CreateDbContext();
        var verdict = await context.Set<FirstErrorVerdict>().SingleAsync(v => v.SolutionId == solution.Id, Token);
        Assert.Equal((2, StepGrade.Incorrect, VerdictProvenance.Single), (verdict.Step, verdict.Grade, verdict.Provenance));
        var prefix = await context.Set<Prefix>().SingleAsync(p => p.SolutionId == solution.Id, Token);
        Assert.EndsWith("Step 1:  1 + 1 = 3.\nStep 2:", prefix.Text, StringComparison.Ordinal);
        Assert.Equal(SolutionState.Rectifying, await StateAsync(solution));
    }

    [Fact]
    public async Task The_same_key_is_answered_the_same_and_other_words_under_it_are_refused()
    {
        var (project, _) = await SolutionAsync(new());
        var ann = await PersonAsync(project);
        var card = await CardAsync(ann, project);
        var key = Guid.NewGuid();

        var first = await Annotations.SubmitAsync(ann, key, card.AssignmentId, new(FirstErrorOutcome.FirstError, 2, ActiveMilliseconds: 900), Token);
        var again = await Annotations.SubmitAsync(ann, key, card.AssignmentId, new(FirstErrorOutcome.FirstError, 2, ActiveMilliseconds: 900), Token);
        var other = await Annotations.SubmitAsync(ann, key, card.AssignmentId, new(FirstErrorOutcome.FirstError, 1), Token);

        Assert.Equal(first.Value, again.Value);
        Assert.Equal(RefusalKind.Conflict, other.Refusal?.Kind);
    }

    [Fact]
    public async Task The_unfinished_last_step_of_a_text_that_was_cut_off_is_neither_shown_nor_taken_as_the_first_error()
    {
        var (project, revision) = await _world.ProjectAsync();
        var solution = await _world.SolutionAsync(await _world.RunAsync(revision), await _world.ProblemAsync(project.Id), finish: FinishReason.Length);
        var ann = await PersonAsync(project.Id);
        var card = await CardAsync(ann, project.Id);

        Assert.Equal(["  1 + 1 = 3.", " 3 - 0 = 3."], card.Steps);
        var refused = await Annotations.SubmitAsync(ann, Guid.NewGuid(), card.AssignmentId, new(FirstErrorOutcome.FirstError, 3), Token);
        Assert.Equal("The solution has the steps 1 to 2; found step 3.", refused.Refusal?.Message);
        await SubmitAsync(ann, card, new(FirstErrorOutcome.FirstError, 2));
        Assert.Equal(SolutionState.Rectifying, await StateAsync(solution));
    }

    [Theory]
    [InlineData(FirstErrorOutcome.NoError, null, null)]
    [InlineData(FirstErrorOutcome.NoError, null, FirstErrorReason.Unsure)]
    [InlineData(FirstErrorOutcome.FirstError, null, null)]
    [InlineData(FirstErrorOutcome.FirstError, 0, null)]
    [InlineData(FirstErrorOutcome.FirstError, 4, null)]
    [InlineData(FirstErrorOutcome.CannotJudge, null, null)]
    [InlineData(FirstErrorOutcome.CannotJudge, null, FirstErrorReason.Other)]
    [InlineData(FirstErrorOutcome.Undone, null, null)]
    public async Task Contradictions_are_stopped_at_the_door(FirstErrorOutcome outcome, int? step, FirstErrorReason? reason)
    {
        var (project, _) = await SolutionAsync(new());
        var ann = await PersonAsync(project);
        var card = await CardAsync(ann, project);

        var answer = await Annotations.SubmitAsync(ann, Guid.NewGuid(), card.AssignmentId, new(outcome, step, null, reason), Token);

        Assert.Equal(RefusalKind.Invalid, answer.Refusal?.Kind);
        Assert.NotNull(answer.Refusal!.Field);
    }

    [Fact]
    public async Task No_error_in_a_wrong_solution_is_taken_with_the_reason_that_the_reference_is_wrong()
    {
        var (project, solution) = await SolutionAsync(new());
        var ann = await PersonAsync(project);
        await SubmitAsync(ann, await CardAsync(ann, project), new(FirstErrorOutcome.NoError, Reason: FirstErrorReason.WrongReference));
        Assert.Equal(SolutionState.Closed, await StateAsync(solution));
    }

    [Fact]
    public async Task A_solution_waits_until_all_N_have_judged_it_and_each_sees_it_once()
    {
        var (project, solution) = await SolutionAsync(new() { JudgementsPerSolution = 2 });
        var (ann, ben, cleo) = (await PersonAsync(project), await PersonAsync(project), await PersonAsync(project));

        await SubmitAsync(ann, await CardAsync(ann, project), new(FirstErrorOutcome.FirstError, 1));
        Assert.Empty((await Assignments.NextAsync(ann, project, 2, Token)).Value.Cards);
        Assert.Equal(SolutionState.Waiting, await StateAsync(solution));
        var card = await CardAsync(ben, project);
        Assert.Empty((await Assignments.NextAsync(cleo, project, 2, Token)).Value.Cards);
        await SubmitAsync(ben, card, new(FirstErrorOutcome.FirstError, 2));
        Assert.Equal(SolutionState.Adjudication, await StateAsync(solution));
    }

    [Fact]
    public async Task A_reviewer_who_has_not_judged_it_decides_where_judgements_disagree()
    {
        var (project, solution) = await SolutionAsync(new() { JudgementsPerSolution = 2 });
        var (ann, rita, ron) = (await PersonAsync(project), await PersonAsync(project, ProjectRole.Reviewer), await PersonAsync(project, ProjectRole.Reviewer));
        await SubmitAsync(ann, await CardAsync(ann, project), new(FirstErrorOutcome.FirstError, 1));
        await SubmitAsync(ron, await CardAsync(ron, project), new(FirstErrorOutcome.FirstError, 2));

        Assert.Equal(RefusalKind.Forbidden, (await Adjudication.DecideAsync(ann, Guid.NewGuid(), solution.Id, new(FirstErrorOutcome.FirstError, 1), cancellationToken: Token)).Refusal?.Kind);
        Assert.Equal(RefusalKind.Forbidden, (await Adjudication.DecideAsync(ron, Guid.NewGuid(), solution.Id, new(FirstErrorOutcome.FirstError, 1), cancellationToken: Token)).Refusal?.Kind);
        Assert.Equal(2, (await new AdjudicationQueue(database).ListAsync(rita, project, [], 10, cancellationToken: Token)).Value.Items.Single().Claims.Count);
        Assert.Equal(1, (await new AdjudicationQueue(database).ListAsync(ron, project, [], 10, cancellationToken: Token)).Value.Own);
        Assert.True((await Adjudication.DecideAsync(rita, Guid.NewGuid(), solution.Id, new(FirstErrorOutcome.FirstError, 1), cancellationToken: Token)).Succeeded);
        Assert.Equal(RefusalKind.Conflict, (await Adjudication.DecideAsync(rita, Guid.NewGuid(), solution.Id, new(FirstErrorOutcome.FirstError, 2), cancellationToken: Token)).Refusal?.Kind);
        Assert.Equal(SolutionState.Rectifying, await StateAsync(solution));
    }

    [Fact]
    public async Task A_lease_that_ran_out_goes_to_the_next_and_the_late_judgement_is_kept_as_surplus()
    {
        var (project, solution) = await SolutionAsync(new());
        var (slow, quick) = (await PersonAsync(project), await PersonAsync(project));
        var late = await CardAsync(slow, project);
        Assert.Empty((await Assignments.NextAsync(quick, project, 1, Token)).Value.Cards);

        _clock.Now += TimeSpan.FromMinutes(21);
        var card = await CardAsync(quick, project);
        var surplus = await Annotations.SubmitAsync(slow, Guid.NewGuid(), late.AssignmentId, new(FirstErrorOutcome.FirstError, 1), Token);
        await SubmitAsync(quick, card, new(FirstErrorOutcome.FirstError, 2));

        Assert.True(surplus.Value.Surplus);
        await using var context = database.CreateDbContext();
        Assert.Equal(2, (await context.Set<FirstErrorVerdict>().SingleAsync(v => v.SolutionId == solution.Id, Token)).Step);
    }

    [Fact]
    public async Task A_lease_that_ran_out_still_counts_while_nobody_took_the_place()
    {
        var (project, _) = await SolutionAsync(new());
        var slow = await PersonAsync(project);
        var card = await CardAsync(slow, project);
        _clock.Now += TimeSpan.FromHours(5);
        Assert.False((await Annotations.SubmitAsync(slow, Guid.NewGuid(), card.AssignmentId, new(FirstErrorOutcome.FirstError, 1), Token)).Value.Surplus);
    }

    [Fact]
    public async Task A_reload_shows_the_same_cards_and_keeps_them_longer()
    {
        var (project, _) = await SolutionAsync(new());
        var ann = await PersonAsync(project);
        var before = await CardAsync(ann, project);
        _clock.Now += TimeSpan.FromMinutes(15);
        var after = await CardAsync(ann, project);
        Assert.Equal(before.AssignmentId, after.AssignmentId);
        Assert.Equal(_clock.Now.AddMinutes(20), after.LeasedUntil);
    }

    [Fact]
    public async Task What_was_skipped_is_not_offered_again_and_what_was_given_back_is()
    {
        var (project, _) = await SolutionAsync(new());
        var (ann, ben) = (await PersonAsync(project), await PersonAsync(project));
        await Assignments.SkipAsync(ann, (await CardAsync(ann, project)).AssignmentId, Token);
        Assert.Empty((await Assignments.NextAsync(ann, project, 1, Token)).Value.Cards);

        var card = await CardAsync(ben, project);
        await Assignments.ReleaseAsync(ben, card.AssignmentId, Token);
        Assert.Equal(card.AssignmentId, (await CardAsync(ben, project)).AssignmentId);
    }

    [Fact]
    public async Task An_undo_reopens_the_solution_and_a_new_judgement_supersedes_it()
    {
        var (project, solution) = await SolutionAsync(new());
        var ann = await PersonAsync(project);
        var card = await CardAsync(ann, project);
        var first = await SubmitAsync(ann, card, new(FirstErrorOutcome.FirstError, 2));

        Assert.True((await Annotations.UndoAsync(ann, Guid.NewGuid(), first.AnnotationId, Token)).Succeeded);
        Assert.Equal(SolutionState.Waiting, await StateAsync(solution));
        Assert.Equal(card.AssignmentId, (await CardAsync(ann, project)).AssignmentId);
        await SubmitAsync(ann, card, new(FirstErrorOutcome.FirstError, 3));

        await using var context = database.CreateDbContext();
        Assert.Equal(3, await context.Set<FirstErrorAnnotation>().CountAsync(a => a.SolutionId == solution.Id, Token));
        Assert.Equal(3, (await context.Set<FirstErrorVerdict>().SingleAsync(v => v.SolutionId == solution.Id && v.SupersededAt == null, Token)).Step);
        Assert.Equal(RefusalKind.Conflict, (await Annotations.UndoAsync(ann, Guid.NewGuid(), first.AnnotationId, Token)).Refusal?.Kind);
    }

    [Fact]
    public async Task Strangers_and_other_peoples_assignments_do_not_exist()
    {
        var (project, _) = await SolutionAsync(new());
        var ann = await PersonAsync(project);
        var stranger = Actor.Person((await _world.UserAsync()).Id);
        var card = await CardAsync(ann, project);
        Assert.Equal(RefusalKind.NotFound, (await Assignments.NextAsync(stranger, project, 1, Token)).Refusal?.Kind);
        Assert.Equal(RefusalKind.NotFound, (await Annotations.SubmitAsync(stranger, Guid.NewGuid(), card.AssignmentId, new(FirstErrorOutcome.FirstError, 1), Token)).Refusal?.Kind);
        Assert.Equal(RefusalKind.NotFound, (await Assignments.SkipAsync(await PersonAsync(project), card.AssignmentId, Token)).Refusal?.Kind);
    }

    [Fact]
    public async Task A_neutral_first_error_makes_a_prefix_only_under_the_reference_codes_rule()
    {
        foreach (var (rule, state) in new[] { (CutRule.FirstIncorrect, SolutionState.Closed), (CutRule.FirstNeutralOrIncorrect, SolutionState.Rectifying) })
        {
            var (project, solution) = await SolutionAsync(new() { CutRule = rule });
            var ann = await PersonAsync(project);
            await SubmitAsync(ann, await CardAsync(ann, project), new(FirstErrorOutcome.FirstError, 2, StepGrade.Neutral));
            Assert.Equal(state, await StateAsync(solution));
        }
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private async Task<(long Project, Solution Solution)> SolutionAsync(ProjectSettings settings)
    {
        var (project, revision) = await _world.ProjectAsync(settings);
        return (project.Id, await _world.SolutionAsync(await _world.RunAsync(revision), await _world.ProblemAsync(project.Id), AnswerCheck.Wrong));
    }

    private async Task<Actor> PersonAsync(long project, ProjectRole role = ProjectRole.Annotator) =>
        Actor.Person((await _world.UserAsync(projectId: project, role: role)).Id);

    private async Task<AnnotationCard> CardAsync(Actor actor, long project) => Assert.Single((await Assignments.NextAsync(actor, project, 1, Token)).Value.Cards);

    private async Task<StoredJudgement> SubmitAsync(Actor actor, AnnotationCard card, FirstErrorJudgement judgement) =>
        (await Annotations.SubmitAsync(actor, Guid.NewGuid(), card.AssignmentId, judgement, Token)).Value;

    private async Task<SolutionState> StateAsync(Solution solution)
    {
        await using var context = database.CreateDbContext();
        return await context.Set<Solution>().Where(s => s.Id == solution.Id).Select(s => s.State).SingleAsync(Token);
    }
}
