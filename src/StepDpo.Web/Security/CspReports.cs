using System.Collections.Concurrent;

namespace StepDpo.Web.Security;

/// <summary>What browsers say the policy stopped: logged, and the newest kept for the tests, which expect none.</summary>
public sealed partial class CspReports(ILogger<CspReports> logger)
{
    private const int Kept = 100;
    private const int LongestReport = 8 * 1024;

    private readonly ConcurrentQueue<string> _reports = new();

    /// <summary>The newest reports as received, oldest first.</summary>
    public IReadOnlyList<string> Newest => [.. _reports];

    /// <summary>Takes one report; what is longer than 8 KiB is cut.</summary>
    public async Task TakeAsync(Stream body, CancellationToken stop)
    {
        var bytes = new byte[LongestReport];
        var read = await body.ReadAtLeastAsync(bytes, LongestReport, throwOnEndOfStream: false, stop);
        var report = System.Text.Encoding.UTF8.GetString(bytes, 0, read).ReplaceLineEndings(" ");
        _reports.Enqueue(report);
        while (_reports.Count > Kept)
            _reports.TryDequeue(out _);
        LogReport(report.Length <= 500 ? report : report[..500]);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The content security policy stopped something: {Report}")]
    private partial void LogReport(string report);
}

/// <summary>The address that takes the reports.</summary>
public static class CspReportEndpoint
{
    /// <summary>Maps <see cref="SecurityHeaders.ReportPath"/>: anonymous, limited by address, without an answer.</summary>
    public static void MapCspReports(this IEndpointRouteBuilder app) =>
        app.MapPost(SecurityHeaders.ReportPath, async (HttpContext context, CspReports reports) =>
        {
            await reports.TakeAsync(context.Request.Body, context.RequestAborted);
            return Results.NoContent();
        }).AllowAnonymous().DisableAntiforgery().RequireRateLimiting(RateLimits.Reports);
}
