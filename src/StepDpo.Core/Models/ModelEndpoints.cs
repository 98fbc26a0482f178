using System.Globalization;
using Microsoft.EntityFrameworkCore;
using StepDpo.Core.Data;
using StepDpo.Core.Workers;

namespace StepDpo.Core.Models;

/// <summary>Opens models for sampling: starts a worker for a folder, or goes to an endpoint that is on the allow-list at this moment.</summary>
public sealed class ModelEndpoints(IDbContextFactory<StepDpoContext> contexts, WorkerOptions workers, TimeProvider clock)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    /// <summary>Makes a model answer.</summary>
    /// <param name="modelId">The model.</param>
    /// <param name="cancellationToken">Ends the loading, and the worker.</param>
    /// <param name="patience">How long an endpoint elsewhere is tried again when nobody listens or it is too busy; null: as long as suits a run.</param>
    /// <exception cref="EndpointException">It cannot: not ready, not allowed, or the worker did not load it.</exception>
    public async Task<ModelEndpoint> OpenAsync(long modelId, CancellationToken cancellationToken, TimeSpan? patience = null)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var model = await context.Set<LanguageModel>().AsNoTracking().SingleAsync(m => m.Id == modelId, cancellationToken);
        if (model.State != ModelState.Ready) throw new EndpointException($"The model {model.Name} is not ready.", mayPass: false);
        return model.Kind == ModelKind.Folder
            ? await ServeAsync(model, cancellationToken)
            : await ConnectAsync(context, model, patience ?? Patience, cancellationToken);
    }

    private async Task<ModelEndpoint> ServeAsync(LanguageModel model, CancellationToken cancellationToken)
    {
        var id = string.Create(CultureInfo.InvariantCulture, $"model-{model.Id}");
        var server = await ModelServer.StartAsync(workers, model.Folder!, id, clock, cancellationToken);
        try
        {
            var served = await server.ModelAsync(cancellationToken);
            if (served.WeightsSha256 != model.WeightsSha256)
                throw new EndpointException($"The weights in {model.Folder} have changed since {model.Name} was registered.", mayPass: false);
            return new ModelEndpoint(server.Client, server, id, model.WeightsSha256);
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    private async Task<ModelEndpoint> ConnectAsync(StepDpoContext context, LanguageModel model, TimeSpan patience, CancellationToken cancellationToken)
    {
        var address = new Uri(model.EndpointUrl!);
        var allowed = await context.Set<AllowedEndpoint>().Select(e => e.BaseUrl).ToListAsync(cancellationToken);
        if (!allowed.Any(entry => AddressRule.Covers(new Uri(entry), address)))
            throw new EndpointException($"{model.EndpointUrl} is not on the list of allowed endpoints.", mayPass: false);
        return new ModelEndpoint(CompletionsClient.To(address, patience, clock), server: null, model.EndpointModel ?? model.Name, weightsSha256: null);
    }
}
