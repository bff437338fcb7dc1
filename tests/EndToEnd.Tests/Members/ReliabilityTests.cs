using System.Collections.Concurrent;
using System.Globalization;
using FailureHistory.EndToEnd.Tests.Lanl;
using FailureHistory.EndToEnd.Tests.Members.Harness;
using Xunit;

namespace FailureHistory.EndToEnd.Tests.Members;

/// <summary>R7.1 of every node of the imported LANL trace (the made-up one where that is not there), against arithmetic on the outages themselves.</summary>
[Collection(SharedClusterTests.Name)]
[Trait("Rule", "R7.1")]
public sealed class ReliabilityTests(Cluster3 cluster)
{
    // The whole trace; and a window that begins within it, in August 2003.
    public static TheoryData<string> Windows => ["14600d", $"{(int)(DateTime.UtcNow - new DateTime(2003, 8, 5, 0, 0, 0, DateTimeKind.Utc)).TotalDays}d"];

    [Theory]
    [MemberData(nameof(Windows))]
    public async Task Reliability_of_every_node_of_the_trace_is_what_its_outages_say(string window)
    {
        var faults = new ConcurrentQueue<string>();
        var failures = 0;
        await Parallel.ForEachAsync(cluster.Trace.Outages, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (node, _) =>
        {
            var reply = await cluster.Ring[1].Http.Get($"/v1/nodes/{Uri.EscapeDataString(node.Key)}/reliability?window={window}");
            if ((reply.IsOk ? Fault(reply, node.Value) : reply.ToString()) is { } fault)
            {
                faults.Enqueue($"{node.Key}: {fault}");
                return;
            }

            Interlocked.Add(ref failures, (int)reply["failures"]);
        });
        Assert.True(faults.IsEmpty, $"{faults.Count} of {cluster.Trace.Outages.Count} nodes differ, such as {string.Join("; ", faults.Take(3))}");
        Assert.True(failures > 0, "expected some failure in the window; came none");
    }

    // Ticks throughout, so that nothing is rounded but the means, which the service cuts at 100 ns.
    private static string? Fault(Reply reply, IReadOnlyList<(DateTime Down, DateTime Up, string? Cause)> outages)
    {
        var (from, to) = (Time((string)reply["window"]["from"]!), Time((string)reply["window"]["to"]!));
        long observed = (to - Later(from, outages[0].Down)).Ticks, failed = 0, repairTime = 0;
        int failures = 0, repairs = 0;
        (DateTime Down, DateTime Up)? last = null;
        foreach (var (down, up, _) in outages)
        {
            if (down == up)
            {
                continue; // no time passed: no period (R4.5), no failure
            }

            last = (down, up);
            failed += Math.Max(0, (up - Later(from, down)).Ticks);
            if (down >= from)
            {
                failures++;
                repairs++;
                repairTime += (up - down).Ticks;
            }
        }

        var expected = string.Create(
            CultureInfo.InvariantCulture,
            $"{failures} failures, availability {(double)(observed - failed) / observed:R}, observed {Seconds(observed)}, up {Seconds(observed - failed)}, failed {Seconds(failed)}, "
            + $"planned 0, unknown 0, mtbf {(failures == 0 ? "-" : Seconds((observed - failed) / failures))}, mttr {(repairs == 0 ? "-" : Seconds(repairTime / repairs))}, "
            + $"last {(last is { } l ? $"{l.Down:O} to {l.Up:O}, {Seconds((to - l.Up).Ticks)} ago" : "-")}, flapping {Flapping(outages, from)}");
        var lastFailure = reply.Body["lastFailure"];
        var seen = string.Create(
            CultureInfo.InvariantCulture,
            $"{(int)reply["failures"]} failures, availability {(double)reply["availability"]:R}, observed {Number(reply, "observed")}, up {Number(reply, "up")}, failed {Number(reply, "failed")}, "
            + $"planned {Number(reply, "planned")}, unknown {Number(reply, "unknown")}, mtbf {Number(reply, "mtbf")}, mttr {Number(reply, "mttr")}, "
            + $"last {(lastFailure is null ? "-" : $"{Time((string)lastFailure["from"]!):O} to {Time((string)lastFailure["to"]!):O}, {Number(reply, "sinceLastFailure")} ago")}, flapping {(bool)reply["flapping"]}");
        return expected == seen ? null : $"expected {expected}; came {seen}";
    }

    private static bool Flapping(IReadOnlyList<(DateTime Down, DateTime Up, string? Cause)> outages, DateTime from)
    {
        var begins = outages.Where(o => o.Down >= from && o.Down < o.Up).Select(o => o.Down).ToList();
        return Enumerable.Range(2, Math.Max(0, begins.Count - 2)).Any(i => begins[i] - begins[i - 2] < TimeSpan.FromHours(1));
    }

    private static string Number(Reply reply, string name) => reply.Body[name + "Seconds"] is { } value ? Seconds((long)((decimal)value * TimeSpan.TicksPerSecond)) : "-";

    private static string Seconds(long ticks) => ((decimal)ticks / TimeSpan.TicksPerSecond).ToString("0.#######", CultureInfo.InvariantCulture);

    private static DateTime Later(DateTime x, DateTime y) => x > y ? x : y;

    private static DateTime Time(string text) => DateTime.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal | DateTimeStyles.AssumeUniversal);
}
