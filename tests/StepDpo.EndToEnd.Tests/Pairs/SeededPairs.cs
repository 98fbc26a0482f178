using StepDpo.Contracts;
using StepDpo.Core.Accounts;
using StepDpo.Core.Annotations;
using StepDpo.Core.Data;
using StepDpo.Core.Grading;
using StepDpo.Core.Models;
using StepDpo.Core.Pairs;
using StepDpo.Core.Problems;
using StepDpo.Core.Projects;
using StepDpo.Core.Rectifications;
using StepDpo.Core.Runs;
using StepDpo.Core.Sampling;
using StepDpo.Core.Tests.Data;
using StepDpo.EndToEnd.Tests.Support;

namespace StepDpo.EndToEnd.Tests.Pairs;

/// <summary>Pairs as rows: many without a history, and one with all that it rests on.</summary>
internal sealed class SeededPairs(RealSite site, User lead)
{
    private const string Text = "She eats three, so 16 - 3 = $13$ eggs are left.\nStep 2: She bakes with four: $13 - 4 = 8$ eggs.\nStep 3: She earns $8 \\times 2 = 16$ dollars.";

    private readonly World _world = new(site.Database);

    /// <summary>Pairs whose winners are half of the newest model, half of an older one.</summary>
    public async Task ManyAsync(int count)
    {
        var older = await _world.ModelAsync();
        var newer = await _world.ModelAsync();
        for (var i = 0; i < count; i++)
        {
            var example = Example($"Problem {i}: what is ${i} + 1$?", " Then it is wrong.", $" Then it is ${i + 1}$.");
            await site.Database.AddAsync(Pair(example, i % 2 == 0 ? newer : older, null, null));
        }
    }

    /// <summary>A pair of long and hostile texts.</summary>
    public async Task<PreferencePair> LongAsync()
    {
        var model = await _world.ModelAsync();
        var before = "Let's think step by step.\nStep 1:" + string.Join("\nStep 2:", LongText.Steps.Take(6)) + "\nStep 8:";
        var example = new PreferenceExample("test", LongText.Statement, before, " " + LongText.Steps[3], " " + LongText.Steps[5], " " + LongText.Steps[3], " " + LongText.Steps[5], LongText.Digits);
        var pair = Pair(example, model, null, null);
        await site.Database.AddAsync(pair);
        return pair;
    }

