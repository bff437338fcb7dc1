using System.Globalization;
using Akka.Actor;
using Akka.Configuration;
using FailureHistory.Client;
using FailureHistory.Messages;

namespace FailureHistory.Faults.Driving;

/// <summary>The typed client (src/Client), as it comes, in an actor system of its own outside the cluster.</summary>
internal sealed class ClientWay : IWay, IAsyncDisposable
{
    private readonly ActorSystem system;
    private readonly FailureHistoryClient client;

    /// <param name="contacts">Akka addresses of members.</param>
    /// <param name="deadline">How long a call may take.</param>
    public ClientWay(IReadOnlyList<string> contacts, TimeSpan deadline)
    {
        system = ActorSystem.Create("faults", ConfigurationFactory.ParseString("""
            akka.actor.provider = remote
            akka.loglevel = WARNING
            akka.stdout-loglevel = OFF
            akka.loggers = []
            akka.remote.log-remote-lifecycle-events = off
            akka.remote.dot-netty.tcp { hostname = "127.0.0.1", port = 0, maximum-frame-size = 256000b }
            """).WithFallback(FailureHistoryClient.Configuration));
        client = FailureHistoryClient.Create(system, new FailureHistoryClientOptions { Contacts = contacts, Timeout = deadline, ReportDeadline = deadline });
    }

    public async Task<IReadOnlyList<Reported>> Report(IReadOnlyList<Reported> observations, CancellationToken ct)
    {
        try
        {
            var outcome = await client.ReportAsync(
                [.. observations.Select(o => new ReportedObservation { Id = o.Id, Node = o.Node, Detector = o.Detector, Kind = o.Kind })], ct).ConfigureAwait(false);
            return outcome.Rejected.Count == 0 ? [] : throw new WrongAnswerException($"a report was rejected: {outcome.Rejected[0].Error}");
        }
        catch (ReportIncompleteException e)
        {
            return e.Outcome.Unstored.Count == observations.Count ? throw new NoProperAnswerException(e.Message) : [.. e.Outcome.Unstored.Select(i => observations[i])];
        }
        catch (FailureHistoryException e)
        {
            throw new NoProperAnswerException(e.Message);
        }
    }

    public async Task<long?> Verdict(string node, bool majority, CancellationToken ct)
    {
        try
        {
            var state = await client.GetStateAsync(node, majority ? Consistency.Majority : Consistency.One, ct).ConfigureAwait(false);
            return !state.Complete ? throw new NoProperAnswerException("an answer marked incomplete") : state.Verdicts.Where(v => v.Detector == Ledger.Detector).Select(v => (long?)long.Parse(v.Observation!, CultureInfo.InvariantCulture)).FirstOrDefault() ?? 0;
        }
        catch (NodeNotFoundException)
        {
            return null;
        }
        catch (FailureHistoryException e)
        {
            throw new NoProperAnswerException(e.Message);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await client.DisposeAsync().ConfigureAwait(false);
        await system.Terminate().ConfigureAwait(false);
    }
}
