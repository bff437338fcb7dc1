using FailureHistory.Core.Identity;
using FailureHistory.Core.Ring;

namespace FailureHistory.Faults.Driving;

/// <summary>
/// The nodes of one reporter, and what was acknowledged of each. Every observation changes the verdict of its node, and the next is made only when
/// the one before is acknowledged: so what is acknowledged of a node is 1 to some number, each a report that no compaction may drop (R2.6).
/// </summary>
internal sealed class Ledger
{
    public const string Detector = "faults";

    private readonly long[] sent;
    private readonly long[] acknowledged;
    private int next;

    /// <param name="name">The beginning of the nodes' names.</param>
    /// <param name="count">How many nodes.</param>
    /// <param name="suits">Which segments they may lie in.</param>
    public Ledger(string name, int count, Func<int, bool> suits)
    {
        var nodes = new List<string>(count);
        for (var i = 0; nodes.Count < count; i++)
        {
            if (suits(Segments.Of(NodeId.FromIdOrName($"{name}-{i}"))))
            {
                nodes.Add($"{name}-{i}");
            }
        }

        Nodes = nodes;
        sent = new long[count];
        acknowledged = new long[count];
    }

    public IReadOnlyList<string> Nodes { get; }

    /// <summary>How many observations of all nodes are acknowledged.</summary>
    public long Acknowledged => Enumerable.Range(0, Nodes.Count).Sum(AcknowledgedOf);

    /// <summary>The number of the last observation of a node that is acknowledged; 0 for none.</summary>
    public long AcknowledgedOf(int node) => Volatile.Read(ref acknowledged[node]);

    /// <summary>The number of the last observation of a node that was sent.</summary>
    public long SentOf(int node) => Volatile.Read(ref sent[node]);

    /// <summary>The next so many, of as many different nodes.</summary>
    public IReadOnlyList<Reported> Next(int count)
    {
        var batch = new List<Reported>(count);
        for (var i = 0; i < count; i++)
        {
            var node = next++ % Nodes.Count;
            var number = Interlocked.Increment(ref sent[node]);
            batch.Add(new Reported(node, $"{number}", Nodes[node], Detector, number % 2 == 1 ? "failure" : "alive"));
        }

        return batch;
    }

    public void Acknowledge(Reported observation) =>
        Volatile.Write(ref acknowledged[observation.Index], long.Parse(observation.Id, System.Globalization.CultureInfo.InvariantCulture));
}

/// <summary>One observation as it is sent.</summary>
internal sealed record Reported([property: System.Text.Json.Serialization.JsonIgnore] int Index, string Id, string Node, string Detector, string Kind);
