using Microsoft.EntityFrameworkCore;
using StepDpo.Core.Accounts;
using StepDpo.Core.Data;
using StepDpo.Core.Problems;
using StepDpo.Core.Projects;
using StepDpo.Core.Runs;

namespace StepDpo.Core.Evaluations;

/// <summary>What a form asks for when an evaluation is to be queued.</summary>
/// <param name="ProjectId">The project.</param>
/// <param name="Name">Name of the run.</param>
/// <param name="ModelId">The model to measure.</param>
public sealed record EvaluationRequest(long ProjectId, string Name, long ModelId)
{
    /// <summary>Options but for the problems, which are chosen when the run is queued.</summary>
    public EvaluationOptions Options { get; init; } = new() { ProblemIds = [] };

    /// <summary>At most so many problems of the split; null for all.</summary>
    public int? MostProblems { get; init; }

    /// <summary>The training run that it follows, or null.</summary>
    public long? ParentId { get; init; }

    /// <summary>The iteration of the loop, from 1.</summary>
    public int Round { get; init; } = 1;

    /// <summary>The key that the browser gave the request: a double press makes one run.</summary>
    public Guid? ClientKey { get; init; }
}

/// <summary>Queues evaluations.</summary>
public sealed class EvaluationRuns(IDbContextFactory<StepDpoContext> contexts, RunControl control)
{
    /// <summary>Chooses the split's problems, oldest first, and queues the run.</summary>
    public async Task<Outcome<long>> QueueAsync(Actor actor, EvaluationRequest request, CancellationToken cancellationToken = default)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var role = await Membership.RequireAsync(context, actor, request.ProjectId, ProjectRole.Lead, cancellationToken);
        if (!role.Succeeded) return role.Refusal;
        if (request.MostProblems is < 1) return Refusal.Invalid(nameof(request.MostProblems), "At least 1 problem must be asked.");
        var ids = await context.Set<Problem>().Where(p => p.ProjectId == request.ProjectId && p.Split == request.Options.Split)
            .OrderBy(p => p.Id).Select(p => p.Id).Take(request.MostProblems ?? int.MaxValue).ToListAsync(cancellationToken);
        if (ids.Count == 0) return Refusal.Conflict($"The split {request.Options.Split} holds no problem.");
        return await control.QueueAsync(
            context, actor,
            new RunRequest<EvaluationOptions>(request.ProjectId, request.Name, request.ModelId, request.Options with { ProblemIds = ids })
            {
                Round = request.Round,
                ParentId = request.ParentId,
                ClientKey = request.ClientKey,
            },
            cancellationToken);
    }
}
