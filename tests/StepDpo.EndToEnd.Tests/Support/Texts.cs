using StepDpo.Core.Data;
using StepDpo.Core.Grading;
using StepDpo.Core.Problems;
using StepDpo.Core.Runs;
using StepDpo.Core.Sampling;
using StepDpo.Core.Tests.Data;

namespace StepDpo.EndToEnd.Tests.Support;

/// <summary>Problems and solutions in words of the test's choice, stored as a sampling run would.</summary>
internal sealed class Texts(RealSite site)
{
    private static int _number;
    private Run? _sampling;
    private Run? _rectification;

    /// <summary>A wrong solution of the given steps, waiting for judgements.</summary>
    public async Task<Solution> SolutionAsync(string statement, string reference, string answer, params string[] steps)
    {
        _sampling ??= await new World(site.Database).RunAsync(site.Revision);
        var problem = new Problem
        {
            ProjectId = site.Project.Id,
            Statement = statement,
            StatementSha256 = TextHash.Of($"{statement} {Interlocked.Increment(ref _number)}"),
            Answer = reference,
            Source = "test",
            Split = Split.Pool,
            CreatedAt = World.Now,
        };
        await site.Database.AddAsync(problem);
        await site.Database.AddAsync(new ReferenceAnswer { ProblemId = problem.Id, Version = 1, Answer = reference, CreatedAt = World.Now });
        var text = " " + string.Concat(steps.Select((step, i) => i == 0 ? step : $"{StepSplit.Boundary}{i + 1}: {step}"));
        var offsets = StepSplit.Offsets(text);
        var solution = new Solution
        {
            ProjectId = site.Project.Id,
            RunId = _sampling.Id,
            ProblemId = problem.Id,
            Split = problem.Split,
            SampleIndex = 0,
            Text = text,
            TextSha256 = TextHash.Of(text),
            StepOffsets = offsets,
            StepCount = offsets.Length,
            FinishReason = FinishReason.Stop,
            ExtractedAnswer = answer,
            AnswerCheck = AnswerCheck.Wrong,
            AnswerVersion = 1,
            State = SolutionState.Waiting,
            CreatedAt = World.Now,
        };
        await site.Database.AddAsync(solution);
        return solution;
    }

    /// <summary>Continuations of a prefix with a right answer, each given times.</summary>
    public async Task ContinuationsAsync(long prefixId, params (string Text, int Times)[] texts)
    {
        _rectification ??= await new World(site.Database).RunAsync(site.Revision, RunKind.Rectification);
        var index = 0;
        foreach (var (text, times) in texts)
        {
            for (var i = 0; i < times; i++)
            {
                await site.Database.AddAsync(new Continuation
                {
                    PrefixId = prefixId,
                    RunId = _rectification.Id,
                    SampleIndex = index++,
                    Text = text,
                    FirstStepSha256 = TextHash.Of(FirstStep.Of(text)),
                    FinishReason = FinishReason.Stop,
                    AnswerCheck = AnswerCheck.Right,
                    AnswerVersion = 1,
                    CreatedAt = World.Now,
                });
            }
        }
    }
}
