using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace FailureHistory.Node.Telemetry;

/// <summary>
/// What a member tells of itself to monitoring: <c>/metrics</c> for Prometheus, and by OTLP, metrics and traces, where
/// <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> names a collector (OpenTelemetry's own variables say the rest).
/// </summary>
public static class MemberTelemetry
{
    /// <summary>The meter of every instrument of the service; for an application that is a member and has OpenTelemetry of its own: <c>AddMeter</c>.</summary>
    public const string MeterName = MemberMetrics.MeterName;

    /// <summary>The source of every span of the service: <c>AddSource</c>.</summary>
    public const string SourceName = Tracing.SourceName;

    private const string Endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";

    // The runtime's own meters: garbage collection and thread pool, requests by route and status, connections.
    private static readonly string[] Platform = ["System.Runtime", "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel"];

    internal static void AddMemberTelemetry(this IServiceCollection services, string instance, bool prometheus)
    {
        var collector = !string.IsNullOrWhiteSpace(Environment.GetEnvironmentVariable(Endpoint));
        var telemetry = services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService(
                "failure-history", serviceVersion: typeof(MemberTelemetry).Assembly.GetName().Version?.ToString(3), serviceInstanceId: instance))
            .WithMetrics(metrics =>
            {
                metrics.AddMeter([MeterName, .. Platform]);
                if (prometheus)
                {
                    metrics.AddPrometheusExporter();
                }

                if (collector)
                {
                    metrics.AddOtlpExporter();
                }
            });
        if (collector)
        {
            telemetry.WithTracing(traces => traces.AddSource(SourceName).AddAspNetCoreInstrumentation().AddOtlpExporter());
        }
    }
}
