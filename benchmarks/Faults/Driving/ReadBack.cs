using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using FailureHistory.Members;

namespace FailureHistory.Faults.Driving;

/// <summary>
/// Whether all that was acknowledged is there, by a majority, at each member, and nothing that nobody sent; and soon on every copy (R9.3): a member that
/// holds one answers <c>consistency=one</c> from it.
/// </summary>
internal static class ReadBack
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);

    // The exchange interval, and half of it for the exchange itself on a busy machine.
    private static readonly TimeSpan OnAllCopiesWithin = TimeSpan.FromSeconds(15);

    /// <summary>What is not as it was acknowledged, a line for each node and member; how many acknowledged observations are missing at the member that lacks most; how many were read.</summary>
    public static async Task<(IReadOnlyList<string> Faults, long Lost, long Read)> Of(MemberSet set, IEnumerable<Ledger> ledgers, CancellationToken ct)
    {
        var faults = new ConcurrentQueue<string>();
        var lost = new ConcurrentDictionary<string, long>();
        var read = 0L;
        var begun = Stopwatch.GetTimestamp();
        var nodes = ledgers.SelectMany(ledger => ledger.Nodes.Select((node, index) => (Node: node, Acknowledged: ledger.AcknowledgedOf(index), Sent: ledger.SentOf(index)))).Where(n => n.Acknowledged > 0);
        var work = (from node in nodes.ToList() from member in set.Running.ToList() select (node, member)).ToList();
        var several = new ParallelOptions { MaxDegreeOfParallelism = 6, CancellationToken = ct };

        // Before any majority is read, which mends copies that differ.
        await Parallel.ForEachAsync(work, several, async (pair, token) =>
        {
            var ((node, acknowledged, _), member) = pair;
            var behind = await Behind(set, member, node, acknowledged, token).ConfigureAwait(false);
            while (behind > 0 && Stopwatch.GetElapsedTime(begun) < OnAllCopiesWithin)
            {
                await Task.Delay(200, token).ConfigureAwait(false); // nobody tells when copies are equal
                behind = await Behind(set, member, node, acknowledged, token).ConfigureAwait(false);
            }

            if (behind > 0)
            {
                faults.Enqueue($"{node} at {member.Name}: with consistency=one {behind} of {acknowledged} acknowledged lack after {Stopwatch.GetElapsedTime(begun).TotalSeconds:0} s");
            }
        }).ConfigureAwait(false);

        await Parallel.ForEachAsync(work, several, async (pair, token) =>
        {
            var ((node, acknowledged, sent), member) = pair;
            var stored = await Stored(set, member, node, "majority", token).ConfigureAwait(false);
            Interlocked.Add(ref read, stored.Count);
            var missing = Enumerable.Range(1, (int)acknowledged).Where(number => !stored.Contains(number)).ToList();
            lost.AddOrUpdate(member.Name, missing.Count, (_, sum) => sum + missing.Count);
            if (missing.Count > 0)
            {
                faults.Enqueue($"{node} at {member.Name}: 1 to {acknowledged} were acknowledged; {missing.Count} are missing: {string.Join(", ", missing.Take(10))}");
            }

            if (stored.Where(number => number > sent || number < 1).ToList() is { Count: > 0 } foreign)
            {
                faults.Enqueue($"{node} at {member.Name}: nobody sent {string.Join(", ", foreign.Take(10))}");
            }
        }).ConfigureAwait(false);
        return ([.. faults], lost.Values.DefaultIfEmpty().Max(), read);
    }

    private static async Task<long> Behind(MemberSet set, MemberProcess member, string node, long acknowledged, CancellationToken ct) =>
        acknowledged - (await Stored(set, member, node, "one", ct).ConfigureAwait(false)).Count(number => number <= acknowledged);

    private static async Task<HashSet<long>> Stored(MemberSet set, MemberProcess member, string node, string consistency, CancellationToken ct)
    {
        var stored = new HashSet<long>();
        string? cursor = null;
        var begun = Stopwatch.GetTimestamp();
        while (true)
        {
            var (status, page) = await set.Ask(member, $"/v1/nodes/{node}/observations?consistency={consistency}&limit=10000{(cursor is null ? string.Empty : $"&cursor={Uri.EscapeDataString(cursor)}")}", ct).ConfigureAwait(false);
            if (status == 404)
            {
                return stored;
            }

            if (status != 200)
            {
                if (Stopwatch.GetElapsedTime(begun) > Bound)
                {
                    throw new InvalidOperationException($"expected a read of {node} with {consistency} at {member.Name} within {Bound.TotalSeconds} s; seen: {status} {page}\n{set.Logs}");
                }

                // "Try again" is what it says.
                await Task.Delay(200, ct).ConfigureAwait(false);
                continue;
            }

            foreach (var observation in page!.Value.GetProperty("observations").EnumerateArray())
            {
                stored.Add(long.Parse(observation.GetProperty("id").GetString()!, CultureInfo.InvariantCulture));
            }

            if (page.Value.GetProperty("next").GetString() is not { } next)
            {
                return stored;
            }

            cursor = next;
        }
    }
}
