using Microsoft.EntityFrameworkCore;
using StepDpo.Core.Accounts;
using StepDpo.Core.Data;
using StepDpo.Core.Models;
using StepDpo.Core.Problems;
using StepDpo.Core.Projects;
using StepDpo.Core.Rectifications;
using StepDpo.Core.Runs;
using StepDpo.Core.Sampling;

namespace StepDpo.Web.Runs;

/// <summary>What the forms that start a run say of the project.</summary>
/// <param name="Models">Models that can be used, newest first.</param>
/// <param name="Problems">Problems of each split.</param>
/// <param name="Unsampled">Problems of the pool without a solution.</param>
/// <param name="WaitingPrefixes">Prefixes that wait for continuations.</param>
/// <param name="WordsOf">The model whose words most of these prefixes are, or null.</param>
/// <param name="Settings">The project's settings.</param>
/// <param name="Round">The round that is under way, from 1.</param>
public sealed record StartFacts(
    IReadOnlyList<LanguageModel> Models, IReadOnlyDictionary<Split, int> Problems, int Unsampled, int WaitingPrefixes, long? WordsOf, ProjectSettings Settings, int Round)
{
    /// <summary>The models as a choice.</summary>
    public IReadOnlyList<(long Value, string Words)> Choices(bool onlyFolders = false) =>
        [.. Models.Where(model => !onlyFolders || model.Kind == ModelKind.Folder).Select(model => (model.Id, Words(model)))];

    /// <summary>Problems of a split.</summary>
    public int In(Split split) => Problems.GetValueOrDefault(split);

    private static string Words(LanguageModel model) => model switch
    {
        { Kind: ModelKind.Endpoint } => T($"{model.Name} (endpoint, unverified)"),
        { Parameters: { } weights } => T($"{model.Name} ({Size(weights)} weights)"),
        _ => model.Name,
    };

    private static string Size(long weights) => weights switch
    {
        >= 1_000_000_000 => T($"{weights / 1e9:0.0} billion"),
        >= 1_000_000 => T($"{weights / 1e6:0.0} million"),
        _ => RunWords.Number(weights),
    };
}

/// <summary>Reads <see cref="StartFacts"/> for leads.</summary>
public sealed class StartFactsReader(IDbContextFactory<StepDpoContext> contexts)
{
    /// <summary>Reads them.</summary>
    public async Task<Outcome<StartFacts>> ReadAsync(Actor actor, long projectId, CancellationToken stop = default)
    {
        await using var context = await contexts.CreateDbContextAsync(stop);
        var role = await Membership.RequireAsync(context, actor, projectId, ProjectRole.Lead, stop);
        if (!role.Succeeded)
            return role.Refusal;
        var waiting = RectificationRuns.Waiting(context, projectId);
        return new StartFacts(
            await context.Set<LanguageModel>().AsNoTracking().Where(m => m.State == ModelState.Ready && m.RetiredAt == null).OrderByDescending(m => m.Id).ToListAsync(stop),
            await context.Set<Problem>().Where(p => p.ProjectId == projectId).GroupBy(p => p.Split).Select(g => new { g.Key, Count = g.Count() }).ToDictionaryAsync(g => g.Key, g => g.Count, stop),
            await context.Set<Problem>().CountAsync(p => p.ProjectId == projectId && p.Split == Split.Pool && !context.Set<Solution>().Any(s => s.ProblemId == p.Id), stop),
            await waiting.CountAsync(stop),
            await waiting.Select(p => p.Solution!.Run!.ModelId).GroupBy(id => id).OrderByDescending(g => g.Count()).Select(g => g.Key).FirstOrDefaultAsync(stop),
            await context.Set<ProjectRevision>().Where(r => r.ProjectId == projectId).OrderByDescending(r => r.Number).Select(r => r.Settings).FirstAsync(stop),
            Math.Max(1, await context.Set<Run>().Where(r => r.ProjectId == projectId).MaxAsync(r => (int?)r.Round, stop) ?? 1));
    }
}
