using System.Globalization;
using System.Text;
using FailureHistory.Core.History;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Replication;
using FailureHistory.Core.Time;
using FailureHistory.Messages.Wire;
using FailureHistory.Node.Member;
using Google.Protobuf;

namespace FailureHistory.Node.Queries;

/// <summary>
/// Pages of raw observations (DESIGN D7). A cursor names the last observation of the page before by its place in the order of R4.5, so that
/// what arrives or is compacted between two pages neither repeats nor hides another.
/// </summary>
internal static class ObservationPages
{
    private const int DigestsPerPage = 2000;

    /// <summary>Observations and tombstones of these nodes (in their given order) after the cursor, up to one payload.</summary>
    public static (ByteString Payload, string Next) Of(SegmentMachine machine, IReadOnlyList<NodeId> nodes, string cursor, SortedNode? kept = null)
    {
        var (start, after) = ReadPullCursor(cursor);
        var writer = new ObservationBatchWriter();
        for (var i = start; i < nodes.Count; i++)
        {
            if (i > start || after is null)
            {
                foreach (var tombstone in machine.TombstonesOf(nodes[i]))
                {
                    writer.Add(tombstone);
                }
            }

            Observation? last = null;
            var sorted = machine.View(nodes[i]) is { } view ? SortedNode.Of(view, kept) : [];
            for (var next = FirstAfter(sorted, i == start ? after : null); next < sorted.Count; next++)
            {
                var observation = sorted[next];
                if (!writer.TryAdd(observation, ObservationBatchCodec.MaxPayloadBytes))
                {
                    return (writer.ToPayload(), PullCursor(i, last, i == start ? after : null));
                }

                last = observation;
            }
        }

        kept?.Drop();
        return (writer.ToPayload(), string.Empty);
    }

    /// <summary>A page of node digests.</summary>
    public static NodeDigestPage Digests(SegmentMachine machine, int segment, ListNodeDigests request, MemberContext context, bool counts)
    {
        var digests = machine.DigestsAfter(WireIds.NodeOrNone(request.After), DigestsPerPage);
        return new NodeDigestPage
        {
            RingVersion = context.Ring?.Version ?? 0,
            Segment = (uint)segment,
            Member = WireIds.Bytes(context.Id),
            Digests = WireIds.PackDigests(digests),
            Last = digests.Count < DigestsPerPage,
            Counts = counts,
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

    private static int FirstAfter(List<Observation> sorted, Observation? after)
    {
        if (after is null)
        {
            return 0;
        }

        var place = sorted.BinarySearch(after, ObservationOrder.Instance);
        return place < 0 ? ~place : place + 1;
    }

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
