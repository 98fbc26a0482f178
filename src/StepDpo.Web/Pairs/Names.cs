using Microsoft.EntityFrameworkCore;
using StepDpo.Core.Accounts;
using StepDpo.Core.Data;
using StepDpo.Core.Models;
using StepDpo.Core.Pairs;

namespace StepDpo.Web.Pairs;

/// <summary>Names of people and models by their keys. Pages ask for keys that a service has shown them already.</summary>
public sealed class Names(IDbContextFactory<StepDpoContext> contexts)
{
    /// <summary>Display names.</summary>
    public async Task<IReadOnlyDictionary<Guid, string>> OfPeopleAsync(IEnumerable<Guid?> keys)
    {
        var ids = keys.OfType<Guid>().Distinct().ToList();
        await using var context = await contexts.CreateDbContextAsync();
        return await context.Set<User>().Where(u => ids.Contains(u.Id)).ToDictionaryAsync(u => u.Id, u => u.DisplayName);
    }

    /// <summary>Names of models.</summary>
    public async Task<IReadOnlyDictionary<long, string>> OfModelsAsync(IEnumerable<long?> keys)
    {
        var ids = keys.OfType<long>().Distinct().ToList();
        await using var context = await contexts.CreateDbContextAsync();
        return await context.Set<LanguageModel>().Where(m => ids.Contains(m.Id)).ToDictionaryAsync(m => m.Id, m => m.Name);
    }

    /// <summary>The models whose words a project's winners are, and the people who approved them: what its list can be filtered by.</summary>
    public async Task<(IReadOnlyList<(long Id, string Name)> Models, IReadOnlyList<(Guid Id, string Name)> People)> InPairsAsync(long projectId)
    {
        await using var context = await contexts.CreateDbContextAsync();
        var pairs = context.Set<PreferencePair>().Where(p => p.ProjectId == projectId);
        var models = await context.Set<LanguageModel>().Where(m => pairs.Any(p => p.WinnerModelId == m.Id)).OrderBy(m => m.Name).Select(m => new { m.Id, m.Name }).ToListAsync();
        var people = await context.Set<User>().Where(u => pairs.Any(p => p.CreatedById == u.Id)).OrderBy(u => u.DisplayName).Select(u => new { u.Id, u.DisplayName }).ToListAsync();
        return ([.. models.Select(m => (m.Id, m.Name))], [.. people.Select(u => (u.Id, u.DisplayName))]);
    }
}
