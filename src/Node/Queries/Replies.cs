using System.Text;
using FailureHistory.Core.History;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Probability;
using FailureHistory.Core.Reliability;
using FailureHistory.Core.Retention;
using FailureHistory.Core.Time;
using FailureHistory.Messages;
using FailureHistory.Node.Member;
using NodeObservations = FailureHistory.Messages.NodeObservations;

namespace FailureHistory.Node.Queries;

/// <summary>From an evaluated machine to the reply that was asked for, in pages that fit a message (DESIGN D7).</summary>
internal static class Replies
{
    /// <summary>The most bytes of one page of a reply, estimated generously; messages are at most 64 kB.</summary>
    public const int PageBytes = 48_000;

    /// <summary>The same of a history, which is counted closely: its pages are many and full.</summary>
    public const int HistoryPageBytes = 60_000;

    // What is no text in a period, a suspect and an incarnation, at most, and of the rest of the reply.
    private const int PeriodBytes = 48;
    private const int SuspectBytes = 48;
    private const int IncarnationBytes = 80;
    private const int HistoryBytes = 4_000;

    private static readonly string[] KindWords = ["failure", "alive", "join", "leave"];

    /// <summary>The reply to a GetState, GetHistory, GetReliability or GetObservations.</summary>
    public static object To(object query, MachineHistory machine, MemberContext context, bool complete, int replicas) => query switch
    {
        GetState => State(machine, context, complete, replicas),
        GetHistory history => History(history, machine, context, complete, replicas),
        GetReliability reliability => Reliability(reliability, machine, context, complete, replicas),
        GetObservations observations => Observations(observations, machine, context, complete, replicas),
        _ => throw new ArgumentException($"expected GetState, GetHistory, GetReliability or GetObservations; came {query.GetType().Name}", nameof(query)),
    };

    public static HistoryOptions Options(MemberContext context) => new()
    {
        CorrelationInterval = context.Settings.CorrelationInterval,
        IncidentLimit = context.Settings.IncidentLimit,
    };

    public static NodeRef Ref(MachineHistory machine) => new(machine.Node.ToString(), machine.Name, machine.Hardware?.Text);

    public static NodeStatus Status(NodeCondition condition) => condition switch
    {
        NodeCondition.Up => NodeStatus.Up,
        NodeCondition.Suspected => NodeStatus.Suspected,
        NodeCondition.Failed => NodeStatus.Failed,
        NodeCondition.Left => NodeStatus.Left,
        NodeCondition.Unknown => NodeStatus.Unknown,
        _ => throw new ArgumentOutOfRangeException(nameof(condition), condition, null),
    };

    public static string Word(ObservationKind kind) => KindWords[(int)kind];

    private static NodeState State(MachineHistory machine, MemberContext context, bool complete, int replicas)
    {
        var now = context.Now;
        var state = NodeStates.Of(machine, context.Registry, now, context.Settings.FailedThreshold);
        return new NodeState(
            Ref(machine),
            now,
            Status(state.Condition),
            state.Probability,
            machine.LatestIncident is { } incident ? new IncidentInfo(incident.Id, incident.Since) : null,
            [.. state.Verdicts.Select(v => new VerdictInfo(v.Detector, v.Accuracy, v.Suspects, v.Since, v.LastHeard, v.LatestIncident, v.Observation, v.Reason))],
            complete,
            replicas,
            context.Name,
            Pin(machine.Pin));
    }

    /// <summary>A pin as answers show it; null where there is none that holds.</summary>
    public static PinInfo? Pin(Pin? pin) => pin is { IsPinned: true } ? new PinInfo(pin.Reason, pin.By, pin.At) : null;

    private static NodeReliability Reliability(GetReliability query, MachineHistory machine, MemberContext context, bool complete, int replicas)
    {
        var now = context.Now;
        var from = query.Window.Ticks < now.Ticks ? now - query.Window : Stamp.Zero;
        var figures = ReliabilityWindow.Of(
            (machine.Fold?.Steps ?? []).Concat(ProbabilityStep.Of(machine.Periods)), from, now, context.Settings.FailedThreshold, machine.Fold?.Earlier);
        return new NodeReliability(
            Ref(machine),
            from,
            now,
            figures.Availability,
            figures.Failures,
            figures.Mtbf,
            figures.Mttr,
            figures.LastFailure is { } last ? new FailureInfo(last.From, last.To) : null,
            figures.SinceLastFailure,
            figures.Flapping,
            figures.Observed,
            figures.Up,
            figures.Failed,
            figures.Planned,
            figures.Unknown,
            complete,
            replicas,
            context.Name);
    }