    /// <summary>A pair with its problem, solution, judgement, verdict, candidates, reviews and continuations.</summary>
    public async Task<PreferencePair> WholeAsync()
    {
        var model = await _world.ModelAsync();
        var annotator = await site.MemberAsync("lin", ProjectRole.Annotator);
        var problem = new Problem
        {
            ProjectId = site.Project.Id,
            Statement = "Janet's ducks lay $16$ eggs a day. She eats three and bakes with four. She sells the rest at $\\$2$. How much does she earn a day?",
            StatementSha256 = TextHash.Of("janet"),
            Answer = "18",
            Source = "gsm8k",
            CreatedAt = World.Now,
        };
        await site.Database.AddAsync(problem);
        var sampling = Run(RunKind.Sampling, model, "Pool, first time");
        var rectifying = Run(RunKind.Rectification, model, "Rectification, round 1");
        await site.Database.AddAsync(sampling, rectifying);
        var offsets = StepSplit.Offsets(Text);
        var solution = new Solution
        {
            ProjectId = site.Project.Id,
            RunId = sampling.Id,
            ProblemId = problem.Id,
            Split = Split.Pool,
            SampleIndex = 0,
            Text = Text,
            TextSha256 = TextHash.Of(Text),
            StepOffsets = offsets,
            StepCount = offsets.Length,
            FinishReason = FinishReason.Stop,
            ExtractedAnswer = "16",
            AnswerCheck = AnswerCheck.Wrong,
            AnswerVersion = 1,
            State = SolutionState.Paired,
            CreatedAt = World.Now,
        };
        await site.Database.AddAsync(solution);
        var assignment = World.NewAssignment(solution, annotator, state: AssignmentState.Submitted);
        await site.Database.AddAsync(assignment);
        await site.Database.AddAsync(World.NewAnnotation(assignment, solution, site.Revision, 2));
        await site.Database.AddAsync(new FirstErrorVerdict
        {
            SolutionId = solution.Id,
            StepCount = solution.StepCount,
            Outcome = FirstErrorOutcome.FirstError,
            Step = 2,
            Grade = StepGrade.Incorrect,
            Provenance = VerdictProvenance.Single,
            RevisionId = site.Revision.Id,
            CreatedAt = World.Now,
        });
        var prefix = World.NewPrefix(solution, 2);
        await site.Database.AddAsync(prefix);
        var chosen = " She bakes with four: $13 - 4 = 9$ eggs.";
        var candidate = new Rectification { PrefixId = prefix.Id, StepText = chosen, StepSha256 = TextHash.Of(chosen), Origin = RectificationOrigin.Sampled, State = RectificationState.Approved, CreatedAt = World.Now };
        await site.Database.AddAsync(candidate);
        await site.Database.AddAsync(new Continuation
        {
            PrefixId = prefix.Id,
            RunId = rectifying.Id,
            SampleIndex = 3,
            Text = chosen + "\nStep 3: She earns $9 \\times 2 = 18$ dollars.",
            FirstStepSha256 = candidate.StepSha256,
            FinishReason = FinishReason.Stop,
            ExtractedAnswer = "18",
            AnswerCheck = AnswerCheck.Right,
            AnswerVersion = 1,
            CreatedAt = World.Now,
        });
        await site.Database.AddAsync(new RectificationReview
        {
            RectificationId = candidate.Id,
            ReviewerId = lead.Id,
            Decision = ReviewDecision.Approved,
            Note = "Plain and right.",
            RevisionId = site.Revision.Id,
            ClientKey = Guid.NewGuid(),
            CreatedAt = World.Now,
        });
        var pair = Pair(new PreferenceExample("gsm8k", problem.Statement, prefix.Text, chosen, " She bakes with four: $13 - 4 = 8$ eggs.", chosen, " She bakes with four: $13 - 4 = 8$ eggs.", "18"), model, candidate, problem);
        await site.Database.AddAsync(pair);
        return pair;
    }

    private Run Run(RunKind kind, LanguageModel model, string name) => new()
    {
        ProjectId = site.Project.Id,
        Kind = kind,
        Name = name,
        RevisionId = site.Revision.Id,
        ModelId = model.Id,
        Options = "{}",
        State = RunState.Succeeded,
        CreatedAt = World.Now,
        StartedAt = World.Now,
        EndedAt = World.Now,
    };

    private static PreferenceExample Example(string prompt, string rejected, string chosen) =>
        new("test", prompt, "Let's think step by step.\nStep 1:", chosen, rejected, chosen, rejected, "1");

    private PreferencePair Pair(PreferenceExample example, LanguageModel model, Rectification? candidate, Problem? problem) => new()
    {
        ProjectId = site.Project.Id,
        RectificationId = candidate?.Id,
        ProblemId = problem?.Id,
        Split = problem?.Split,
        StatementSha256 = TextHash.Of(example.Prompt),
        Dataset = example.Dataset,
        Prompt = example.Prompt,
        InitialReasonSteps = example.InitialReasonSteps,
        Chosen = example.Chosen,
        Rejected = example.Rejected,
        FullChosen = example.FullChosen,
        FullRejected = example.FullRejected,
        Answer = example.Answer,
        Sha256 = example.Sha256(),
        Step = candidate is null ? 1 : 2,
        TemplateSha256 = candidate is null ? null : new string('0', 64),
        Origin = RectificationOrigin.Sampled,
        WinnerModelId = model.Id,
        LoserModelId = model.Id,
        RevisionId = site.Revision.Id,
        CreatedById = lead.Id,
        CreatedAt = World.Now,
    };
}
