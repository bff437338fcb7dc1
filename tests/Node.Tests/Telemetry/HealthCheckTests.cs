using FailureHistory.Messages;
using FailureHistory.Node.Http;
using FailureHistory.Node.Telemetry;
using FailureHistory.Node.Tests.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using Xunit;

namespace FailureHistory.Node.Tests.Telemetry;

/// <summary>The member as a health check of the application that hosts it.</summary>
[Trait("Rule", "R9.11")]
public sealed class HealthCheckTests
{
    [Fact]
    public async Task A_ready_member_is_healthy()
    {
        var entry = await Check(new Readiness(true, "ready", 7, []));

        Assert.Equal(HealthStatus.Healthy, entry.Status);
        Assert.Equal(7L, entry.Data["ringVersion"]);
        Assert.Contains("ready", entry.Tags);
    }

    [Fact]
    public async Task One_that_waits_is_unhealthy_and_says_what_for()
    {
        var entry = await Check(new Readiness(false, "no-majority", 7, ["start m2:8558", "or remove it"]));

        Assert.Equal(HealthStatus.Unhealthy, entry.Status);
        Assert.Equal("no-majority: start m2:8558; or remove it", entry.Description);
    }

    [Fact]
    public async Task One_that_can_not_tell_is_unhealthy()
    {
        var entry = await Check(new TryAgain("the actor system restarts"));

        Assert.Equal(HealthStatus.Unhealthy, entry.Status);
        Assert.Equal("the actor system restarts", entry.Description);
    }

    private static async Task<HealthReportEntry> Check(object reply)
    {
        var services = new ServiceCollection();
        services.AddLogging();
        var service = new FakeService();
        service.Replies(reply);
        services.AddSingleton<IFailureHistoryService>(service);
        services.AddHealthChecks().AddFailureHistory();
        await using var provider = services.BuildServiceProvider();
        var report = await provider.GetRequiredService<HealthCheckService>().CheckHealthAsync();
        return report.Entries["failure-history"];
    }
}
