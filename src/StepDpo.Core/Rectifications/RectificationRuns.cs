using Microsoft.EntityFrameworkCore;
using StepDpo.Core.Accounts;
using StepDpo.Core.Annotations;
using StepDpo.Core.Data;
using StepDpo.Core.Projects;
using StepDpo.Core.Runs;
using StepDpo.Core.Sampling;

namespace StepDpo.Core.Rectifications;

/// <summary>What a form asks for when a rectification is to be queued.</summary>
/// <param name="ProjectId">The project.</param>
/// <param name="Name">Name of the run.</param>
/// <param name="ModelId">The model to sample from: the one whose words the solutions are, or pairs go out of distribution.</param>
public sealed record RectificationRequest(long ProjectId, string Name, long ModelId)
{
    /// <summary>Options; prefixes given here are taken as they are, an empty list means all that wait.</summary>
    public RectificationOptions Options { get; init; } = new() { PrefixIds = [] };

    /// <summary>The iteration of the loop, from 1.</summary>
    public int Round { get; init; } = 1;

    /// <summary>The key that the browser gave the request: a double press makes one run.</summary>
    public Guid? ClientKey { get; init; }
}

/// <summary>Queues rectification runs over the prefixes that wait.</summary>
public sealed class RectificationRuns(IDbContextFactory<StepDpoContext> contexts, RunControl control)
{
    /// <summary>Queues a run over all prefixes of the project that wait, or over the ones given.</summary>
    public async Task<Outcome<long>> QueueAsync(Actor actor, RectificationRequest request, CancellationToken cancellationToken = default)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var role = await Membership.RequireAsync(context, actor, request.ProjectId, ProjectRole.Lead, cancellationToken);
        if (!role.Succeeded) return role.Refusal;
        var options = request.Options;
        var ids = await Waiting(context, request.ProjectId).OrderBy(p => p.Id).Select(p => p.Id).ToListAsync(cancellationToken);
        if (options.PrefixIds.Count > 0 && await context.Set<Prefix>().CountAsync(p => options.PrefixIds.Contains(p.Id) && p.Solution!.ProjectId == request.ProjectId, cancellationToken) != options.PrefixIds.Count)
            return Refusal.Invalid(nameof(options.PrefixIds), "Some of these prefixes are not of this project.");
        if (options.PrefixIds.Count == 0 && ids.Count == 0) return Refusal.Conflict("No prefix waits for rectification.");
        var chosen = options.PrefixIds.Count > 0 ? options : options with { PrefixIds = ids };
        chosen = chosen with { OwnTemperatures = await PrefixReviews.TemperaturesAsync(context, chosen.PrefixIds, cancellationToken) };
        return await control.QueueAsync(
            context, actor,
            new RunRequest<RectificationOptions>(request.ProjectId, request.Name, request.ModelId, chosen) { Round = request.Round, ClientKey = request.ClientKey },
            cancellationToken);
    }

    /// <summary>The prefixes whose verdict holds and whose solution has yet to be continued.</summary>
    public static IQueryable<Prefix> Waiting(StepDpoContext context, long projectId) =>
        context.Set<Prefix>().Where(p => p.Solution!.ProjectId == projectId && p.Solution.State == SolutionState.Rectifying
            && context.Set<FirstErrorVerdict>().Any(v => v.SolutionId == p.SolutionId && v.SupersededAt == null && v.Step == p.Step));
}
