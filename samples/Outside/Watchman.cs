using FailureHistory.Client;
using FailureHistory.Messages;
using Microsoft.Extensions.Hosting;

namespace FailureHistory.Outside;

/// <summary>Asks for a node's state, reports on it, and prints each time that the probability of its failure crosses a half, until it is stopped.</summary>
internal sealed class Watchman(FailureHistoryClient client, string node) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await PrintState(stoppingToken);
        await foreach (var item in client.SubscribeAsync(new Subscribe([node], Above: 0.5), stoppingToken))
        {
            switch (item)
            {
                case Crossing crossing:
                    Console.WriteLine($"{crossing.Node.Name} is {(crossing.Direction == CrossingDirection.Up ? "down" : "up again")} since {crossing.At}: probability {crossing.Probability:0.00}");
                    break;
                case SubscriptionSynced:
                    Console.WriteLine("watching");
                    await Report("failure", stoppingToken);
                    await PrintState(stoppingToken);
                    await Report("alive", stoppingToken);
                    break;
                case SubscriptionGap gap:
                    Console.WriteLine($"something may have been missed: {gap.Reason}");
                    break;
            }
        }
    }

    private async Task PrintState(CancellationToken ct)
    {
        try
        {
            var state = await client.GetStateAsync(node, Consistency.Majority, ct);
            Console.WriteLine($"{node}: {state.Status.ToString().ToLowerInvariant()}, said by {string.Join(", ", state.Verdicts.Where(v => v.Suspects).Select(v => v.Detector).DefaultIfEmpty("nobody"))}");
        }
        catch (NodeNotFoundException)
        {
            Console.WriteLine($"{node}: nobody ever reported on it");
        }
    }

    private async Task Report(string kind, CancellationToken ct)
    {
        var outcome = await client.ReportAsync(new ReportedObservation { Node = node, Detector = "watchman", Kind = kind, Reason = "a sample" }, ct);
        Console.WriteLine($"reported {kind}: {(outcome.Accepted == 1 ? "stored" : "known already")}");
    }
}
