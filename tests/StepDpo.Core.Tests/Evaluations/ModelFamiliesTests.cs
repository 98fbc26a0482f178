using StepDpo.Core.Accounts;
using StepDpo.Core.Data;
using StepDpo.Core.Evaluations;
using StepDpo.Core.Grading;
using StepDpo.Core.Models;
using StepDpo.Core.Pairs;
using StepDpo.Core.Problems;
using StepDpo.Core.Projects;
using StepDpo.Core.Runs;
using StepDpo.Core.Sampling;
using StepDpo.Core.Statistics;
using StepDpo.Core.Tests.Data;
using StepDpo.Core.Training;

namespace StepDpo.Core.Tests.Evaluations;

public sealed class ModelFamiliesTests(Database database) : IClassFixture<Database>
{
    private readonly World _world = new(database);
    private readonly ModelFamilies _families = new(database);

    [Fact]
    public async Task A_line_goes_from_the_first_ancestor_to_the_model_and_names_each_training()
    {
        var (_, revision) = await _world.ProjectAsync();
        var first = await _world.ModelAsync();
        var (second, run) = await TrainedAsync(revision, first, round: 1, pairs: 3);
        var (third, _) = await TrainedAsync(revision, second, round: 2, pairs: 1);
        var other = await TrainedAsync(revision, first, round: 2, pairs: 2);

        var family = (await _families.OfAsync(Actor.System, second.Id)).Value;

        Assert.Equal([first.Id, second.Id], family.Line.Select(member => member.Model.Id));
        Assert.Equal(second.Id, family.Model.Id);
        Assert.Null(family.Line[0].Training);
        Assert.Equal(new MakingOfModel(revision.ProjectId, run.Id, run.Name, 1, 3, Change: null), family.Line[1].Training);
        Assert.Equal(third.Id, Assert.Single(family.Children).Model.Id);
        Assert.Equal([second.Id, other.Model.Id], (await _families.OfAsync(Actor.System, first.Id)).Value.Children.Select(child => child.Model.Id));
    }

    [Fact]
    public async Task A_change_is_the_newest_evaluation_beside_the_parents_under_the_same_conditions()
    {
        var (_, revision) = await _world.ProjectAsync();
        var parent = await _world.ModelAsync();
        var (child, _) = await TrainedAsync(revision, parent, round: 1, pairs: 1);
        Assert.Null(await ChangeAsync(child));

        var after = await EvaluatedAsync(revision, child, right: 3, of: 4);
        Assert.Equal(new MeasuredChange(Split.Test, null, null, after.Id, Proportion.Wilson(3, 4)), await ChangeAsync(child));

        await EvaluatedAsync(revision, parent, right: 4, of: 4, temperature: 0.7);
        await EvaluatedAsync(revision, parent, right: 4, of: 4, split: Split.Validation);
        await EvaluatedAsync(revision, parent, right: 0, of: 4);
        var before = await EvaluatedAsync(revision, parent, right: 1, of: 4);
        Assert.Equal(new MeasuredChange(Split.Test, before.Id, Proportion.Wilson(1, 4), after.Id, Proportion.Wilson(3, 4)), await ChangeAsync(child));
    }

    [Fact]
    public async Task Runs_and_figures_are_for_reviewers_of_their_project()
    {
        var (project, revision) = await _world.ProjectAsync();
        var (child, _) = await TrainedAsync(revision, await _world.ModelAsync(), round: 1, pairs: 1);
        var annotator = await _world.UserAsync(projectId: project.Id);
        var reviewer = await _world.UserAsync(projectId: project.Id, role: ProjectRole.Reviewer);

        Assert.Null((await _families.OfAsync(Actor.Person(annotator.Id), child.Id)).Value.Line[^1].Training);
        Assert.NotNull((await _families.OfAsync(Actor.Person(reviewer.Id), child.Id)).Value.Line[^1].Training);
    }

    private async Task<MeasuredChange?> ChangeAsync(LanguageModel model) => (await _families.OfAsync(Actor.System, model.Id)).Value.Line[^1].Training!.Change;

    private async Task<(LanguageModel Model, Run Run)> TrainedAsync(ProjectRevision revision, LanguageModel parent, int round, int pairs)
    {
        var run = Over(revision, RunKind.Training, parent, "{}", round);
        var export = new Export { ProjectId = revision.ProjectId, Options = "{}", PairCount = pairs, ByteCount = 1, Sha256 = TextHash.Of(""), CreatedAt = World.Now };
        await database.AddAsync(run, export);
        for (var i = 0; i < pairs; i++)
        {
            var pair = ConstraintTests.NewPair(revision.ProjectId, revision.Id, $"row {export.Id} {i}");
            await database.AddAsync(pair);
            await database.AddAsync(new ExportPair { ExportId = export.Id, Position = i, PairId = pair.Id, ProjectId = revision.ProjectId });
        }

        await database.AddAsync(new TrainingInput { RunId = run.Id, ExportId = export.Id });
        var model = new LanguageModel
        {
            Name = $"trained by {run.Id}",
            Kind = ModelKind.Folder,
            State = ModelState.Ready,
            Folder = "/models/x",
            WeightsSha256 = new string('1', 64),
            ParentId = parent.Id,
            TrainingRunId = run.Id,
            TrainingStep = 1,
            CreatedAt = World.Now,
        };
        await database.AddAsync(model);
        return (model, run);
    }

    private async Task<Run> EvaluatedAsync(ProjectRevision revision, LanguageModel model, int right, int of, double temperature = 0, Split split = Split.Test)
    {
        var run = Over(revision, RunKind.Evaluation, model, string.Create(System.Globalization.CultureInfo.InvariantCulture, $$"""{"split": "{{split}}", "temperature": {{temperature}}}"""));
        await database.AddAsync(run);
        for (var i = 0; i < of; i++)
        {
            var problem = await _world.ProblemAsync(revision.ProjectId, split);
            await database.AddAsync(new EvaluationItem
            {
                ProjectId = revision.ProjectId,
                RunId = run.Id,
                ProblemId = problem.Id,
                Split = split,
                Text = "x",
                FinishReason = FinishReason.Stop,
                AnswerCheck = i < right ? AnswerCheck.Right : AnswerCheck.Wrong,
                AnswerVersion = 1,
                CreatedAt = World.Now,
            });
        }

        return run;
    }

    private static Run Over(ProjectRevision revision, RunKind kind, LanguageModel model, string options, int round = 1) => new()
    {
        ProjectId = revision.ProjectId,
        Kind = kind,
        Name = $"{kind} {round}",
        RevisionId = revision.Id,
        ModelId = model.Id,
        Options = options,
        Round = round,
        State = RunState.Succeeded,
        CreatedAt = World.Now,
        StartedAt = World.Now,
        EndedAt = World.Now,
    };
}
