using FailureHistory.Fhs.Http;
using FailureHistory.Fhs.Output;

namespace FailureHistory.Fhs.Commands;

/// <summary><c>fhs cluster show</c>: the members as the one that answers sees them.</summary>
internal sealed class ClusterShowCommand : ServiceCommand
{
    public ClusterShowCommand(FhsEnvironment environment)
        : base(environment, "show", "Lists the members of the cluster and how they are.", "fhs cluster show")
    {
    }

    protected override async Task<int> RunAsync(Call call, CancellationToken cancel)
    {
        var reply = await call.Service.GetAsync("/v1/cluster", cancel);
        if (call.Json)
        {
            call.Screen.Json(reply.Body);
            return ExitCode.Done;
        }

        var cluster = reply.Read<ClusterShape>();
        call.Screen.Line($"cluster {cluster.ClusterId ?? "not formed yet"}, {(cluster.Members ?? []).Count} members");
        call.Screen.Table(
            ["Member", "Status", "In the ring", "Zone", "HTTP", "Akka", "Id"],
            (cluster.Members ?? []).Select(it => (IReadOnlyList<Cell>)
            [
                it.Name ?? "-", Screen.StatusCell(it.Status ?? "-"), it.InRing ? "yes" : "no", string.IsNullOrEmpty(it.Zone) ? "-" : it.Zone,
                it.Http ?? "-", it.Address ?? "-", it.Id,
            ]));
        return ExitCode.Done;
    }
}
