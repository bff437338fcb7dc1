using System.Globalization;
using System.Text;
using FailureHistory.Core.History;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Replication;
using FailureHistory.Core.Time;
using FailureHistory.Messages.Wire;
using FailureHistory.Node.Actors;
using FailureHistory.Node.Member;
using Google.Protobuf;

namespace FailureHistory.Node.Queries;

/// <summary>
/// Pages of raw observations (DESIGN D7). A cursor names the last observation of the page before by its place in the order of R4.5, so that
/// what arrives or is compacted between two pages neither repeats nor hides another.
/// </summary>
internal sealed class ObservationPages(SegmentMachine machine)
{
    private const int DigestsPerPage = 2000;

    // The first observation is taken into a payload whatever its size.
    private const int RoomForOne = 20_000;

    // What fits one page need not be kept for the next.
    private const int SmallNode = 500;

    // The node whose pages are being asked for: sorting a large one anew for each page would be quadratic.
    private (NodeId Node, ulong Digest, int Count, List<Observation> Sorted)? current;

    /// <summary>Observations, tombstones, pins and folds of these nodes (in their given order) after the cursor, up to one payload.</summary>
    public (ByteString Payload, string Next) Of(IReadOnlyList<NodeId> nodes, string cursor)
    {
        var (start, after) = ReadPullCursor(cursor);
        var writer = new ObservationBatchWriter();
        for (var i = start; i < nodes.Count; i++)
        {
            if (i > start && writer.Size + MarksSize(nodes[i]) + (writer.Count == 0 ? RoomForOne : 0) > ObservationBatchCodec.MaxPayloadBytes)
            {
                return (writer.ToPayload(), PullCursor(i, null, null));
            }

            if (i > start || after is null)
            {
                foreach (var tombstone in machine.TombstonesOf(nodes[i]))
                {
                    writer.Add(tombstone);
                }

                if (machine.PinOf(nodes[i]) is { } pin)
                {
                    writer.Add(pin);
                }

                if (machine.FoldOf(nodes[i]) is { } fold)
                {
                    writer.Add(fold);
                }
            }

            Observation? last = null;
            foreach (var observation in Ordered(nodes[i], i == start ? after : null))
            {
                if (!writer.TryAdd(observation, ObservationBatchCodec.MaxPayloadBytes))
                {
                    return (writer.ToPayload(), PullCursor(i, last, i == start ? after : null));
                }

                last = observation;
            }
        }

        return (writer.ToPayload(), string.Empty);
    }

    // At most, in bytes.
    private int MarksSize(NodeId node) =>
        machine.TombstonesOf(node).Sum(t => 600 + (20 * t.Stints.Count)) + (machine.PinOf(node) is { } pin ? 64 + (3 * (pin.Reason.Length + pin.By.Length)) : 0)
        + (machine.FoldOf(node) is { } fold ? 300 + (20 * fold.Steps.Count) + (8 * fold.Kept.Count) : 0);

    /// <summary>A page of node digests.</summary>
    public static NodeDigestPage Digests(SegmentMachine machine, ListNodeDigests request, MemberId member, CopyReadiness readiness)
    {
        var digests = machine.DigestsAfter(WireIds.NodeOrNone(request.After), DigestsPerPage);
        return new NodeDigestPage
        {
            RingVersion = readiness.RingVersion,
            Segment = (uint)machine.Segment,
            Member = WireIds.Bytes(member),
            Digests = WireIds.PackDigests(digests),
            Last = digests.Count < DigestsPerPage,
            Counts = readiness.Vouches,
            Token = request.Token,
        };
    }

    public static IReadOnlyList<(NodeId Node, ulong Digest)> ReadDigests(NodeDigestPage page) => WireIds.UnpackDigests(page.Digests);

    /// <summary>The cursor after an observation: its place in the order of R4.5, opaque to askers.</summary>
    public static string CursorAfter(Observation observation) =>
        Convert.ToBase64String(Encoding.UTF8.GetBytes(PlaceOf(observation))).Replace('+', '-').Replace('/', '_').TrimEnd('=');

