using Microsoft.EntityFrameworkCore;
using StepDpo.Core.Accounts;
using StepDpo.Core.Auditing;
using StepDpo.Core.Data;

namespace StepDpo.Core.Models;

/// <summary>A checkpoint that becomes a model.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Folder">Its Hugging Face folder, absolute.</param>
/// <param name="ParentId">The model that was trained.</param>
/// <param name="TrainingRunId">The run that trained it.</param>
/// <param name="TrainingStep">The run's step.</param>
public sealed record TrainedModel(string Name, string Folder, long ParentId, long TrainingRunId, int TrainingStep);

/// <summary>The models of the installation.</summary>
public sealed class ModelRegister(IDbContextFactory<StepDpoContext> contexts, TimeProvider clock)
{
    /// <summary>All models by name, retired ones last. For everybody with an open account.</summary>
    public async Task<Outcome<IReadOnlyList<LanguageModel>>> ListAsync(Actor actor, CancellationToken cancellationToken = default)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var open = await Administration.RequireOpenAccountAsync(context, actor, cancellationToken);
        if (!open.Succeeded) return open.Refusal;
        return await context.Set<LanguageModel>().AsNoTracking().OrderBy(m => m.RetiredAt != null).ThenBy(m => m.Name).ToArrayAsync(cancellationToken);
    }

    /// <summary>A model and what it was trained from, itself first, the oldest ancestor last. For everybody with an open account.</summary>
    public async Task<Outcome<IReadOnlyList<LanguageModel>>> LineageAsync(Actor actor, long modelId, CancellationToken cancellationToken = default)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var open = await Administration.RequireOpenAccountAsync(context, actor, cancellationToken);
        if (!open.Succeeded) return open.Refusal;
        var line = await LineageAsync(context, modelId, cancellationToken);
        return line.Count > 0 ? line.ToArray() : NoSuchModel;
    }

    /// <summary>The same for services that have checked the actor already; empty where there is no such model.</summary>
    public static async Task<IReadOnlyList<LanguageModel>> LineageAsync(StepDpoContext context, long modelId, CancellationToken cancellationToken = default)
    {
        var line = new List<LanguageModel>();
        // A parent is older than its child and never changes, so this ends.
        for (long? next = modelId; next is { } id;)
        {
            if (await context.Set<LanguageModel>().AsNoTracking().SingleOrDefaultAsync(m => m.Id == id, cancellationToken) is not { } model) break;
            line.Add(model);
            next = model.ParentId;
        }

        return line;
    }

    /// <summary>Asks for a model from a Hugging Face folder or a GGUF file of this machine; the worker then reads (or converts) it. For admins.</summary>
    /// <returns>Key of the model, which is <see cref="ModelState.Requested"/>.</returns>
    public async Task<Outcome<long>> RequestAsync(Actor actor, string name, string path, CancellationToken cancellationToken = default)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var admin = await Administration.RequireAdminAsync(context, actor, cancellationToken);
        if (!admin.Succeeded) return admin.Refusal;
        var words = Words.Needed("Path", "The path", path, 1000);
        if (!words.Succeeded) return words.Refusal;
        if (!Path.IsPathFullyQualified(words.Value)) return Refusal.Invalid("Path", $"The path must begin with /; found {words.Value}.");
        var full = Path.GetFullPath(words.Value);
        var isFolder = File.Exists(Path.Combine(full, "config.json"));
        if (!isFolder && !(File.Exists(full) && full.EndsWith(".gguf", StringComparison.OrdinalIgnoreCase)))
            return Refusal.Invalid("Path", $"{full}: found neither a folder with config.json nor a .gguf file.");
        return await StoreAsync(context, actor, name, "model.requested", checkedName => new LanguageModel
        {
            Name = checkedName,
            Kind = ModelKind.Folder,
            State = ModelState.Requested,
            ImportedFrom = full,
            CreatedById = actor.UserId,
            CreatedAt = clock.GetUtcNow(),
        }, cancellationToken);
    }

    /// <summary>Registers an OpenAI-compatible endpoint whose address is on the list of allowed ones. For admins.</summary>
    /// <param name="actor">Who.</param>
    /// <param name="name">Name of the model here.</param>
    /// <param name="url">Base address, such as <c>http://gpu7:8000/v1</c>.</param>
    /// <param name="endpointModel">What the endpoint calls the model.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public async Task<Outcome<long>> RegisterEndpointAsync(Actor actor, string name, string url, string endpointModel, CancellationToken cancellationToken = default)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var admin = await Administration.RequireAdminAsync(context, actor, cancellationToken);
        if (!admin.Succeeded) return admin.Refusal;
        var address = EndpointAddress.Parse(url);
        if (!address.Succeeded) return address.Refusal;
        var served = Words.Needed("EndpointModel", "The endpoint's name of the model", endpointModel, 200);
        if (!served.Succeeded) return served.Refusal;
        var allowed = await context.Set<AllowedEndpoint>().Select(e => e.BaseUrl).ToArrayAsync(cancellationToken);
        if (!allowed.Any(prefix => EndpointAddress.IsWithin(address.Value, prefix)))
            return Refusal.Invalid("Url", $"{address.Value} is not on the list of allowed endpoints.");
        return await StoreAsync(context, actor, name, "model.endpoint-registered", checkedName => new LanguageModel
        {
            Name = checkedName,
            Kind = ModelKind.Endpoint,
            State = ModelState.Ready,
            EndpointUrl = address.Value,
            EndpointModel = served.Value,
            CreatedById = actor.UserId,
            CreatedAt = clock.GetUtcNow(),
        }, cancellationToken);
    }

    /// <summary>Registers a checkpoint as a model; the worker then reads it. For admins, and for the training feature once it has checked the lead's role.</summary>
    public async Task<Outcome<long>> RegisterTrainedAsync(Actor actor, TrainedModel trained, CancellationToken cancellationToken = default)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var admin = await Administration.RequireAdminAsync(context, actor, cancellationToken);
        if (!admin.Succeeded) return admin.Refusal;
        if (await context.Set<LanguageModel>().AnyAsync(m => m.TrainingRunId == trained.TrainingRunId && m.TrainingStep == trained.TrainingStep, cancellationToken))
            return Refusal.Conflict($"Step {trained.TrainingStep} of this run is a model already.");
        return await StoreAsync(context, actor, trained.Name, "model.trained-registered", checkedName => new LanguageModel
        {
            Name = checkedName,
            Kind = ModelKind.Folder,
            State = ModelState.Requested,
            ImportedFrom = trained.Folder,
            ParentId = trained.ParentId,
            TrainingRunId = trained.TrainingRunId,
            TrainingStep = trained.TrainingStep,
            CreatedById = actor.UserId,
            CreatedAt = clock.GetUtcNow(),
        }, cancellationToken);
    }

    /// <summary>Takes a model out of the forms, or puts it back; runs that name it keep it. For admins.</summary>
    public async Task<Outcome<Done>> SetRetiredAsync(Actor actor, long modelId, bool retired, CancellationToken cancellationToken = default)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var admin = await Administration.RequireAdminAsync(context, actor, cancellationToken);
        if (!admin.Succeeded) return admin.Refusal;
        if (await context.Set<LanguageModel>().SingleOrDefaultAsync(m => m.Id == modelId, cancellationToken) is not { } model) return NoSuchModel;
        model.RetiredAt = retired ? model.RetiredAt ?? clock.GetUtcNow() : null;
        context.Audited(clock.GetUtcNow(), actor.UserId, null, retired ? "model.retired" : "model.put-back", nameof(LanguageModel), modelId);
        await context.SaveChangesAsync(cancellationToken);
        return Done.Value;
    }

    private static Refusal NoSuchModel => Refusal.NotFound("There is no such model.");

    private async Task<Outcome<long>> StoreAsync(
        StepDpoContext context, Actor actor, string name, string action, Func<string, LanguageModel> create, CancellationToken cancellationToken)
    {
        var words = Words.Needed("Name", "The name", name, 200);
        if (!words.Succeeded) return words.Refusal;
        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        var model = create(words.Value);
        context.Add(model);
        try
        {
            await context.SaveChangesAsync(cancellationToken);
        }
        catch (DbUpdateException e) when (e.IsDuplicate())
        {
            return Refusal.Invalid("Name", $"There is a model called {words.Value} already.");
        }

        context.Audited(clock.GetUtcNow(), actor.UserId, null, action, nameof(LanguageModel), model.Id, now: new { model.Name, model.ImportedFrom, model.EndpointUrl, model.ParentId });
        await context.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return model.Id;
    }
}
