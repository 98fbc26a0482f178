using Microsoft.EntityFrameworkCore;
using StepDpo.Core.Accounts;
using StepDpo.Core.Data;
using StepDpo.Core.Problems;
using StepDpo.Core.Projects;
using StepDpo.Core.Runs;

namespace StepDpo.Core.Sampling;

/// <summary>What a form asks for when a sampling run is to be queued.</summary>
/// <param name="ProjectId">The project.</param>
/// <param name="Name">Name of the run.</param>
/// <param name="ModelId">The model to sample from.</param>
public sealed record SamplingRequest(long ProjectId, string Name, long ModelId)
{
    /// <summary>Options but for the problems, which are chosen when the run is queued.</summary>
    public SamplingOptions Options { get; init; } = new() { ProblemIds = [] };

    /// <summary>At most so many problems; null for all.</summary>
    public int? MostProblems { get; init; }

    /// <summary>Whether problems that have solutions already are left out.</summary>
    public bool OnlyUnsampled { get; init; }

    /// <summary>The iteration of the loop, from 1.</summary>
    public int Round { get; init; } = 1;

    /// <summary>The key that the browser gave the request: a double press makes one run.</summary>
    public Guid? ClientKey { get; init; }
}

/// <summary>Queues sampling runs. The Pool alone is ever sampled for pairs.</summary>
public sealed class SamplingRuns(IDbContextFactory<StepDpoContext> contexts, RunControl control)
{
    /// <summary>Chooses the problems, oldest first, and queues the run.</summary>
    public async Task<Outcome<long>> QueueAsync(Actor actor, SamplingRequest request, CancellationToken cancellationToken = default)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var role = await Membership.RequireAsync(context, actor, request.ProjectId, ProjectRole.Lead, cancellationToken);
        if (!role.Succeeded) return role.Refusal;
        if (request.MostProblems is < 1) return Refusal.Invalid(nameof(request.MostProblems), "At least 1 problem must be sampled.");
        var problems = context.Set<Problem>().Where(p => p.ProjectId == request.ProjectId && p.Split == Split.Pool);
        if (request.OnlyUnsampled) problems = problems.Where(p => !context.Set<Solution>().Any(s => s.ProblemId == p.Id));
        var ids = await problems.OrderBy(p => p.Id).Select(p => p.Id).Take(request.MostProblems ?? int.MaxValue).ToListAsync(cancellationToken);
        if (ids.Count == 0) return Refusal.Conflict("The pool holds no problem to sample.");
        return await control.QueueAsync(
            context, actor,
            new RunRequest<SamplingOptions>(request.ProjectId, request.Name, request.ModelId, request.Options with { ProblemIds = ids })
            {
                Round = request.Round,
                ClientKey = request.ClientKey,
            },
            cancellationToken);
    }
}