    /// <summary>The place a cursor names, as an observation to compare with; null for no cursor.</summary>
    /// <exception cref="FormatException">Not a cursor of ours.</exception>
    public static Observation? ReadCursor(string? cursor)
    {
        if (string.IsNullOrEmpty(cursor))
        {
            return null;
        }

        try
        {
            var padded = cursor.Replace('-', '+').Replace('_', '/') + new string('=', (4 - (cursor.Length % 4)) % 4);
            return ReadPlace(Encoding.UTF8.GetString(Convert.FromBase64String(padded)));
        }
        catch (Exception e) when (e is FormatException or ArgumentException or OverflowException)
        {
            throw new FormatException($"'{cursor}' is not a cursor; expected the 'next' of the page before");
        }
    }

    private IEnumerable<Observation> Ordered(NodeId node, Observation? after)
    {
        if (machine.View(node) is not { } view)
        {
            current = null;
            return [];
        }

        if (current is not { } kept || kept.Node != node || kept.Digest != view.Digest || kept.Count != view.Count)
        {
            var sorted = view.Decode();
            sorted.Sort(ObservationOrder.Instance);
            kept = (node, view.Digest, view.Count, sorted);
            current = view.Count > SmallNode ? kept : null;
        }

        return after is null ? kept.Sorted : kept.Sorted.Skip(FirstAfter(kept.Sorted, after));
    }

    private static int FirstAfter(List<Observation> sorted, Observation after)
    {
        var found = sorted.BinarySearch(after, ObservationOrder.Instance);
        return found >= 0 ? found + 1 : ~found;
    }

    /// <summary>The cursor of a pull of one node that goes on after an observation; the first page for null.</summary>
    public static string PullCursorAfter(Observation? after) => after is null ? string.Empty : PullCursor(0, after, null);

    private static string PullCursor(int node, Observation? last, Observation? before)
    {
        var place = last ?? before;
        return place is null ? node.ToString(CultureInfo.InvariantCulture) : $"{node}\n{PlaceOf(place)}";
    }

    private static (int Start, Observation? After) ReadPullCursor(string cursor)
    {
        if (cursor.Length == 0)
        {
            return (0, null);
        }

        var parts = cursor.Split('\n', 2);
        return (int.Parse(parts[0], CultureInfo.InvariantCulture), parts.Length == 1 ? null : ReadPlace(parts[1]));
    }

    // at, kind, node, origin, received, id length, id, detector: ids may hold any printable character, so the id's length comes first.
    private static string PlaceOf(Observation o) => string.Create(
        CultureInfo.InvariantCulture, $"{o.At.Ticks}|{(int)o.Kind}|{o.Node}|{o.Origin}|{o.ReceivedAt.Ticks}|{o.Id.Length}|{o.Id}{(o.Detector is null ? "-" : "+" + o.Detector)}");

    private static Observation ReadPlace(string place)
    {
        var parts = place.Split('|', 7);
        if (parts.Length != 7 || !int.TryParse(parts[5], NumberStyles.None, CultureInfo.InvariantCulture, out var length) || length >= parts[6].Length)
        {
            throw new FormatException("expected seven parts, the last as long as the one before says");
        }

        return new Observation
        {
            Node = NodeId.Parse(parts[2]),
            At = new Stamp(long.Parse(parts[0], CultureInfo.InvariantCulture)),
            Kind = (ObservationKind)byte.Parse(parts[1], CultureInfo.InvariantCulture),
            Origin = parts[3].Length == 0 ? null : NodeId.Parse(parts[3]),
            ReceivedAt = new Stamp(long.Parse(parts[4], CultureInfo.InvariantCulture)),
            Id = parts[6][..length],
            Detector = parts[6][length] == '-' ? null : parts[6][(length + 1)..],
        };
    }
}
