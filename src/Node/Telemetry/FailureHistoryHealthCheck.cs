using FailureHistory.Messages;
using FailureHistory.Node.Http;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace FailureHistory.Node.Telemetry;

/// <summary>
/// The member's readiness (R9.11) as a health check of ASP.NET Core: healthy when <c>/readyz</c> says 200, unhealthy with what it waits for, in
/// words, when not. In <c>data</c>: <c>status</c>, <c>ringVersion</c>, <c>waitsFor</c>.
/// </summary>
public sealed class FailureHistoryHealthCheck(IFailureHistoryService service) : IHealthCheck
{
    /// <inheritdoc/>
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(context);
        var reply = await service.Ask(new GetReadiness(), cancellationToken).ConfigureAwait(false);
        if (reply is not Readiness readiness)
        {
            var reason = reply is TryAgain again ? again.Reason : $"the member replied with {reply.GetType().Name}";
            return new HealthCheckResult(context.Registration.FailureStatus, reason);
        }

        var data = new Dictionary<string, object>
        {
            ["status"] = readiness.Status, ["ringVersion"] = readiness.RingVersion, ["waitsFor"] = readiness.WaitsFor,
        };
        return readiness.Ready
            ? HealthCheckResult.Healthy(readiness.Status, data)
            : new HealthCheckResult(context.Registration.FailureStatus, $"{readiness.Status}: {string.Join("; ", readiness.WaitsFor)}", data: data);
    }
}

/// <summary>Adds the check.</summary>
public static class FailureHistoryHealthCheckExtensions
{
    /// <summary>Adds <see cref="FailureHistoryHealthCheck"/> under the name <c>failure-history</c>, tagged <c>ready</c>.</summary>
    public static IHealthChecksBuilder AddFailureHistory(this IHealthChecksBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.AddCheck<FailureHistoryHealthCheck>("failure-history", tags: ["ready"]);
    }
}
