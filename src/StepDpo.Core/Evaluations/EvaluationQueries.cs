using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using StepDpo.Contracts.Runs;
using StepDpo.Core.Accounts;
using StepDpo.Core.Data;
using StepDpo.Core.Grading;
using StepDpo.Core.Models;
using StepDpo.Core.Problems;
using StepDpo.Core.Projects;
using StepDpo.Core.Runs;
using StepDpo.Core.Statistics;

namespace StepDpo.Core.Evaluations;

/// <summary>An evaluation in a list.</summary>
/// <param name="RunId">Its run.</param>
/// <param name="Name">Its name.</param>
/// <param name="State">Where it stands.</param>
/// <param name="Round">The iteration of the loop.</param>
/// <param name="ModelId">The model.</param>
/// <param name="Model">The model's name.</param>
/// <param name="ParentModelId">The model that it was trained from, or null.</param>
/// <param name="Split">The split.</param>
/// <param name="Temperature">0 is greedy.</param>
/// <param name="Accuracy">Of what has been asked so far.</param>
/// <param name="At">When it was queued.</param>
public sealed record EvaluationLine(
    long RunId, string Name, RunState State, int Round, long? ModelId, string? Model, long? ParentModelId, Split Split, double Temperature, Proportion Accuracy, DateTimeOffset At);

/// <summary>Reads evaluations for pages. Reviewers and leads of the project may.</summary>
public sealed class EvaluationQueries(IDbContextFactory<StepDpoContext> contexts)
{
    private const int Most = 100;

    /// <summary>The newest evaluations, oldest of them first: the order of the rounds.</summary>
    public async Task<Outcome<IReadOnlyList<EvaluationLine>>> ListAsync(Actor actor, long projectId, CancellationToken cancellationToken = default)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var role = await Membership.RequireAsync(context, actor, projectId, ProjectRole.Reviewer, cancellationToken);
        if (!role.Succeeded) return role.Refusal;
        var rows = await context.Set<Run>().AsNoTracking().Where(r => r.ProjectId == projectId && r.Kind == RunKind.Evaluation)
            .OrderByDescending(r => r.Id).Take(Most)
            .Select(r => new
            {
                Run = r,
                Model = context.Set<LanguageModel>().Where(m => m.Id == r.ModelId).Select(m => new { m.Name, m.ParentId }).FirstOrDefault(),
                Right = context.Set<EvaluationItem>().Count(i => i.RunId == r.Id && (i.OverruledCheck ?? i.AnswerCheck) == AnswerCheck.Right),
                Asked = context.Set<EvaluationItem>().Count(i => i.RunId == r.Id),
            }).ToListAsync(cancellationToken);
        return rows.AsEnumerable().Reverse().Select(row =>
        {
            var options = JsonSerializer.Deserialize<Told>(row.Run.Options, RunJson.Line)!;
            return new EvaluationLine(
                row.Run.Id, row.Run.Name, row.Run.State, row.Run.Round, row.Run.ModelId, row.Model?.Name, row.Model?.ParentId,
                options.Split, options.Temperature, Proportion.Wilson(row.Right, row.Asked), row.Run.CreatedAt);
        }).ToArray();
    }

    // What the list shows of EvaluationOptions: not the thousands of problems.
    private sealed record Told(Split Split = Split.Test, double Temperature = 0);
}
