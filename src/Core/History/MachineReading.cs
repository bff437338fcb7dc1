using FailureHistory.Core.Identity;
using FailureHistory.Core.Retention;
using FailureHistory.Core.Time;

namespace FailureHistory.Core.History;

/// <summary>Turns what belongs to a machine into its history.</summary>
internal sealed class MachineReading(SourceIndex index, MachineParts parts, NodeId? asked, HistoryOptions options)
{
    /// <summary>Reads it.</summary>
    public MachineHistory Read()
    {
        var own = OwnObservations();
        var counted = WithCopiedJoins(own);
        var timeline = FailurePeriods.EvaluateSorted(counted, options);
        var moves = Moves.Read(counted);
        var hardware = FirstSpelling(own);
        var node = moves.Latest ?? asked ?? own[^1].About;
        var incarnations = Incarnations(moves, hardware);
        var fold = FoldOfMachine();
        return new MachineHistory
        {
            Pin = index.PinOf(node) ?? incarnations.Select(i => index.PinOf(i.Id)).FirstOrDefault(pin => pin is not null),
            Node = node,
            Name = index.NameOf(node),
            Hardware = hardware,
            Incarnations = incarnations,
            Observations = own,
            Periods = fold is null ? timeline.Periods : From(fold.Horizon, timeline.Periods),
            Fold = fold,
            LatestIncident = timeline.LatestIncident,
            Standings = timeline.Standings,
            AutoDetectors = timeline.AutoDetectors,
            Left = timeline.Left,
            Labels = LatestLabels(own),
            OtherIds = [.. parts.OtherIds],
            LastReceivedAt = LastReceived(counted),
        };
    }

    // Of an id that was folded without an address: the machine is the first that was named with it (R1.7). Of several ids' folds the latest counts.
    private Fold? FoldOfMachine() => parts.Ids
        .Select(id => (Id: id, Fold: index.FoldOf(id.Id)))
        .Where(x => x.Fold is not null && (parts.Address is null || parts.Address.Equals(x.Fold.Hardware ?? x.Id.FirstHolder)))
        .Select(x => x.Fold)
        .MaxBy(fold => fold!.Horizon);

    private static Period[] From(Stamp horizon, IReadOnlyList<Period> periods) =>
        [.. periods.Where(p => p.To is not { } to || to > horizon).Select(p => p.From < horizon ? p with { From = horizon } : p)];

    private Observation[] OwnObservations()
    {
        if (parts.Ids.Count == 1)
        {
            var only = parts.Ids[0].About(parts.Address);
            return only as Observation[] ?? [.. only];
        }

        var all = new List<Observation>();
        foreach (var id in parts.Ids)
        {
            all.AddRange(id.About(parts.Address));
        }

        return ObservationOrder.Sort([.. all]);
    }

    // A join under an id that is not among the sources ends suspicion all the same (R1.5); other copies only tell that the id exists.
    private Observation[] WithCopiedJoins(Observation[] own)
    {
        var counted = new List<Observation>();
        foreach (var copy in parts.Copies)
        {
            if (copy.Kind == ObservationKind.Join)
            {
                counted.Add(copy);
            }
        }

        return counted.Count == 0 ? own : ObservationOrder.Sort([.. own, .. counted]);
    }

    private List<Incarnation> Incarnations(Moves moves, HardwareAddress? hardware)
    {
        var incarnations = new List<Incarnation>();
        foreach (var id in parts.Ids)
        {
            var from = id.About(parts.Address)[0].At;
            var lost = parts.Address is null ? null : id.LostAt(parts.Address);
            incarnations.Add(new Incarnation(id.Id, index.NameOf(id.Id), hardware, from, Earlier(lost, moves.LeftAt(id.Id, from)), parts.Clash));
        }

        var known = new HashSet<NodeId>();
        foreach (var copy in parts.Copies)
        {
            if (known.Add(copy.About))
            {
                incarnations.Add(new Incarnation(copy.About, index.NameOf(copy.About), hardware, copy.At, moves.LeftAt(copy.About, copy.At), Clash: false));
            }
        }

        incarnations.Sort(static (x, y) => x.From != y.From ? x.From.CompareTo(y.From) : x.Id.CompareTo(y.Id));
        return incarnations;
    }

    private HardwareAddress? FirstSpelling(Observation[] own)
    {
        foreach (var o in own)
        {
            if (o.Hardware is not null)
            {
                return o.Hardware;
            }
        }

        return parts.Address;
    }

    private static Labels LatestLabels(Observation[] own)
    {
        var latest = new Dictionary<string, string>(StringComparer.Ordinal);
        var before = Labels.None;
        for (var i = own.Length - 1; i >= 0; i--)
        {
            var labels = own[i].Labels;
            if (ReferenceEquals(labels, before))
            {
                continue;
            }

            before = labels;
            for (var j = 0; j < labels.Count; j++)
            {
                latest.TryAdd(labels[j].Key, labels[j].Value);
            }
        }

        return Labels.From(latest);
    }

    private static Stamp LastReceived(Observation[] counted)
    {
        var last = counted[0].ReceivedAt;
        foreach (var o in counted)
        {
            last = o.ReceivedAt > last ? o.ReceivedAt : last;
        }

        return last;
    }

    private static Stamp? Earlier(Stamp? x, Stamp? y) => x is null || y < x ? y ?? x : x;
}
