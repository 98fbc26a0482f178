using StepDpo.Contracts.Models;
using StepDpo.Core.Accounts;
using StepDpo.Core.Data;
using StepDpo.Core.Evaluations;
using StepDpo.Core.Grading;
using StepDpo.Core.Models;
using StepDpo.Core.Pairs;
using StepDpo.Core.Problems;
using StepDpo.Core.Runs;
using StepDpo.Core.Sampling;
using StepDpo.Core.Tests.Data;
using StepDpo.Core.Training;
using StepDpo.EndToEnd.Tests.Support;

namespace StepDpo.EndToEnd.Tests.Models;

/// <summary>Models as rows, with the runs that trained and measured them; the nano model's files are real.</summary>
internal sealed class SeededModels(RealSite site, User lead)
{
    private static readonly string _folder = Path.Combine(Repository.Root, "src/StepDpo.Demo/nano-arithmetic");

    private readonly World _world = new(site.Database);

    /// <summary>A model of the nano model's weights.</summary>
    public async Task<LanguageModel> NanoAsync(string name, LanguageModel? parent = null, Run? training = null, ModelState state = ModelState.Ready)
    {
        var isRead = state == ModelState.Ready;
        var model = new LanguageModel
        {
            Name = name,
            Kind = ModelKind.Folder,
            State = state,
            ImportedFrom = parent is null ? _folder : null,
            Folder = isRead ? FolderOfSite() : null,
            WeightsSha256 = isRead ? ModelFolder.WeightsSha256(_folder) : null,
            Architecture = isRead ? "Qwen2ForCausalLM" : null,
            Parameters = isRead ? 213_312 : null,
            ContextLength = isRead ? 512 : null,
            Dtype = isRead ? "float32" : null,
            ParentId = parent?.Id,
            TrainingRunId = training?.Id,
            TrainingStep = training is null ? null : 134,
            CreatedById = lead.Id,
            CreatedAt = World.Now,
        };
        await site.Database.AddAsync(model);
        return model;
    }

    // By a path of the site's own: a worker's command line then says whose it is.
    private string FolderOfSite()
    {
        var link = Path.Combine(site.DataFolder, "nano");
        if (!Directory.Exists(link)) Directory.CreateSymbolicLink(link, _folder);
        return link;
    }

    /// <summary>A finished training on so many pairs.</summary>
    public async Task<Run> TrainingAsync(LanguageModel model, string name, int round, int pairs)
    {
        var run = await RunAsync(RunKind.Training, model, name, round);
        var export = new Export { ProjectId = site.Project.Id, Options = "{}", PairCount = pairs, ByteCount = 1, Sha256 = TextHash.Of(""), CreatedAt = World.Now };
        await site.Database.AddAsync(export);
        for (var i = 0; i < pairs; i++)
        {
            var pair = new PreferencePair
            {
                ProjectId = site.Project.Id,
                StatementSha256 = TextHash.Of("x"),
                Dataset = "test",
                Prompt = "x",
                InitialReasonSteps = "Step 1:",
                Chosen = " a",
                Rejected = " b",
                FullChosen = " a",
                FullRejected = " b",
                Answer = "1",
                Sha256 = TextHash.Of($"row {export.Id} {i}"),
                Origin = Core.Rectifications.RectificationOrigin.Sampled,
                RevisionId = site.Revision.Id,
                CreatedAt = World.Now,
            };
            await site.Database.AddAsync(pair);
            await site.Database.AddAsync(new ExportPair { ExportId = export.Id, Position = i, PairId = pair.Id, ProjectId = site.Project.Id });
        }

        await site.Database.AddAsync(new TrainingInput { RunId = run.Id, ExportId = export.Id });
        return run;
    }

    /// <summary>A finished evaluation on the test split.</summary>
    public async Task<Run> EvaluationAsync(LanguageModel model, string name, int round, int right, IReadOnlyList<Problem> problems)
    {
        var run = await RunAsync(RunKind.Evaluation, model, name, round);
        await site.Database.AddAsync([.. problems.Select((problem, i) => (object)new EvaluationItem
        {
            ProjectId = site.Project.Id, RunId = run.Id, ProblemId = problem.Id, Split = Split.Test, Text = " 2.",
            FinishReason = FinishReason.Stop, AnswerCheck = i < right ? AnswerCheck.Right : AnswerCheck.Wrong, AnswerVersion = 1, CreatedAt = World.Now,
        })]);
        return run;
    }

    /// <summary>Problems of the test split.</summary>
    public async Task<IReadOnlyList<Problem>> ProblemsAsync(int count)
    {
        var problems = new List<Problem>();
        for (var i = 0; i < count; i++)
            problems.Add(await _world.ProblemAsync(site.Project.Id, Split.Test));
        return problems;
    }

    private async Task<Run> RunAsync(RunKind kind, LanguageModel model, string name, int round)
    {
        var run = new Run
        {
            ProjectId = site.Project.Id,
            Kind = kind,
            Name = name,
            RevisionId = site.Revision.Id,
            ModelId = model.Id,
            Options = "{}",
            Round = round,
            State = RunState.Succeeded,
            CreatedById = lead.Id,
            CreatedAt = World.Now,
            StartedAt = World.Now,
            EndedAt = World.Now,
        };
        await site.Database.AddAsync(run);
        return run;
    }
}
