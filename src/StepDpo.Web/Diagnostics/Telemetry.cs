using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace StepDpo.Web.Diagnostics;

/// <summary>OpenTelemetry, sent only where <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> says; nothing leaves the machine without it.</summary>
public static class Telemetry
{
    /// <summary>Registers traces and metrics of requests when a collector is named.</summary>
    public static void AddTelemetry(this IServiceCollection services, IConfiguration configuration)
    {
        if (string.IsNullOrWhiteSpace(configuration["OTEL_EXPORTER_OTLP_ENDPOINT"]))
            return;
        services.AddOpenTelemetry()
            .WithTracing(traces => traces.AddAspNetCoreInstrumentation())
            .WithMetrics(metrics => metrics.AddAspNetCoreInstrumentation().AddMeter("System.Runtime", "Microsoft.AspNetCore.Components.Server.Circuits"))
            .UseOtlpExporter();
    }
}
