using FailureHistory.Core.Identity;
using FailureHistory.Core.Notifications;
using FailureHistory.Core.Replication;
using FailureHistory.Core.Time;
using FailureHistory.Messages.Wire;
using FailureHistory.Node.Member;
using FailureHistory.Node.Queries;

namespace FailureHistory.Node.Notifications;

/// <summary>List the nodes of one segment's copy by the side of a threshold. Answered by <see cref="LocalSides"/>.</summary>
internal sealed record ListLocalSides(NodePatterns Nodes, Threshold Threshold, Stamp? Since, NodeId? After, int MaxBytes) : ILocalMessage;

/// <summary>The nodes, by id; null where the copy can't tell. <paramref name="Next"/>: go on after it; null at the end.</summary>
internal sealed record LocalSides(IReadOnlyList<NodeSideReading>? Nodes, NodeId? Next) : ILocalMessage;

/// <summary>
/// Where a subscriber's account of a node begins: the side that it was on before the first of these presents, which is that of the last crossing (or
/// of one that is pending), or, since a moment, the one that was in force then.
/// </summary>
/// <param name="Reading">The presents.</param>
/// <param name="Before">The side before the first of them.</param>
/// <param name="Cut">Whether some were left out to fit a message: the node is to be read by itself.</param>
internal sealed record NodeSideReading(PresentSequence Reading, Side Before, bool Cut = false);

/// <summary>
/// Which nodes of a segment are up, or have crossed since a moment (R8.2, R8.3): what a new, a returning and a doubtful subscriber reads. What was
/// read of a node is kept as long as nothing about it changes, but only whether there can be anything to tell.
/// </summary>
internal sealed class SegmentSides(SegmentMachine machine, MemberContext context)
{
    // Of each node what decides whether it must be read: the highest P in force at its end, and when something about it last changed.
    private readonly Dictionary<NodeId, (ulong Digest, int Count, Gist? Gist)> known = [];

    public LocalSides List(ListLocalSides query)
    {
        var rules = context.Settings.Notifications.Rules;
        var found = new List<NodeSideReading>();
        var bytes = 0;
        if (known.Count > 2 * machine.NodeCount)
        {
            known.Clear(); // most of it was removed
        }

        foreach (var (node, _) in machine.DigestsAfter(query.After, int.MaxValue))
        {
            if (machine.View(node) is not { Count: > 0 } view || Read(node, view, query.Since ?? Stamp.MaxValue) is not { } gist
                || !query.Nodes.Matches(node, gist.Name, gist.Address) || !MayTell(gist, query, rules))
            {
                continue;
            }

            var reading = Presents.Read(node, view.Decode(), Replies.Options(context), query.Since ?? Stamp.MaxValue)!;
            var side = query.Since is { } since ? Since(reading, since, query.Threshold, rules) : Now(reading, query.Threshold, rules);
            if (side is null)
            {
                continue;
            }

            if (side.Reading.Steps.Count > NoticeWire.MostSteps)
            {
                side = new NodeSideReading(NoticeWire.Trimmed(side.Reading), side.Before, Cut: true);
            }

            var size = side.Reading.ToWire().CalculateSize();
            if (bytes > 0 && bytes + size > query.MaxBytes)
            {
                return new LocalSides(found, found[^1].Reading.Node);
            }

            bytes += size;
            found.Add(side);
        }

        return new LocalSides(found, null);
    }

    /// <summary>From the last crossing on, where a node is up or about to be; else null.</summary>
    public static NodeSideReading? Now(PresentSequence reading, Threshold threshold, CrossingRules rules)
    {
        var walk = new NodeSide(threshold, rules);
        var last = 0;
        for (var i = 0; i < reading.Steps.Count; i++)
        {
            foreach (var step in walk.Take(reading.Steps[i]))
            {
                last = IndexOf(reading, step.Present);
            }
        }

        if (walk.Side == Side.Down && walk.Pending is null)
        {
            return null;
        }

        if (walk is { Side: Side.Down, Pending: { } pending })
        {
            last = IndexOf(reading, pending.Present);
        }

        return new NodeSideReading(From(reading, last), Side.Down);
    }

    /// <summary>From the present in force at a moment on (or that of what was pending then), where there was anything since; else null.</summary>
    public static NodeSideReading? Since(PresentSequence reading, Stamp since, Threshold threshold, CrossingRules rules)
    {
        var walk = new NodeSide(threshold, rules);
        var next = 0;
        for (; next < reading.Steps.Count && reading.Steps[next].ReceivedAt <= since; next++)
        {
            foreach (var _ in walk.Take(reading.Steps[next]))
            {
                // Told before; only the side that it ends on counts.
            }
        }

        walk.Due(since);
        var from = walk.Pending is { } pending ? IndexOf(reading, pending.Present) : Math.Max(0, next - 1);
        return next == reading.Steps.Count && walk.Pending is null ? null : new NodeSideReading(From(reading, from), walk.Side);
    }

    private static PresentSequence From(PresentSequence reading, int from) =>
        from == 0 ? reading : reading with { Steps = [.. reading.Steps.Skip(from)], FromStart = false };

    private static int IndexOf(PresentSequence reading, Present present)
    {
        for (var i = reading.Steps.Count - 1; i > 0; i--)
        {
            if (ReferenceEquals(reading.Steps[i], present))
            {
                return i;
            }
        }

        return 0;
    }

    private static bool MayTell(Gist gist, ListLocalSides query, CrossingRules rules)
    {
        // What was pending at the moment is told after it: up by "for" or a late report, down by a late report.
        var held = gist.Probability >= query.Threshold.Below && query.Threshold.For > rules.LateHold ? query.Threshold.For : rules.LateHold;
        return query.Since is { } since
            ? gist.LastChange + held > since
            : gist.Probability is null || gist.Probability >= query.Threshold.Below;
    }

    private Gist? Read(NodeId node, NodeView view, Stamp since)
    {
        if (known.TryGetValue(node, out var cached) && cached.Digest == view.Digest && cached.Count == view.Count)
        {
            return cached.Gist;
        }

        var observations = view.Decode();
        var reading = Presents.Read(node, observations, Replies.Options(context), since);
        var gist = reading is null
            ? null
            : new Gist(reading.Name, reading.Hardware?.Canonical, reading.Last.Probability, new Stamp(observations.Max(o => o.ReceivedAt.Ticks)));
        known[node] = (view.Digest, view.Count, gist);
        return gist;
    }

    private sealed record Gist(string? Name, string? Address, double? Probability, Stamp LastChange);
}
