using StepDpo.Core.Agreement;
using StepDpo.Core.AnnotationFiles;
using StepDpo.Core.Annotations;
using StepDpo.Core.Evaluations;
using StepDpo.Core.Exams;
using StepDpo.Core.Models;
using StepDpo.Core.Pairs;
using StepDpo.Core.Progress;
using StepDpo.Core.Rectifications;
using StepDpo.Core.Runs;
using StepDpo.Core.Sampling;
using StepDpo.Core.Search;
using StepDpo.Core.Training;
using StepDpo.Core.Workers;

namespace StepDpo.Web.Hosting;

/// <summary>The loop: runs, their handlers and planners, and the workers that they start.</summary>
public static class RunHosting
{
    private const string DataFolder = "StepDpo:DataFolder";
    private const string Devices = "StepDpo:Devices";
    private const string RunsHere = "StepDpo:RunsHere";
    private const string Worker = "StepDpo:WorkerAssembly";

    /// <summary>Registers everything; this process executes runs unless <c>StepDpo:RunsHere</c> is false.</summary>
    public static void AddLoop(this IServiceCollection services, IConfiguration configuration)
    {
        if (configuration.GetSection(Devices).Get<string[]>() is { Length: > 0 } devices)
            services.AddSingleton(new RunHost { Devices = devices });
        services
            .AddWorkers(new WorkerOptions
            {
                Command = WorkerOptions.CommandFor(configuration[Worker] is { Length: > 0 } assembly ? assembly : BuiltWithTheSite()),
                DataFolder = Path.GetFullPath(configuration[DataFolder] ?? "data"),
            })
            .AddRuns()
            .AddSampling()
            .AddExams()
            .AddAnnotations()
            .AddAgreement()
            .AddAnnotationFiles()
            .AddRectifications()
            .AddPairs()
            .AddSearch()
            .AddTraining()
            .AddEvaluations()
            .AddProgress();
        if (configuration.GetValue(RunsHere, true))
            services.AddRunExecution().AddModelReading();
    }

    // Beside the site where it was published, in the build's folder where it was built: artifacts/bin/StepDpo.Worker/debug.
    private static string BuiltWithTheSite()
    {
        const string file = "StepDpo.Worker.dll";
        var here = new DirectoryInfo(AppContext.BaseDirectory);
        string[] places =
        [
            Path.Combine(here.Parent!.FullName, "Worker", file),
            Path.Combine(here.Parent.Parent!.FullName, "StepDpo.Worker", here.Name, file),
        ];
        return places.FirstOrDefault(File.Exists) ?? places[0];
    }
}
