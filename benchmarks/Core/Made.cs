using System.Globalization;
using FailureHistory.Core.History;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Replication;
using FailureHistory.Core.Time;

namespace FailureHistory.Core.Benchmarks;

/// <summary>Observations as the load driver reports them: of one node after the other, each of which changes the verdict of the same detector.</summary>
internal static class Made
{
    private static readonly Stamp Begin = Stamp.From(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));

    /// <summary>So many of each of so many nodes, round after round, a second apart; all within one segment where that is asked for.</summary>
    public static Observation[] Observations(int nodes, int each, int? segment = null)
    {
        var made = new Observation[nodes * each];
        var ids = Enumerable.Range(0, nodes).Select(node => IdOf(node, segment)).ToArray();
        for (var i = 0; i < made.Length; i++)
        {
            var at = Begin + TimeSpan.FromSeconds(i);
            made[i] = new Observation
            {
                Node = ids[i % nodes].Id,
                Name = ids[i % nodes].Name,
                Detector = "load",
                Kind = i / nodes % 2 == 0 ? ObservationKind.Failure : ObservationKind.Alive,
                At = at,
                ReceivedAt = at,
                Id = (((ulong)i + 1) * 0x9E3779B97F4A7C15).ToString("x16", CultureInfo.InvariantCulture),
                Accuracy = 80,
                Explicit = true,
                Total = 80,
            };
        }

        return made;
    }

    /// <summary>A copy of a segment with these.</summary>
    public static SegmentMachine Machine(IEnumerable<Observation> observations) => SegmentMachine.Restore(0, TimeSpan.FromMinutes(1), observations, []);

    private static (NodeId Id, string Name) IdOf(int node, int? segment)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"node-{node:d7}");
        var id = NodeId.FromName(name);
        return (segment is { } s ? new NodeId((id.Value >> 8) | ((UInt128)(uint)s << 120)) : id, name);
    }
}
