using System.Collections.Immutable;
using Akka.DistributedData;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Notifications;
using FailureHistory.Core.Time;
using FailureHistory.Messages.Wire;

namespace FailureHistory.Node.Notifications;

/// <summary>
/// What the subscribers of one member want to know (DESIGN D12): changes of nodes that match, where P crosses one of the lines, their thresholds.
/// Always small: with many patterns it is all nodes, with many thresholds every change.
/// </summary>
internal sealed class InterestFilter
{
    private const int MostPatterns = 200;
    private const int MostLines = 64;

    private readonly double[] lines;

    private InterestFilter(NodePatterns nodes, IEnumerable<double> lines)
    {
        Nodes = nodes;
        this.lines = [.. lines.Distinct().Order()];
    }

    public NodePatterns Nodes { get; }

    public IReadOnlyList<double> Lines => lines;

    /// <summary>The filter of these subscriptions, of which there must be one at least.</summary>
    public static InterestFilter Of(IReadOnlyCollection<(NodePatterns Nodes, Threshold Threshold)> subscriptions)
    {
        var nodes = NodePatterns.Union(subscriptions.Select(s => s.Nodes));
        var lines = subscriptions.SelectMany(s => new[] { s.Threshold.Above, s.Threshold.Below }).Distinct().ToList();
        return new InterestFilter(nodes.Count > MostPatterns ? NodePatterns.All : nodes, lines.Count > MostLines ? [] : lines);
    }

    public static InterestFilter FromWire(NodePatterns nodes, IEnumerable<double> lines) => new(nodes, lines);

    /// <summary>Whether a change from one P to another is on two sides of a line. No lines: always.</summary>
    public bool IsCrossed(double? before, double? after)
    {
        if (lines.Length == 0 || (before is null) != (after is null))
        {
            return true;
        }

        foreach (var line in lines)
        {
            if ((before >= line) != (after >= line))
            {
                return true;
            }
        }

        return false;
    }
}

/// <summary>What anybody wants to know: an immutable value that every SegmentActor reads at each commit.</summary>
internal sealed class InterestView(IReadOnlyList<InterestFilter> filters)
{
    public static InterestView None { get; } = new([]);

    public bool IsEmpty => filters.Count == 0;

    public bool Matches(NodeId node, string? name, string? address)
    {
        foreach (var filter in filters)
        {
            if (filter.Nodes.Matches(node, name, address))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>
    /// Whether somebody wants to know of what came after a moment: between two presents a line was crossed that is theirs. What came by late
    /// reports and went again counts only by where it ended (R8.2).
    /// </summary>
    public bool Wants(PresentSequence reading, Stamp before, CrossingRules rules)
    {
        foreach (var filter in filters)
        {
            if (filter.Nodes.Matches(reading.Node, reading.Name, reading.Hardware?.Canonical) && IsCrossed(filter, reading, before, rules))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsCrossed(InterestFilter filter, PresentSequence reading, Stamp before, CrossingRules rules)
    {
        double? last = 0;
        foreach (var step in reading.Steps)
        {
            if (step.ReceivedAt <= before)
            {
                last = step.Probability;
            }
            else if (step == reading.Last || step.ReceivedAt - step.From <= rules.LateAfter)
            {
                if (filter.IsCrossed(last, step.Probability))
                {
                    return true;
                }

                last = step.Probability;
            }
        }

        return false;
    }
}

/// <summary>The filters of all members, in DistributedData: of one member what it said last (by its counter).</summary>
internal sealed class InterestMap(ImmutableDictionary<MemberId, (long Counter, InterestFilter? Filter)> members) : IReplicatedData<InterestMap>
{
    public static InterestMap Empty { get; } = new(ImmutableDictionary<MemberId, (long, InterestFilter?)>.Empty);

    public static IKey<InterestMap> Key { get; } = new InterestKey("fh-interest");

    public ImmutableDictionary<MemberId, (long Counter, InterestFilter? Filter)> Members { get; } = members;

    public InterestMap With(MemberId member, long counter, InterestFilter? filter) =>
        Members.TryGetValue(member, out var known) && known.Counter >= counter ? this : new(Members.SetItem(member, (counter, filter)));

    public InterestMap Merge(InterestMap other) => other.Members.Aggregate(this, (map, m) => map.With(m.Key, m.Value.Counter, m.Value.Filter));

    IReplicatedData IReplicatedData.Merge(IReplicatedData other) => Merge((InterestMap)other);

    public InterestP ToWire()
    {
        var wire = new InterestP();
        foreach (var (member, (counter, filter)) in Members.OrderBy(m => m.Key))
        {
            var entry = new InterestP.Types.Entry { Member = WireIds.Bytes(member), Counter = counter };
            if (filter is not null)
            {
                entry.Nodes = filter.Nodes.ToWire();
                entry.Lines.AddRange(filter.Lines);
            }

            wire.Entries.Add(entry);
        }

        return wire;
    }

    public static InterestMap FromWire(InterestP wire) => new(wire.Entries.ToImmutableDictionary(
        e => WireIds.Member(e.Member),
        e => (e.Counter, e.Nodes is null ? null : InterestFilter.FromWire(NodePatterns.FromWire(e.Nodes), e.Lines))));

    private sealed class InterestKey(string id) : Key<InterestMap>(id);
}
