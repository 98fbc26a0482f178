using Microsoft.EntityFrameworkCore;
using StepDpo.Core.Accounts;
using StepDpo.Core.Data;
using StepDpo.Core.Models;
using StepDpo.Core.Pairs;
using StepDpo.Core.Problems;
using StepDpo.Core.Projects;
using StepDpo.Core.Runs;
using StepDpo.Core.Statistics;
using StepDpo.Core.Training;

namespace StepDpo.Core.Evaluations;

/// <summary>A model and where it comes from.</summary>
/// <param name="Line">The first ancestor, its child, and so on; the model itself last.</param>
/// <param name="Children">What was trained from it, oldest first.</param>
public sealed record ModelFamily(IReadOnlyList<FamilyMember> Line, IReadOnlyList<FamilyMember> Children)
{
    /// <summary>The model that was asked for.</summary>
    public LanguageModel Model => Line[^1].Model;
}

/// <summary>A model of a family.</summary>
/// <param name="Model">The model.</param>
/// <param name="Training">What made it; null where nothing here trained it, and where the reader may not see the run.</param>
public sealed record FamilyMember(LanguageModel Model, MakingOfModel? Training);

/// <summary>The training run that made a model.</summary>
/// <param name="ProjectId">Its project.</param>
/// <param name="RunId">The run.</param>
/// <param name="Run">Its name.</param>
/// <param name="Round">The iteration of the loop.</param>
/// <param name="Pairs">Pairs that it trained on.</param>
/// <param name="Change">What it changed; null until the new model has been measured in that project.</param>
public sealed record MakingOfModel(long ProjectId, long RunId, string Run, int Round, int Pairs, MeasuredChange? Change);

/// <summary>The newest evaluation of a model beside the newest one of its parent under the same conditions.</summary>
/// <param name="Split">The split of both.</param>
/// <param name="BeforeRunId">The parent's evaluation, or null.</param>
/// <param name="Before">The parent's accuracy, or null.</param>
/// <param name="AfterRunId">The model's evaluation.</param>
/// <param name="After">The model's accuracy.</param>
public sealed record MeasuredChange(Split Split, long? BeforeRunId, Proportion? Before, long AfterRunId, Proportion After);

/// <summary>Reads where models come from, and what their trainings changed.</summary>
public sealed class ModelFamilies(IDbContextFactory<StepDpoContext> contexts)
{
    /// <summary>A model's ancestors and children. For everybody with an open account; runs and figures of a project only for its reviewers and leads.</summary>
    public async Task<Outcome<ModelFamily>> OfAsync(Actor actor, long modelId, CancellationToken cancellationToken = default)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var open = await Administration.RequireOpenAccountAsync(context, actor, cancellationToken);
        if (!open.Succeeded) return open.Refusal;
        var line = (await ModelRegister.LineageAsync(context, modelId, cancellationToken)).Reverse().ToList();
        if (line.Count == 0) return Refusal.NotFound("There is no such model.");
        var children = await context.Set<LanguageModel>().AsNoTracking().Where(m => m.ParentId == modelId).OrderBy(m => m.Id).ToListAsync(cancellationToken);
        var trainings = await TrainingsAsync(context, actor, [.. line, .. children], cancellationToken);
        return new ModelFamily([.. line.Select(Member)], [.. children.Select(Member)]);

        FamilyMember Member(LanguageModel model) => new(model, trainings.GetValueOrDefault(model.Id));
    }

    private static async Task<Dictionary<long, MakingOfModel>> TrainingsAsync(
        StepDpoContext context, Actor actor, IReadOnlyList<LanguageModel> models, CancellationToken cancellationToken)
    {
        var readable = await Membership.ProjectsOf(context, actor, ProjectRole.Reviewer).ToArrayAsync(cancellationToken);
        var ids = models.Select(m => m.TrainingRunId).OfType<long>().ToArray();
        var runs = await context.Set<Run>().Where(r => ids.Contains(r.Id) && readable.Contains(r.ProjectId))
            .Select(r => new
            {
                r.Id,
                r.ProjectId,
                r.Name,
                r.Round,
                Pairs = context.Set<ExportPair>().Count(e => context.Set<TrainingInput>().Any(i => i.RunId == r.Id && i.ExportId == e.ExportId)),
            })
            .ToDictionaryAsync(r => r.Id, cancellationToken);
        var measured = await MeasuredAsync(context, [.. models.Select(m => m.Id)], readable, cancellationToken);
        return models.Where(m => m.TrainingRunId is { } id && runs.ContainsKey(id)).ToDictionary(
            m => m.Id,
            m =>
            {
                var run = runs[m.TrainingRunId!.Value];
                return new MakingOfModel(run.ProjectId, run.Id, run.Name, run.Round, run.Pairs, Change(measured.Where(e => e.ProjectId == run.ProjectId).ToList(), m));
            });
    }

    private static MeasuredChange? Change(List<Measured> evaluations, LanguageModel model)
    {
        if (evaluations.LastOrDefault(e => e.ModelId == model.Id) is not { } after) return null;
        var before = evaluations.LastOrDefault(e => e.ModelId == model.ParentId && e.Split == after.Split && e.Temperature == after.Temperature);
        return new MeasuredChange(Enum.Parse<Split>(after.Split), before?.Id, before?.Accuracy, after.Id, after.Accuracy);
    }

    // Of the options only what is compared leaves the database: they also hold the thousands of problems.
    private static Task<List<Measured>> MeasuredAsync(StepDpoContext context, long[] models, long[] projects, CancellationToken cancellationToken) =>
        context.Database.SqlQuery<Measured>($"""
            SELECT r.id, r.project_id, r.model_id,
              COALESCE(r.options ->> 'split', 'Test') AS split, COALESCE((r.options ->> 'temperature')::float8, 0) AS temperature,
              count(*)::int AS asked, (count(*) FILTER (WHERE COALESCE(i.overruled_check, i.answer_check) = 'Right'))::int AS correct
            FROM run r JOIN evaluation_item i ON i.run_id = r.id
            WHERE r.kind = 'Evaluation' AND r.state = 'Succeeded' AND r.model_id = ANY({models}) AND r.project_id = ANY({projects})
            GROUP BY r.id ORDER BY r.id
            """).ToListAsync(cancellationToken);

    private sealed record Measured(long Id, long ProjectId, long? ModelId, string Split, double Temperature, int Asked, int Correct)
    {
        public Proportion Accuracy => Proportion.Wilson(Correct, Asked);
    }
}
