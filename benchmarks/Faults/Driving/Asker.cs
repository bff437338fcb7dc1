using System.Collections.Concurrent;

namespace FailureHistory.Faults.Driving;

/// <summary>
/// A closed loop that asks for the state of nodes that something was acknowledged of. That such a node is unknown is wrong by any consistency (R6.6);
/// a majority must besides have seen what was acknowledged before it was asked (R6.5).
/// </summary>
internal sealed class Asker(Track track, IReadOnlyList<Ledger> ledgers, IWay way, ConcurrentQueue<string> wrong)
{
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(25);

    public async Task Run(CancellationToken ct)
    {
        while (!ct.IsCancellationRequested)
        {
            var ledger = ledgers[Random.Shared.Next(ledgers.Count)];
            var node = Random.Shared.Next(ledger.Nodes.Count);
            if (ledger.AcknowledgedOf(node) > 0)
            {
                await Ask(ledger, node, ct).ConfigureAwait(false);
            }

            await Task.Delay(Pace, ct).ConfigureAwait(false); // load, and not as much as the machine bears
        }
    }

    private async Task Ask(Ledger ledger, int node, CancellationToken ct)
    {
        var deadline = new Deadline();
        var why = string.Empty;
        while (!deadline.IsOver)
        {
            try
            {
                var majority = track.Kind == CallKind.ReadMajority;
                var acknowledged = ledger.AcknowledgedOf(node);
                var seen = await way.Verdict(ledger.Nodes[node], majority, ct).ConfigureAwait(false);
                if (seen is null || (majority && seen < acknowledged) || seen > ledger.SentOf(node))
                {
                    wrong.Enqueue($"{track.Name}: {ledger.Nodes[node]}: {acknowledged} were acknowledged; the verdict rests on {(seen is null ? "nothing: not found" : $"number {seen}")}");
                }

                track.Succeeded();
                return;
            }
            catch (NoProperAnswerException e)
            {
                why = e.Message;
            }

            await Task.Delay(Deadline.Pause, ct).ConfigureAwait(false); // backoff
        }

        track.Failed(why);
    }
}
