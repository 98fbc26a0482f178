using Microsoft.EntityFrameworkCore;
using StepDpo.Core.Accounts;
using StepDpo.Core.Annotations;
using StepDpo.Core.Grading;
using StepDpo.Core.Pairs;
using StepDpo.Core.Problems;
using StepDpo.Core.Projects;
using StepDpo.Core.Sampling;
using StepDpo.Core.Tests.Data;

namespace StepDpo.Core.Tests.Annotations;

/// <summary>What is judged first (decision 0057).</summary>
public sealed class ServingOrderTests(Database database) : IClassFixture<Database>
{
    private readonly World _world = new(database);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void A_problem_solved_half_the_time_is_worth_most_and_few_samples_say_little()
    {
        Assert.Equal(1, Usefulness.Of(4, 8), 12);
        Assert.Equal(1, Usefulness.Of(0, 0), 12);
        Assert.Equal(0.64, Usefulness.Of(0, 3), 12); // p = 1/5
        Assert.Equal(0.96, Usefulness.Of(1, 3), 12); // p = 2/5
        Assert.True(Usefulness.Of(0, 3) > Usefulness.Of(0, 30));
        Assert.Equal(Usefulness.Of(2, 9), Usefulness.Of(7, 9), 12);
    }

    [Fact]
    public async Task Sometimes_solved_problems_come_before_hopeless_ones_and_the_older_first_among_equals()
    {
        var (project, solutions) = await WaitingAsync(new(), (Right: 0, Wrong: 4), (Right: 2, Wrong: 2), (Right: 1, Wrong: 3));

        var dealt = await DealtAsync(project, 9);

        // p = 1/2, 1/3, 1/6
        Assert.Equal([.. solutions[1], .. solutions[2], .. solutions[0]], dealt);
    }

    [Fact]
    public async Task The_oldest_come_first_where_the_project_says_so()
    {
        var (project, solutions) = await WaitingAsync(new() { ServingOrder = ServingOrder.Oldest }, (0, 2), (1, 1), (0, 1));
        Assert.Equal(solutions.SelectMany(s => s), await DealtAsync(project, 4));
    }

    [Fact]
    public async Task The_random_order_is_the_same_for_everybody_and_exploration_takes_all_of_it_or_none()
    {
        var ranks = Enumerable.Repeat((Right: 0, Wrong: 1), 8).ToArray();
        var (random, solutions) = await WaitingAsync(new() { ServingOrder = ServingOrder.Random, JudgementsPerSolution = 2 }, ranks);
        var order = await DealtAsync(random, 8);
        Assert.Equal(order, await DealtAsync(random, 8));
        Assert.Equal(solutions.SelectMany(s => s).Order(), order.Order());
        await using (var context = database.CreateDbContext())
            Assert.Equal(await context.Set<Solution>().Where(s => s.ProjectId == random).OrderBy(s => s.Shuffle).Select(s => s.Id).ToListAsync(Token), order);

        var (explored, _) = await WaitingAsync(new() { ServingOrder = ServingOrder.Oldest, ExplorationShare = 1 }, ranks);
        await using (var context = database.CreateDbContext())
            Assert.Equal(await context.Set<Solution>().Where(s => s.ProjectId == explored).OrderBy(s => s.Shuffle).Select(s => s.Id).Take(5).ToListAsync(Token), await DealtAsync(explored, 5));
    }

    [Fact]
    public async Task With_some_exploration_everything_is_dealt_once()
    {
        var (project, solutions) = await WaitingAsync(new() { ExplorationShare = 0.5 }, [.. Enumerable.Repeat((Right: 1, Wrong: 2), 12)]);
        var dealt = new List<long>();
        for (var person = 0; person < 6; person++) dealt.AddRange(await DealtAsync(project, 4));
        Assert.Equal(solutions.SelectMany(s => s).Order(), dealt.Order());
    }

