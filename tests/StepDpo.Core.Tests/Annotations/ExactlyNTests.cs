using System.Globalization;
using Microsoft.EntityFrameworkCore;
using StepDpo.Core.Accounts;
using StepDpo.Core.Annotations;
using StepDpo.Core.Projects;
using StepDpo.Core.Sampling;
using StepDpo.Core.Tests.Data;

namespace StepDpo.Core.Tests.Annotations;

public sealed class ExactlyNTests(Database database) : IClassFixture<Database>
{
    private static readonly int _solutions = int.Parse(Environment.GetEnvironmentVariable("STEPDPO_BOT_SOLUTIONS") ?? "60", CultureInfo.InvariantCulture);
    private const int Bots = 20;
    private const int N = 3;

    [Fact]
    public async Task Twenty_annotators_at_once_give_each_solution_exactly_N_judgements_and_none_judges_twice()
    {
        var project = await JudgedByAllAsync(new() { JudgementsPerSolution = N });

        await using var context = database.CreateDbContext();
        var counts = await context.Set<FirstErrorAnnotation>().Where(a => context.Set<Solution>().Any(s => s.Id == a.SolutionId && s.ProjectId == project)).GroupBy(a => a.SolutionId)
            .Select(g => new { All = g.Count(), People = g.Select(a => a.AnnotatorId).Distinct().Count(), Surplus = g.Count(a => a.Surplus) }).ToListAsync(Token);
        Assert.Equal(_solutions * N, counts.Sum(count => count.All));
        Assert.Equal(_solutions, counts.Count);
        Assert.All(counts, count => Assert.Equal((N, N, 0), (count.All, count.People, count.Surplus)));
        Assert.Equal(0, await context.Set<Solution>().CountAsync(s => s.ProjectId == project && s.State == SolutionState.Waiting, Token));
        Assert.Equal(_solutions, await context.Set<Solution>().CountAsync(s => s.ProjectId == project && (s.State == SolutionState.Adjudication || context.Set<FirstErrorVerdict>().Any(v => v.SolutionId == s.Id)), Token));
    }

    // A project whose solutions twenty people have judged at the same time, until nothing was left for any of them.
    private async Task<long> JudgedByAllAsync(ProjectSettings settings)
    {
        var world = new World(database);
        var (project, revision) = await world.ProjectAsync(settings);
        var run = await world.RunAsync(revision);
        for (var i = 0; i < _solutions; i++) await world.SolutionAsync(run, await world.ProblemAsync(project.Id));
        var people = new List<Actor>();
        for (var i = 0; i < Bots; i++) people.Add(Actor.Person((await world.UserAsync(projectId: project.Id)).Id));

        await Task.WhenAll(people.Select((person, seed) => Task.Run(() => JudgeAllAsync(person, project.Id, seed))));
        // Whoever went home while others held the last places comes back: their judgements may have made one more wanted.
        for (var i = 0; i < Bots; i++) await JudgeAllAsync(people[i], project.Id, Bots + i);
        return project.Id;
    }

    [Fact]
    public async Task Twenty_annotators_at_once_give_each_solution_exactly_as_many_judgements_as_the_stop_rule_wants()
    {
        var settings = new ProjectSettings { JudgementsPerSolution = 2, AgreeingJudgements = 3, MostJudgements = 5 };
        var project = await JudgedByAllAsync(settings);

        await using var context = database.CreateDbContext();
        var solutions = (await context.Set<FirstErrorAnnotation>().Where(a => context.Set<Solution>().Any(s => s.Id == a.SolutionId && s.ProjectId == project)).OrderBy(a => a.Id).ToListAsync(Token))
            .GroupBy(a => a.SolutionId).Select(g => g.ToList()).ToList();
        Assert.Equal(_solutions, solutions.Count);
        Assert.All(solutions, said =>
        {
            Assert.DoesNotContain(said, a => a.Surplus);
            Assert.Equal(said.Count, said.Select(a => a.AnnotatorId).Distinct().Count());
            // Each was wanted when it came, and none is wanted now.
            for (var i = 0; i < said.Count; i++) Assert.True(StopRule.Of(settings).Wanted(said[..i]) > i);
            Assert.Equal(said.Count, StopRule.Of(settings).Wanted(said));
        });
        Assert.Contains(solutions, said => said.Count == 2);
        Assert.Contains(solutions, said => said.Count > 3);
        Assert.Equal(0, await context.Set<Solution>().CountAsync(s => s.ProjectId == project && s.State == SolutionState.Waiting, Token));
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    // Works until the desk stays empty and nothing waits for this person; every tenth card is given back first.
    private async Task JudgeAllAsync(Actor actor, long project, int seed)
    {
        var random = new Random(seed);
        var assignments = new AssignmentService(database, TimeProvider.System);
        var annotations = new AnnotationService(database, TimeProvider.System);
        for (; ; )
        {
            var batch = (await assignments.NextAsync(actor, project, 3, Token)).Value;
            if (batch.Cards.Count == 0 && batch.Waiting == 0) return;
            foreach (var card in batch.Cards)
            {
                if (random.Next(10) == 0) Assert.True((await assignments.ReleaseAsync(actor, card.AssignmentId, Token)).Succeeded);
                else Assert.True((await annotations.SubmitAsync(actor, Guid.NewGuid(), card.AssignmentId, new(FirstErrorOutcome.FirstError, random.Next(1, 4)), Token)).Succeeded);
            }
        }
    }
}
