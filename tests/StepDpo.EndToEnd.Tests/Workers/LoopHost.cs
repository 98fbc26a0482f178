using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using StepDpo.Contracts.Models;
using StepDpo.Contracts.Prompts;
using StepDpo.Contracts.Runs;
using StepDpo.Core.Data;
using StepDpo.Core.Evaluations;
using StepDpo.Core.Models;
using StepDpo.Core.Pairs;
using StepDpo.Core.Problems;
using StepDpo.Core.Projects;
using StepDpo.Core.Rectifications;
using StepDpo.Core.Runs;
using StepDpo.Core.Sampling;
using StepDpo.Core.Tests.Data;
using StepDpo.Core.Training;
using StepDpo.Core.Workers;
using StepDpo.EndToEnd.Tests.Support;

namespace StepDpo.EndToEnd.Tests.Workers;

/// <summary>The loop without a web site: database, queue, real workers, the nano arithmetic model and its problems.</summary>
public sealed class LoopHost : IAsyncDisposable
{
    private readonly Database _database;
    private IHost _host;

    private readonly bool _executes;

    private LoopHost(Database database, string dataFolder, bool executes)
    {
        (_database, DataFolder, _executes) = (database, dataFolder, executes);
        _host = Build();
    }

    /// <summary>Where models and runs lie.</summary>
    public string DataFolder { get; }

    /// <summary>The project's id.</summary>
    public long ProjectId { get; private set; }

    /// <summary>The nano model's id.</summary>
    public long ModelId { get; private set; }

    /// <param name="database">A database without runs.</param>
    /// <param name="executes">False: runs are only queued here, for another process to execute.</param>
    public static async Task<LoopHost> StartAsync(Database database, bool executes = true)
    {
        var host = new LoopHost(database, Directory.CreateTempSubdirectory("stepdpo-loop-").FullName, executes);
        await host.SeedAsync();
        await host._host.StartAsync();
        return host;
    }

    public T Get<T>() where T : notnull => _host.Services.GetRequiredService<T>();

    public StepDpoContext Context() => _database.CreateDbContext();

    public RunFolder Folder(long run) => new(Path.Combine(DataFolder, "runs", run.ToString(CultureInfo.InvariantCulture)));

    /// <summary>Ends the supervisor as a restart of the site does, and starts another.</summary>
    public async Task RestartAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
        _host = Build();
        await _host.StartAsync();
    }

    /// <summary>Waits until a run is over and answers its row.</summary>
    public async Task<Run> OverAsync(long run)
    {
        Run? row = null;
        await UntilAsync(async () => (row = await ReadAsync(run)).State.IsOver());
        return row!;
    }

    public async Task<Run> ReadAsync(long run)
    {
        await using var context = Context();
        return await context.Set<Run>().AsNoTracking().SingleAsync(r => r.Id == run);
    }

    /// <summary>Imported pairs: what a training reads, without the annotation that makes them.</summary>
    public async Task AddPairsAsync()
    {
        await using var context = Context();
        var revision = await context.Set<ProjectRevision>().Where(r => r.ProjectId == ProjectId).Select(r => r.Id).SingleAsync();
        for (var i = 0; i < 8; i++)
        {
            var (a, b) = (11 + i, 21 + 2 * i);
            var pair = new Contracts.PreferenceExample(
                "nano", $"Start with {a}. Add {b}.", "Step 1:", $" {a} plus {b} is {a + b}.", $" {a} plus {b} is {a + b + 1}.",
                $" {a} plus {b} is {a + b}.\nThe answer is {a + b}.", $" {a} plus {b} is {a + b + 1}.\nThe answer is {a + b + 1}.", $"{a + b}");
            context.Add(new PreferencePair
            {
                ProjectId = ProjectId,
                StatementSha256 = TextHash.Of(pair.Prompt),
                Dataset = pair.Dataset,
                Prompt = pair.Prompt,
                InitialReasonSteps = pair.InitialReasonSteps,
                Chosen = pair.Chosen,
                Rejected = pair.Rejected,
                FullChosen = pair.FullChosen,
                FullRejected = pair.FullRejected,
                Answer = pair.Answer,
                Sha256 = pair.Sha256(),
                Origin = RectificationOrigin.Sampled,
                RevisionId = revision,
                CreatedAt = World.Now,
            });
        }

        await context.SaveChangesAsync();
    }

    // What is waited for happens in other processes: looked at until a deadline.
    public static async Task UntilAsync(Func<Task<bool>> condition)
    {
        var clock = Stopwatch.StartNew();
        while (!await condition())
        {
            Assert.True(clock.Elapsed < TimeSpan.FromMinutes(3), "waited 3 minutes");
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
        foreach (var folder in Directory.Exists(Path.Combine(DataFolder, "runs")) ? Directory.GetDirectories(Path.Combine(DataFolder, "runs")) : [])
        {
            if (TrainingLauncher.OwnerOf(new RunFolder(folder)) is { } owner) await WorkerProcess.Adopt(owner).KillAsync();
        }

        Directory.Delete(DataFolder, recursive: true);
    }

    private IHost Build()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Logging.AddFilter(level => level >= LogLevel.Warning).AddConsole();
        var worker = Repository.Program("StepDpo.Worker");
        builder.Services
            .AddData(_database.ConnectionString)
            .AddSingleton(new RunHost { Poll = TimeSpan.FromMilliseconds(200), Heartbeat = TimeSpan.FromSeconds(1) })
            .AddRuns()
            .AddWorkers(new WorkerOptions { Command = WorkerOptions.CommandFor(worker), DataFolder = DataFolder, Threads = 1 })
            .AddSampling().AddRectifications().AddPairs().AddTraining().AddEvaluations();
        if (_executes) builder.Services.AddRunExecution();
        return builder.Build();
    }

    private async Task SeedAsync()
    {
        var world = new World(_database);
        ProjectId = (await world.ProjectAsync(new ProjectSettings { Template = PromptTemplate.NanoArithmetic, MaxTokens = 240, RectifyAtPrefixes = 1 })).Project.Id;
        // By a path of our own: a worker's command line then says whose it is.
        var folder = Path.Combine(DataFolder, "nano");
        Directory.CreateSymbolicLink(folder, Path.Combine(Repository.Root, "src/StepDpo.Demo/nano-arithmetic"));
        var model = new LanguageModel
        {
            Name = $"nano {ProjectId}",
            Kind = ModelKind.Folder,
            State = ModelState.Ready,
            Folder = folder,
            WeightsSha256 = ModelFolder.WeightsSha256(folder),
            CreatedAt = World.Now,
        };
        await _database.AddAsync(model);
        ModelId = model.Id;
        await AddProblemsAsync(Path.Combine(folder, "problems-pool.jsonl"), Split.Pool, 24);
        await AddProblemsAsync(Path.Combine(folder, "problems-heldout.jsonl"), Split.Test, 24);
    }

    private async Task AddProblemsAsync(string file, Split split, int count)
    {
        foreach (var line in File.ReadLines(file).Take(count))
        {
            using var row = JsonDocument.Parse(line);
            var statement = row.RootElement.GetProperty("problem").GetString()!;
            await _database.AddAsync(new Problem
            {
                ProjectId = ProjectId,
                Statement = statement,
                StatementSha256 = TextHash.Of(statement),
                Answer = row.RootElement.GetProperty("answer").GetString()!,
                Source = "nano",
                Split = split,
                CreatedAt = World.Now,
            });
        }
    }
}
