using System.Globalization;
using StepDpo.Core.Training;
using StepDpo.Web.Accounts;
using StepDpo.Web.Runs;
using StepDpo.Web.Security;

namespace StepDpo.Web.Training;

/// <summary>One line of a chart.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Values">A value a step; null where there is none.</param>
public sealed record ChartSeries(string Name, IReadOnlyList<double?> Values);

/// <summary>What <c>&lt;line-chart&gt;</c> draws.</summary>
/// <param name="Steps">The steps.</param>
/// <param name="Series">The lines.</param>
/// <param name="Checkpoints">Steps to mark.</param>
public sealed record ChartData(IReadOnlyList<int> Steps, IReadOnlyList<ChartSeries> Series, IReadOnlyList<int> Checkpoints);

/// <summary>Figures of a training run for its charts, thinned out to what a screen can show.</summary>
public static class MetricsEndpoint
{
    private const int Points = 600;

    /// <summary>Adds the address to the API.</summary>
    public static RouteGroupBuilder MapTrainingMetrics(this RouteGroupBuilder api)
    {
        api.MapGet("/projects/{ProjectId:long}/runs/{RunId:long}/metrics", ReadAsync).RequireAuthorization(Access.Reviewer);
        return api;
    }

    /// <summary>The address of one chart.</summary>
    public static string Address(long projectId, long runId, string fields) =>
        string.Create(CultureInfo.InvariantCulture, $"/api/projects/{projectId}/runs/{runId}/metrics?fields={Uri.EscapeDataString(fields)}&points={Points}");

    private static async Task<IResult> ReadAsync(
        long projectId, long runId, CurrentUser user, TrainingQueries queries, RunLog log, string fields = "loss", int points = Points, CancellationToken stop = default)
    {
        var names = fields.Split(',', StringSplitOptions.RemoveEmptyEntries);
        var series = await queries.SeriesAsync(user.Actor, projectId, runId, names, points, stop);
        return series.Succeeded
            ? Results.Ok(new ChartData(
                series.Value.Steps,
                [.. names.Select((name, i) => new ChartSeries(Words(name), series.Value.Values[i]))],
                log.Checkpoints(runId)))
            : series.Refusal.AsProblem();
    }

    private static string Words(string field) => field switch
    {
        "loss" => T("Loss"),
        "rewards/margins" => T("Margin"),
        "rewards/accuracies" => T("Accuracy"),
        "rewards/chosen" or "logps/chosen" => T("Winners"),
        "rewards/rejected" or "logps/rejected" => T("Losers"),
        "learning_rate" => T("Learning rate"),
        "grad_norm" => T("Norm"),
        _ => field,
    };
}