    [Fact]
    public async Task No_more_solutions_of_a_problem_are_dealt_than_the_project_judges()
    {
        var (project, solutions) = await WaitingAsync(new() { JudgedPerProblem = 2, ServingOrder = ServingOrder.Oldest }, (0, 4), (0, 1));
        Assert.Equal([solutions[0][0], solutions[0][1], solutions[1][0]], await DealtAsync(project, 9));
    }

    [Fact]
    public async Task A_raised_cap_reaches_the_solutions_that_were_passed_over()
    {
        var (project, solutions) = await WaitingAsync(new() { JudgedPerProblem = 1, ServingOrder = ServingOrder.Oldest }, (1, 4), (0, 1));
        await using (var context = database.CreateDbContext())
        {
            var passed = solutions[0].Skip(1).ToArray();
            await context.Set<Solution>().Where(s => passed.Contains(s.Id)).ExecuteUpdateAsync(set => set.SetProperty(s => s.State, SolutionState.Sampled), Token);
        }

        var lead = Actor.Person((await _world.UserAsync(projectId: project, role: ProjectRole.Lead)).Id);
        var register = new ProjectRegister(database, TimeProvider.System, [new RaisedCap(database)]);
        var settings = (await register.CurrentRevisionAsync(lead, project, Token)).Value.Settings;
        Assert.Equal([solutions[0][0], solutions[1][0]], await DealtAsync(project, 9));
        Assert.True((await register.ChangeSettingsAsync(lead, project, 1, settings with { JudgedPerProblem = 3 }, "", Token)).Succeeded);
        Assert.Equal([solutions[0][1], solutions[0][2]], await DealtAsync(project, 9));
        Assert.True((await register.ChangeSettingsAsync(lead, project, 2, settings with { JudgedPerProblem = 0 }, "", Token)).Succeeded);
        Assert.Equal([solutions[0][3]], await DealtAsync(project, 9)); // never the right one
    }

    [Fact]
    public async Task A_corrected_answer_changes_what_judging_is_worth()
    {
        var (project, solutions) = await WaitingAsync(new(), (0, 3));
        await using var context = database.CreateDbContext();
        var right = await context.Set<Solution>().SingleAsync(s => s.Id == solutions[0][2], Token);
        var lead = Actor.Person((await _world.UserAsync(projectId: project, role: ProjectRole.Lead)).Id);
        var answers = new ReferenceAnswers(database, TimeProvider.System, [new Regrading(TimeProvider.System)]);

        Assert.True((await answers.CorrectAsync(lead, right.ProblemId, 1, AnswerExtraction.FinalAnswer(right.Text)!, "found in the book", Token)).Succeeded);

        var values = await database.CreateDbContext().Set<Solution>().Where(s => s.ProblemId == right.ProblemId && s.Id != right.Id).Select(s => s.Usefulness).ToListAsync(Token);
        Assert.All(values, value => Assert.Equal(Usefulness.Of(1, 3), value, 12));
    }

    // A problem each, with so many right and wrong samples of one run; the ids of the wrong ones.
    private async Task<(long Project, List<List<long>> Solutions)> WaitingAsync(ProjectSettings settings, params (int Right, int Wrong)[] problems)
    {
        var (project, revision) = await _world.ProjectAsync(settings);
        var run = await _world.RunAsync(revision);
        var solutions = new List<List<long>>();
        foreach (var (right, wrong) in problems)
        {
            var problem = await _world.ProblemAsync(project.Id);
            for (var i = 0; i < right; i++) await _world.SolutionAsync(run, problem, AnswerCheck.Right, wrong + i);
            solutions.Add([]);
            for (var i = 0; i < wrong; i++) solutions[^1].Add((await _world.SolutionAsync(run, problem, sampleIndex: i)).Id);
            await using var context = database.CreateDbContext();
            await Usefulness.RefreshAsync(context, [problem.Id], Token);
        }

        return (project.Id, solutions);
    }

    private async Task<List<long>> DealtAsync(long project, int count)
    {
        var person = Actor.Person((await _world.UserAsync(projectId: project)).Id);
        return [.. (await new AssignmentService(database, TimeProvider.System).NextAsync(person, project, count, Token)).Value.Cards.Select(card => card.SolutionId)];
    }
}
