using Akka.Actor;
using Akka.Configuration;
using FailureHistory.Client;
using FailureHistory.Messages;

namespace FailureHistory.Load.Driving;

/// <summary>The typed client (src/Client) in an actor system of its own, outside the cluster. It chooses the members itself: one gate for all its reports.</summary>
internal sealed class ClientService : IService
{
    private readonly FailureHistoryClient client;

    public ClientService(IReadOnlyList<string> contacts)
    {
        System = ActorSystem.Create("load", Configuration);
        client = FailureHistoryClient.Create(System, new FailureHistoryClientOptions { Contacts = contacts });
    }

    /// <summary>Of actor systems that speak to members.</summary>
    public static Config Configuration { get; } = ConfigurationFactory.ParseString("""
        akka.actor.provider = remote
        akka.loglevel = WARNING
        akka.log-dead-letters = off
        akka.log-dead-letters-during-shutdown = off
        akka.remote.log-remote-lifecycle-events = off
        akka.remote.dot-netty.tcp { hostname = "127.0.0.1", port = 0, maximum-frame-size = 256000b }
        """).WithFallback(FailureHistoryClient.Configuration);

    public ActorSystem System { get; }

    public string Name => "client";

    public async Task<string?> Report(Batch batch, int turn, CancellationToken ct)
    {
        try
        {
            var outcome = await client.ReportAsync(batch.ToReport(), ct).ConfigureAwait(false);
            return outcome.Accepted + outcome.Duplicates == batch.Count ? null : "not all acknowledged";
        }
        catch (FailureHistoryException e)
        {
            return e.GetType().Name;
        }
    }

    public async Task<bool?> Suspects(string node, int turn, CancellationToken ct)
    {
        try
        {
            var state = await client.GetStateAsync(node, Consistency.One, ct).ConfigureAwait(false);
            foreach (var verdict in state.Verdicts)
            {
                if (verdict.Detector == Workload.Detector)
                {
                    return verdict.Suspects;
                }
            }

            return null;
        }
        catch (FailureHistoryException)
        {
            return null;
        }
    }

    public async Task<int> Periods(string node, int turn, CancellationToken ct)
    {
        try
        {
            var periods = 0;
            for (var page = new GetHistory(node); ;)
            {
                var history = await client.GetHistoryAsync(page, ct).ConfigureAwait(false);
                periods += history.Periods.Count;
                if (history.Next is null)
                {
                    return periods;
                }

                page = page with { Cursor = history.Next };
            }
        }
        catch (FailureHistoryException)
        {
            return 0;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await client.DisposeAsync().ConfigureAwait(false);
        await System.Terminate().ConfigureAwait(false);
    }
}