    // A history's cursor is the begin of the first period of the next page: periods have neither gap nor overlap (R4.4).
    private static object History(GetHistory query, MachineHistory machine, MemberContext context, bool complete, int replicas)
    {
        var from = query.From;
        if (query.Cursor is { } cursor)
        {
            if (!long.TryParse(cursor, System.Globalization.CultureInfo.InvariantCulture, out var ticks))
            {
                return new InvalidRequest("cursor", $"'{cursor}' is not a cursor; expected the 'next' of the page before");
            }

            from = new Stamp(ticks);
        }

        var page = new List<PeriodInfo>();
        string? next = null;
        var bytes = HistoryBytes + machine.Incarnations.Sum(i => IncarnationBytes + Exactly(i.Name) + Exactly(i.Hardware?.Text));
        var periods = machine.Periods;
        for (var i = FirstEndingAfter(periods, from); i < periods.Count; i++)
        {
            var period = periods[i];
            if (query.To is { } to && period.From >= to)
            {
                break;
            }

            var size = PeriodBytes + Exactly(period.Incident);
            foreach (var suspect in period.Suspects)
            {
                size += SuspectBytes + Exactly(suspect.Detector) + Exactly(suspect.Observation) + Exactly(suspect.Reason);
            }

            if (page.Count == query.Limit || (bytes + size > HistoryPageBytes && page.Count > 0))
            {
                next = period.From.Ticks.ToString(System.Globalization.CultureInfo.InvariantCulture);
                break;
            }

            var info = new PeriodInfo(
                period.From, period.To, period.Probability,
                [.. period.Suspects.Select(s => new SuspectInfo(s.Detector, s.Accuracy, s.Since, s.Observation, s.Reason))], period.Incident, period.Planned);
            page.Add(info);
            bytes += size;
        }

        return new NodeHistory(Ref(machine), Incarnations(machine), page, complete, next, replicas, context.Name, machine.FoldedUntil);
    }

    private static int FirstEndingAfter(IReadOnlyList<Period> periods, Stamp? from)
    {
        if (from is not { } start)
        {
            return 0;
        }

        int low = 0, high = periods.Count;
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (periods[middle].To is { } to && to <= start)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }

    private static IReadOnlyList<IncarnationInfo> Incarnations(MachineHistory machine) =>
        [.. machine.Incarnations.Select(i => new IncarnationInfo(i.Id.ToString(), i.Name, i.Hardware?.Text, i.From, i.To, i.Clash))];

    private static object Observations(GetObservations query, MachineHistory machine, MemberContext context, bool complete, int replicas)
    {
        Observation? after;
        try
        {
            after = ObservationPages.ReadCursor(query.Cursor);
        }
        catch (FormatException e)
        {
            return new InvalidRequest("cursor", e.Message);
        }

        var page = new List<ObservationInfo>();
        string? next = null;
        Observation? last = null;
        var bytes = 1000;
        foreach (var o in machine.Observations)
        {
            if ((after is not null && ObservationOrder.Instance.Compare(o, after) <= 0) || (query.From is { } from && o.At < from))
            {
                continue;
            }

            if (query.To is { } to && o.At >= to)
            {
                break;
            }

            var size = SizeOf(o);
            if (page.Count == query.Limit || (bytes + size > PageBytes && last is not null))
            {
                next = ObservationPages.CursorAfter(last!);
                break;
            }

            page.Add(Info(o));
            last = o;
            bytes += size;
        }

        return new NodeObservations(Ref(machine), page, complete, next, replicas, context.Name);
    }

    /// <summary>An observation as answers show it.</summary>
    public static ObservationInfo Info(Observation o) => new(
        o.Id, o.About.ToString(), o.Name, o.Hardware?.Text, o.Detector, Word(o.Kind), o.At, o.ReceivedAt, o.ReportedAt, o.Reason, [.. o.Labels],
        o.Detector is null ? null : o.Accuracy, o.Total, o.Detector is null ? null : o.Explicit, o.Signature);

    /// <summary>About the bytes that it takes in a message.</summary>
    public static int SizeOf(Observation o) => 120 + Size(o.Id) + Size(o.Name) + Size(o.Detector) + Size(o.Hardware?.Text) + Size(o.Reason)
        + Size(o.Signature) + o.Labels.Sum(l => 8 + Size(l.Key) + Size(l.Value));

    private static int Exactly(string? text) => text is null ? 0 : Encoding.UTF8.GetByteCount(text);

    private static int Size(string? text) => text is null ? 0 : text.Length * 3;
}
