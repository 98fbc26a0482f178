using Microsoft.EntityFrameworkCore;
using StepDpo.Contracts;
using StepDpo.Contracts.Completions;
using StepDpo.Core.Accounts;
using StepDpo.Core.Data;
using StepDpo.Core.Models;
using StepDpo.Core.Projects;
using StepDpo.Core.Runs;
using StepDpo.Core.Workers;

namespace StepDpo.Core.Sampling;

/// <summary>What a person wants to see of a model. Nothing of it is stored.</summary>
public sealed record PlaygroundRequest
{
    private const int MostSamples = 4;
    private const int MostTokens = 2048;
    private const int LongestPrompt = 20_000;

    /// <summary>The exact text that the model continues.</summary>
    public required string Prompt { get; init; }

    /// <summary>Temperature; 0 is greedy.</summary>
    public double Temperature { get; init; } = 0.8;

    /// <summary>Nucleus.</summary>
    public double TopP { get; init; } = 0.95;

    /// <summary>Most new tokens of a text.</summary>
    public int MaxTokens { get; init; } = 512;

    /// <summary>Texts.</summary>
    public int Samples { get; init; } = 1;

    /// <summary>Seed of the draws.</summary>
    public long Seed { get; init; } = 42;

    /// <summary>Says what is wrong with each field.</summary>
    public IEnumerable<(string Field, Sentence Message)> Problems()
    {
        if (Prompt.Length is 0 or > LongestPrompt) yield return (nameof(Prompt), $"The model needs 1 to {LongestPrompt} characters to read; found {Prompt.Length}.");
        foreach (var problem in TextLimits.Problems(Temperature, TopP, MaxTokens)) yield return problem;
        if (MaxTokens > MostTokens) yield return (nameof(MaxTokens), $"The playground samples at most {MostTokens} new tokens; found {MaxTokens}.");
        if (Samples is < 1 or > MostSamples) yield return (nameof(Samples), $"The playground samples 1 to {MostSamples} texts; found {Samples}.");
    }
}

/// <summary>What the playground is doing.</summary>
public enum PlaygroundStage
{
    /// <summary>The model is being loaded, or its endpoint opened.</summary>
    Loading,

    /// <summary>Texts are being sampled.</summary>
    Sampling,
}

/// <summary>What a model said.</summary>
/// <param name="Prompt">What it was given.</param>
/// <param name="Texts">The texts, in the order of their samples.</param>
/// <param name="Loading">Time until the model answered at all.</param>
/// <param name="Sampling">Time from the request to the texts.</param>
public sealed record PlaygroundAnswer(string Prompt, IReadOnlyList<ReceivedText> Texts, TimeSpan Loading, TimeSpan Sampling)
{
    /// <summary>A text as steps. Where the prompt ends within a step (<c>Step 1: </c>), the first step begins there.</summary>
    public SolutionSteps StepsOf(ReceivedText text)
    {
        var lastLine = Prompt[(Prompt.LastIndexOf('\n') + 1)..];
        return new SolutionSteps(lastLine.StartsWith("Step ", StringComparison.Ordinal) ? lastLine : "", text.Text);
    }
}

/// <summary>
/// Lets a person try a model: one request by the one way to sample (<see cref="ModelEndpoints"/>), with a device that no run uses
/// meanwhile. A worker that was started for it ends with the request (docs/decisions/0040).
/// </summary>
public sealed class Playground(IDbContextFactory<StepDpoContext> contexts, RunHost host, ModelEndpoints endpoints, TimeProvider clock)
{
    /// <summary>A request that takes longer is ended: runs may wait for its device.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    // Somebody sits before the page and waits.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Samples from a model. For admins, and for the leads of any project.</summary>
    /// <param name="actor">Who asks.</param>
    /// <param name="modelId">The model.</param>
    /// <param name="request">What is wanted.</param>
    /// <param name="onStage">Told when a stage begins.</param>
    /// <param name="cancellationToken">Ends the request and its worker at once, by <see cref="OperationCanceledException"/>.</param>
    public async Task<Outcome<PlaygroundAnswer>> SampleAsync(
        Actor actor, long modelId, PlaygroundRequest request, Action<PlaygroundStage>? onStage = null, CancellationToken cancellationToken = default)
    {
        if (await RefuseAsync(actor, cancellationToken) is { } refusal) return refusal;
        foreach (var (field, message) in request.Problems()) return Refusal.Invalid(field, message);
        if (await FindAsync(modelId, cancellationToken) is not { } model) return Refusal.NotFound("There is no such model.");
        if (model.State != ModelState.Ready) return Refusal.Conflict($"{model.Name} cannot be sampled yet: it has not been read.");

        using var limit = new CancellationTokenSource(Limit, clock);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            if (model.Kind == ModelKind.Endpoint) return await AskAsync(modelId, request, onStage, end.Token);
            var loan = await SlotLoan.TakeAsync(contexts, host, actor, end.Token);
            if (!loan.Succeeded) return loan.Refusal;
            await using (loan.Value) return await AskAsync(modelId, request, onStage, end.Token);
        }
        catch (EndpointException e)
        {
            return Refusal.Conflict(e.Message);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return Refusal.Conflict($"The texts were not done within {Limit.TotalMinutes:0} minutes. Ask for fewer tokens or samples.");
        }
    }

    private async Task<PlaygroundAnswer> AskAsync(long modelId, PlaygroundRequest request, Action<PlaygroundStage>? onStage, CancellationToken cancellationToken)
    {
        onStage?.Invoke(PlaygroundStage.Loading);
        var began = clock.GetTimestamp();
        await using var endpoint = await endpoints.OpenAsync(modelId, cancellationToken, Patience);
        var loading = clock.GetElapsedTime(began);
        onStage?.Invoke(PlaygroundStage.Sampling);
        began = clock.GetTimestamp();
        var choices = await endpoint.CompleteAsync(
            new CompletionRequest
            {
                Model = "",
                Prompt = [request.Prompt],
                N = request.Samples,
                Temperature = request.Temperature,
                TopP = request.TopP,
                MaxTokens = request.MaxTokens,
                Seed = request.Seed,
            },
            cancellationToken);
        return new PlaygroundAnswer(request.Prompt, [.. choices.Select(ReceivedText.Of)], loading, clock.GetElapsedTime(began));
    }

    private async Task<Refusal?> RefuseAsync(Actor actor, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var isAdmin = (await Administration.RequireAdminAsync(context, actor, cancellationToken)).Succeeded;
        return isAdmin || await Membership.ProjectsOf(context, actor, ProjectRole.Lead).AnyAsync(cancellationToken)
            ? null
            : Refusal.Forbidden("Only admins and leads of a project may sample from a model.");
    }

    private async Task<LanguageModel?> FindAsync(long modelId, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        return await context.Set<LanguageModel>().AsNoTracking().SingleOrDefaultAsync(m => m.Id == modelId, cancellationToken);
    }
}
