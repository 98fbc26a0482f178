using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using StepDpo.Contracts.Models;
using StepDpo.Contracts.Runs;
using StepDpo.Core.Data;
using StepDpo.Core.Workers;

namespace StepDpo.Core.Models;

/// <summary>
/// Reads the models that admins asked for, as long as the process lives: <c>stepdpo-worker inspect</c> looks at a folder,
/// <c>import</c> turns a GGUF file into one. The web process never opens a weight file itself.
/// </summary>
public sealed class ModelReading(
    ModelIntake intake, WorkerOptions workers, IDbContextFactory<StepDpoContext> contexts, TimeProvider clock, ILogger<ModelReading> log) : BackgroundService
{
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(1);

    // Any number of sites may run; one reads at a time, for two imports into one folder would meet.
    private const long ReadingLock = 0x4D6F_6465_6C73;

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Poll, clock);
        do
        {
            try
            {
                await ReadWaitingAsync(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                log.LogError(e, "Models that wait could not be read; it is tried again.");
            }
        }
        while (await NextTickAsync(timer, stoppingToken));
    }

    private static async Task<bool> NextTickAsync(PeriodicTimer timer, CancellationToken stopping)
    {
        try
        {
            return await timer.WaitForNextTickAsync(stopping);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private async Task ReadWaitingAsync(CancellationToken cancellationToken)
    {
        if ((await intake.WaitingAsync(cancellationToken)).Count == 0) return;
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        // The lock belongs to the transaction: it ends with the connection, however that ends.
        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        var held = await context.Database.SqlQuery<bool>($"""SELECT pg_try_advisory_xact_lock({ReadingLock}) AS "Value" """).ToListAsync(cancellationToken);
        if (!held[0]) return;
        foreach (var model in await intake.WaitingAsync(cancellationToken)) await ReadAsync(model, cancellationToken);
    }

    private async Task ReadAsync(LanguageModel model, CancellationToken cancellationToken)
    {
        var from = model.ImportedFrom!;
        var (exitCode, output, error) = await RunAsync(Arguments(model, from), cancellationToken);
        if (exitCode == WorkerExitCode.Done)
        {
            await intake.ReadAsync(model.Id, JsonSerializer.Deserialize<ModelDescription>(output, RunJson.Line)!, cancellationToken);
            return;
        }

        log.LogWarning("Model {Model} was refused: {Error}", model.Id, error);
        var reason = error.Trim();
        await intake.RefuseAsync(
            model.Id,
            reason.Length > 0 ? reason[..Math.Min(reason.Length, 4000)] : string.Create(CultureInfo.InvariantCulture, $"The worker ended with code {exitCode} and said nothing."),
            cancellationToken);
    }

    private IReadOnlyList<string> Arguments(LanguageModel model, string from)
    {
        if (Directory.Exists(from)) return ["inspect", from];
        Directory.CreateDirectory(workers.ModelsFolder);
        var target = Path.Combine(workers.ModelsFolder, string.Create(CultureInfo.InvariantCulture, $"model-{model.Id}"));
        // What a killed import left was never named to anybody.
        if (Directory.Exists(target)) Directory.Delete(target, recursive: true);
        return ["import", from, target];
    }

    private async Task<(int ExitCode, string Output, string Error)> RunAsync(IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        var command = workers.CommandLine(arguments);
        var start = new ProcessStartInfo(command[0], command.Skip(1)) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
            var error = process.StandardError.ReadToEndAsync(cancellationToken);
            await process.WaitForExitAsync(cancellationToken);
            return (process.ExitCode, await output, await error);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }
}
