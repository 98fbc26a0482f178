using System.Globalization;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using StepDpo.Contracts.Runs;
using StepDpo.Core.Data;
using StepDpo.Core.Models;
using StepDpo.Core.Runs;
using StepDpo.Core.Workers;

namespace StepDpo.Core.Training;

/// <summary>Makes a training run's checkpoint a model that runs can name.</summary>
public sealed class TrainedModels(IDbContextFactory<StepDpoContext> contexts, WorkerOptions options, TimeProvider clock)
{
    // What training goes on from, and what the model does not need.
    private static readonly string[] TrainingOnly = ["optimizer.safetensors", "trainer.json", RunFolder.ManifestName];

    /// <summary>Registers the newest checkpoint; does nothing where that was done before.</summary>
    /// <returns>The model's name.</returns>
    /// <exception cref="ClaimLostException">Another attempt holds the run.</exception>
    /// <exception cref="RunFailedException">The run left no checkpoint.</exception>
    public async Task<string> RegisterAsync(RunClaim claim, Run run, RunFolder folder)
    {
        if (folder.CheckpointSteps() is not [var step, ..]) throw new RunFailedException("The training worker left no checkpoint.");
        var checkpoint = folder.Checkpoint(step);
        var manifest = JsonSerializer.Deserialize<CheckpointManifest>(
            await File.ReadAllBytesAsync(Path.Combine(checkpoint, RunFolder.ManifestName)), RunJson.Indented)!;
        var target = Path.Combine(options.ModelsFolder, string.Create(CultureInfo.InvariantCulture, $"run-{run.Id}-step-{step}"));
        Copy(checkpoint, target);

        await using var context = await contexts.CreateDbContextAsync();
        await using var transaction = await context.Database.BeginTransactionAsync();
        await RunQueue.FenceAsync(context, claim, CancellationToken.None);
        if (await context.Set<LanguageModel>().Where(m => m.TrainingRunId == run.Id && m.TrainingStep == step).Select(m => m.Name).SingleOrDefaultAsync() is { } known) return known;
        var parent = await context.Set<LanguageModel>().AsNoTracking().SingleAsync(m => m.Id == run.ModelId);
        var suffix = string.Create(CultureInfo.InvariantCulture, $" (run {run.Id}, step {step})");
        var model = new LanguageModel
        {
            Name = run.Name[..Math.Min(run.Name.Length, 200 - suffix.Length)] + suffix,
            Kind = ModelKind.Folder,
            State = ModelState.Ready,
            Folder = target,
            WeightsSha256 = manifest.WeightsSha256,
            Architecture = parent.Architecture,
            Parameters = parent.Parameters,
            ContextLength = parent.ContextLength,
            Dtype = DtypeOf(target),
            ParentId = parent.Id,
            TrainingRunId = run.Id,
            TrainingStep = step,
            CreatedById = run.CreatedById,
            CreatedAt = clock.GetUtcNow(),
        };
        context.Add(model);
        await context.SaveChangesAsync();
        await transaction.CommitAsync();
        return model.Name;
    }

    // What was trained may be stored in another type than its parent's; the worker writes the type into the checkpoint's config.
    private static string? DtypeOf(string folder)
    {
        using var config = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "config.json")));
        return config.RootElement.TryGetProperty("torch_dtype", out var dtype) || config.RootElement.TryGetProperty("dtype", out dtype) ? dtype.GetString() : null;
    }

    // A copy of its own: the run folder may be cleared, and checkpoints go by themselves.
    private static void Copy(string checkpoint, string target)
    {
        if (Directory.Exists(target)) return;
        var staging = target + ".tmp";
        if (Directory.Exists(staging)) Directory.Delete(staging, recursive: true);
        Directory.CreateDirectory(staging);
        foreach (var file in Directory.EnumerateFiles(checkpoint))
        {
            var name = Path.GetFileName(file);
            if (!TrainingOnly.Contains(name)) File.Copy(file, Path.Combine(staging, name));
        }

        Directory.Move(staging, target);
    }
}
