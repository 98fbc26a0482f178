using Microsoft.EntityFrameworkCore;
using StepDpo.Contracts.Models;
using StepDpo.Core.Data;

namespace StepDpo.Core.Models;

/// <summary>What was asked for and not read yet. For the loop that runs the worker's <c>inspect</c> (a folder) or <c>import</c> (a GGUF file); no person calls it.</summary>
public sealed class ModelIntake(IDbContextFactory<StepDpoContext> contexts)
{
    /// <summary>The models that wait, oldest first.</summary>
    public async Task<IReadOnlyList<LanguageModel>> WaitingAsync(CancellationToken cancellationToken = default)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        return await context.Set<LanguageModel>().AsNoTracking().Where(m => m.State == ModelState.Requested).OrderBy(m => m.Id).ToArrayAsync(cancellationToken);
    }

    /// <summary>The worker has read the model: it can be used. Nothing happens if somebody else said so first.</summary>
    public async Task ReadAsync(long modelId, ModelDescription description, CancellationToken cancellationToken = default)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        await context.Set<LanguageModel>().Where(m => m.Id == modelId && m.State == ModelState.Requested).ExecuteUpdateAsync(
            set => set
                .SetProperty(m => m.State, ModelState.Ready)
                .SetProperty(m => m.Folder, description.Folder)
                .SetProperty(m => m.WeightsSha256, description.WeightsSha256)
                .SetProperty(m => m.Architecture, description.Architecture)
                .SetProperty(m => m.Parameters, description.Parameters)
                .SetProperty(m => m.ContextLength, description.ContextLength)
                .SetProperty(m => m.Dtype, description.Dtype),
            cancellationToken);
    }

    /// <summary>The worker has refused the files.</summary>
    /// <param name="modelId">The model.</param>
    /// <param name="error">What the worker found and wanted.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public async Task RefuseAsync(long modelId, string error, CancellationToken cancellationToken = default)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        await context.Set<LanguageModel>().Where(m => m.Id == modelId && m.State == ModelState.Requested).ExecuteUpdateAsync(
            set => set.SetProperty(m => m.State, ModelState.Failed).SetProperty(m => m.Error, error.Replace("\0", "", StringComparison.Ordinal)), cancellationToken);
    }
}
