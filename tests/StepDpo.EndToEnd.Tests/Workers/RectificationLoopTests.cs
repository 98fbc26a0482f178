using Microsoft.EntityFrameworkCore;
using StepDpo.Contracts.Prompts;
using StepDpo.Core.Accounts;
using StepDpo.Core.Annotations;
using StepDpo.Core.Grading;
using StepDpo.Core.Projects;
using StepDpo.Core.Rectifications;
using StepDpo.Core.Runs;
using StepDpo.Core.Sampling;
using StepDpo.Core.Tests.Data;

namespace StepDpo.EndToEnd.Tests.Workers;

/// <summary>The planner sees prefixes that wait, and the real worker continues them.</summary>
public sealed class RectificationLoopTests(Database database) : IClassFixture<Database>
{
    private readonly CancellationToken _stop = TestContext.Current.CancellationToken;

    [Fact]
    public async Task Waiting_prefixes_are_continued_without_anybody_asking_and_right_first_steps_become_candidates()
    {
        await using var host = await LoopHost.StartAsync(database);
        var sampling = (await host.Get<SamplingRuns>().QueueAsync(
            Actor.System, new SamplingRequest(host.ProjectId, "Errors", host.ModelId) { Options = new SamplingOptions { ProblemIds = [], MaxTokens = 240 } }, _stop)).Value;
        Assert.Equal(RunState.Succeeded, (await host.OverAsync(sampling)).State);
        await using var context = host.Context();
        var wrong = await context.Set<Solution>().Where(s => s.RunId == sampling && s.State == SolutionState.Waiting && s.StepCount > 2).OrderBy(s => s.Id).Take(6).ToListAsync(_stop);
        var revision = await context.Set<ProjectRevision>().Where(r => r.ProjectId == host.ProjectId).Select(r => r.Id).SingleAsync(_stop);
        foreach (var solution in wrong)
        {
            // Step 2 stands for "somewhere early": a prefix of one step leaves the model room to come out right.
            context.Add(new FirstErrorVerdict
            {
                SolutionId = solution.Id,
                StepCount = solution.StepCount,
                Outcome = FirstErrorOutcome.FirstError,
                Step = 2,
                Grade = StepGrade.Incorrect,
                Provenance = VerdictProvenance.Single,
                RevisionId = revision,
                CreatedAt = World.Now,
            });
            context.Add(new Prefix
            {
                SolutionId = solution.Id,
                ProblemId = solution.ProblemId,
                Split = solution.Split,
                StepCount = solution.StepCount,
                Step = 2,
                Text = PrefixText.Of(PromptTemplate.NanoArithmetic, solution.Text, 2),
                CreatedAt = World.Now,
            });
            solution.State = SolutionState.Rectifying;
        }

        await context.SaveChangesAsync(_stop);
        long? run = null;
        await LoopHost.UntilAsync(async () => (run = await context.Set<Run>().Where(r => r.Kind == RunKind.Rectification).Select(r => (long?)r.Id).FirstOrDefaultAsync(_stop)) is not null);
        var over = await host.OverAsync(run!.Value);

        Assert.True(over.State == RunState.Succeeded, over.Error);
        Assert.Equal(wrong.Count * 20, await context.Set<Continuation>().CountAsync(_stop));
        var candidates = await context.Set<Rectification>().ToListAsync(_stop);
        Assert.NotEmpty(candidates);
        Assert.Equal(candidates.Count, candidates.Select(c => (c.PrefixId, c.StepText)).Distinct().Count());
        var right = await context.Set<Continuation>().Where(c => c.AnswerCheck == AnswerCheck.Right).Select(c => c.FirstStepSha256).ToListAsync(_stop);
        Assert.All(candidates, c => Assert.Contains(c.StepSha256, right));
        var ids = wrong.Select(s => s.Id).ToArray();
        var states = await context.Set<Solution>().Where(s => ids.Contains(s.Id)).Select(s => s.State).ToListAsync(_stop);
        Assert.All(states, state => Assert.True(state is SolutionState.InReview or SolutionState.NoCandidate, $"{state}"));
    }
}
