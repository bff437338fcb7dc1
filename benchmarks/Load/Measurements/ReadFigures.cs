using System.Text.Json;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Ring;
using FailureHistory.Load.Driving;
using FailureHistory.Members;

namespace FailureHistory.Load.Measurements;

/// <summary>
/// States and histories, <c>consistency=one</c>, of nodes at random. Of three members each holds a copy of everything; of five, two lack each: there
/// each question goes, by the ring's own word, to a member that has the copy or to one that has not.
/// </summary>
internal static class ReadFigures
{
    private const int NodesOfEach = 100;
    private static readonly int[] Lengths = [100, 1_000];
    private static readonly int[] InFlight = [1, 64];

    private delegate Task<string?> Question(IService service, Known node, int turn, CancellationToken ct);

    public static Task States(Bench bench, CancellationToken ct) => Measure(bench, "state", async (service, node, turn, token) =>
    {
        var suspects = await service.Suspects(node.Name, turn, token).ConfigureAwait(false);
        return suspects == node.Fails ? null : suspects is null ? "no state" : "the wrong verdict";
    }, ct);

    public static Task Histories(Bench bench, CancellationToken ct) => Measure(bench, "history", async (service, node, turn, token) =>
    {
        var periods = await service.Periods(node.Name, turn, token).ConfigureAwait(false);
        return periods == node.Observations ? null : $"{periods} periods of {node.Observations}";
    }, ct);

    private static async Task Measure(Bench bench, string what, Question ask, CancellationToken ct)
    {
        await using (var three = await bench.Members(3, ct).ConfigureAwait(false))
        {
            var stored = await Stored(bench, three, ct).ConfigureAwait(false);
            await using var client = Bench.Client(three);
            await using var http = Bench.Http(three);
            await Each(bench, three, what, "three members", client, stored, Anyone, ask, ct).ConfigureAwait(false);
            await Each(bench, three, what, "three members", http, stored, Anyone, ask, ct).ConfigureAwait(false);
        }

        await using var five = await bench.Members(5, ct).ConfigureAwait(false);
        var placed = await Stored(bench, five, ct).ConfigureAwait(false);
        var holders = await Holders(five, ct).ConfigureAwait(false);
        await using var way = Bench.Http(five);
        await Each(bench, five, what, "at one of five that holds a copy", way, placed, (node, turn) => Pick(holders[node.Segment], turn, holds: true), ask, ct).ConfigureAwait(false);
        await Each(bench, five, what, "at one of five that does not", way, placed, (node, turn) => Pick(holders[node.Segment], turn, holds: false), ask, ct).ConfigureAwait(false);

        static int Anyone(Known node, int turn) => turn;
    }

    private static async Task Each(
        Bench bench, MemberSet set, string what, string where, IService service, IReadOnlyList<Known[]> nodes, Func<Known, int, int> member, Question ask, CancellationToken ct)
    {
        foreach (var of in nodes)
        {
            foreach (var inFlight in InFlight)
            {
                var random = Enumerable.Range(0, inFlight).Select(i => new Random(bench.Seed + i)).ToArray();
                await bench.Loop(
                    set, $"{what}, {service.Name}, {of[0].Observations:#,0} observations, {inFlight} in flight, {where}", inFlight == 1 ? LimitFigures.PingPong1 : LimitFigures.PingPong64, inFlight,
                    async (i, token) =>
                    {
                        var node = of[random[i].Next(of.Length)];
                        return (1, await ask(service, node, member(node, random[i].Next(1000)), token).ConfigureAwait(false));
                    }, ct).ConfigureAwait(false);
            }
        }
    }

    private static async Task<IReadOnlyList<Known[]>> Stored(Bench bench, MemberSet set, CancellationToken ct)
    {
        var all = new List<Known[]>();
        foreach (var length in Lengths)
        {
            var workload = new Workload($"read{length}", NodesOfEach, bench.Seed);
            await bench.Store(set, workload, length, points: 1, ct).ConfigureAwait(false);
            await bench.ReadBack(set, workload, ct).ConfigureAwait(false);
            await Bench.Rest(set, ct).ConfigureAwait(false);
            all.Add([.. Enumerable.Range(0, NodesOfEach).Select(i => new Known(workload[i], length, workload.Fails(i), Segments.Of(NodeId.FromIdOrName(workload[i]))))]);
        }

        return all;
    }

    // Which members hold which segment, by their places in the set.
    private static async Task<IReadOnlyList<bool[]>> Holders(MemberSet set, CancellationToken ct)
    {
        var ring = await set.Get(set.Members[0], "/v1/ring", ct).ConfigureAwait(false) ?? throw new InvalidOperationException($"expected an answer of {set.Members[0].Name} for /v1/ring\n{set.Logs}");
        return [.. ring.GetProperty("segments").EnumerateArray().OrderBy(s => s.GetProperty("segment").GetInt32()).Select(segment => Places(set, segment))];
    }

    private static bool[] Places(MemberSet set, JsonElement segment)
    {
        var ids = segment.GetProperty("members").EnumerateArray().Select(id => id.GetString()).ToHashSet();
        return [.. set.Members.Select(member => ids.Contains(member.Id))];
    }

    private static int Pick(bool[] holders, int turn, bool holds)
    {
        var place = turn % holders.Length;
        while (holders[place] != holds)
        {
            place = (place + 1) % holders.Length;
        }

        return place;
    }

    private sealed record Known(string Name, int Observations, bool Fails, int Segment);
}
