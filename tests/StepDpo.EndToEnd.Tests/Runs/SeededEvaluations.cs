using System.Text.Json;
using StepDpo.Contracts.Runs;
using StepDpo.Core.Evaluations;
using StepDpo.Core.Grading;
using StepDpo.Core.Models;
using StepDpo.Core.Problems;
using StepDpo.Core.Runs;
using StepDpo.Core.Sampling;
using StepDpo.Core.Tests.Data;
using StepDpo.EndToEnd.Tests.Support;

namespace StepDpo.EndToEnd.Tests.Runs;

/// <summary>Two evaluations of 40 problems: 14 right before, 29 after, one lost.</summary>
internal static class SeededEvaluations
{
    public static async Task BeforeAndAfterAsync(RealSite site)
    {
        var world = new World(site.Database);
        var problems = new List<Problem>();
        for (var i = 0; i < 40; i++) problems.Add(await world.ProblemAsync(site.Project.Id, Split.Test));
        await AddAsync(site, await world.ModelAsync(), problems, i => i < 14, round: 1);
        await AddAsync(site, await world.ModelAsync(), problems, i => i is > 0 and < 30, round: 2);
    }

    private static async Task AddAsync(RealSite site, LanguageModel model, IReadOnlyList<Problem> problems, Func<int, bool> isRight, int round)
    {
        var run = new Run
        {
            ProjectId = site.Project.Id,
            Kind = RunKind.Evaluation,
            Name = $"Evaluation {round}",
            RevisionId = site.Revision.Id,
            ModelId = model.Id,
            Round = round,
            Options = JsonSerializer.Serialize(new EvaluationOptions { ProblemIds = [.. problems.Select(p => p.Id)] }, RunJson.Line),
            State = RunState.Succeeded,
            ProgressDone = problems.Count,
            ProgressTotal = problems.Count,
            CreatedAt = World.Now,
            StartedAt = World.Now,
            EndedAt = World.Now,
        };
        await site.Database.AddAsync(run);
        await site.Database.AddAsync([.. problems.Select((problem, i) => (object)new EvaluationItem
        {
            ProjectId = site.Project.Id, RunId = run.Id, ProblemId = problem.Id, Split = Split.Test, Text = $" One more than ${i}$ is ${(isRight(i) ? i + 1 : i + 2)}$.\nStep 2: That is the answer.",
            FinishReason = FinishReason.Stop, AnswerCheck = isRight(i) ? AnswerCheck.Right : AnswerCheck.Wrong, AnswerVersion = 1, CreatedAt = World.Now,
        })]);
    }
}
