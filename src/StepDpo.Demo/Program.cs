using System.Globalization;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using Npgsql;
using StepDpo.Core.Accounts;
using StepDpo.Core.Annotations;
using StepDpo.Core.Data;
using StepDpo.Core.Evaluations;
using StepDpo.Core.Exams;
using StepDpo.Core.Models;
using StepDpo.Core.Pairs;
using StepDpo.Core.Problems;
using StepDpo.Core.Projects;
using StepDpo.Core.Rectifications;
using StepDpo.Core.Runs;
using StepDpo.Core.Sampling;
using StepDpo.Core.Training;
using StepDpo.Core.Workers;
using StepDpo.Demo;

// Numbers are printed as the tests read them, whatever the machine's language is.
CultureInfo.DefaultThreadCurrentCulture = CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;

var size = DemoSize.Parse(args);
var builder = Host.CreateApplicationBuilder();
// Warnings go to the error stream: the table of stages is the output, and a line of it must stay whole.
builder.Logging.ClearProviders().AddSimpleConsole().AddFilter("Microsoft", LogLevel.Warning).SetMinimumLevel(LogLevel.Warning);
builder.Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
var connection = builder.Configuration.GetConnectionString("StepDpo")
    ?? throw new InvalidOperationException("ConnectionStrings__StepDpo is missing; ./stepdpo demo sets it");
var owner = builder.Configuration.GetConnectionString("StepDpoOwner") ?? connection;
var worker = builder.Configuration["StepDpo:WorkerAssembly"] ?? Path.Combine(AppContext.BaseDirectory, "..", "Worker", "StepDpo.Worker.dll");
var data = Path.GetFullPath(builder.Configuration["StepDpo:DataFolder"] ?? "data");

builder.Services
    .AddData(connection)
    // One thread: the model is so small that a second one costs more than it brings (docs/measurements.md).
    .AddWorkers(new WorkerOptions { Command = WorkerOptions.CommandFor(worker), DataFolder = data, Niceness = 0, Threads = 1 })
    .AddAccounts()
    .AddProjects()
    .AddProblems()
    .AddModels()
    .AddModelReading()
    .AddRuns()
    .AddSampling()
    .AddExams()
    .AddAnnotations()
    .AddRectifications()
    .AddPairs()
    .AddTraining()
    .AddEvaluations()
    .AddRunExecution()
    .AddSingleton<Team>()
    .AddSingleton<OracleAtWork>()
    .AddSingleton<Loop>();

await DatabaseSetup.MigrateAsync(owner, new NpgsqlConnectionStringBuilder(connection).Username!);
using var host = builder.Build();
await host.StartAsync();
try
{
    await host.Services.GetRequiredService<Loop>().RunAsync(size, host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping);
}
finally
{
    await host.StopAsync();
}
