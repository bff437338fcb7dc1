using Akka.Actor;
using Akka.Configuration;
using FailureHistory.Client;
using FailureHistory.Messages;

namespace FailureHistory.Load.Driving;

/// <summary>The typed client (src/Client) in an actor system of its own, outside the cluster. It chooses the members itself.</summary>
internal sealed class ClientService : IService
{
    private readonly ActorSystem system;
    private readonly FailureHistoryClient client;

    public ClientService(IReadOnlyList<string> contacts)
    {
        system = ActorSystem.Create("load", ConfigurationFactory.ParseString("""
            akka.actor.provider = remote
            akka.loglevel = WARNING
            akka.remote.dot-netty.tcp { hostname = "127.0.0.1", port = 0, maximum-frame-size = 256000b }
            """).WithFallback(FailureHistoryClient.Configuration));
        client = FailureHistoryClient.Create(system, new FailureHistoryClientOptions { Contacts = contacts });
    }

    public string Name => "client";

    public async Task<Reported> Report(IReadOnlyList<Observed> observations, CancellationToken ct)
    {
        try
        {
            var outcome = await client.ReportAsync(
                [.. observations.Select(o => new ReportedObservation { Id = o.Id, Node = o.Node, Detector = o.Detector, Kind = o.Kind })], ct).ConfigureAwait(false);
            var acknowledged = outcome.Accepted + outcome.Duplicates;
            return new Reported(acknowledged, acknowledged == observations.Count ? null : "not all acknowledged");
        }
        catch (FailureHistoryException e)
        {
            return new Reported(0, e.GetType().Name);
        }
    }

    public async Task<bool?> Suspects(string node, string detector, CancellationToken ct)
    {
        try
        {
            var state = await client.GetStateAsync(node, Consistency.One, ct).ConfigureAwait(false);
            return state.Verdicts.Where(v => v.Detector == detector).Select(v => (bool?)v.Suspects).FirstOrDefault();
        }
        catch (FailureHistoryException)
        {
            return null;
        }
    }

    public async Task<IReadOnlyCollection<string>> Stored(string node, CancellationToken ct)
    {
        var ids = new List<string>();
        await foreach (var observation in client.ReadObservationsAsync(new GetObservations(node, Consistency: Consistency.Majority), ct).ConfigureAwait(false))
        {
            ids.Add(observation.Id);
        }

        return ids;
    }

    public async ValueTask DisposeAsync()
    {
        await client.DisposeAsync().ConfigureAwait(false);
        await system.Terminate().ConfigureAwait(false);
    }
}
