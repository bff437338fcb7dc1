using FailureHistory.Core.History;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Probability;
using FailureHistory.Core.Replication;
using FailureHistory.Core.Time;

namespace FailureHistory.Core.Retention;

/// <summary>
/// What is forgotten, and by which tombstones (R10.1): a machine that is failed, of which nothing was reported for <c>forget-after</c>, and that
/// nobody pinned, under all ids that it went under; with it the machines that held these ids before and hold none now.
/// </summary>
/// <remarks>
/// A tombstone ends where <see cref="SettledAt"/> says, or at the newest <c>receivedAt</c> of what was judged where that is later; never at the time
/// of judging: a join that is acknowledged meanwhile is later and survives. What is unknown to a majority, and so was not judged, is either later
/// too, or was never acknowledged. The end is close to the present, however old what is forgotten: a tombstone lives from there (R9.7).
/// </remarks>
public static class Forgetting
{
    /// <summary>The farthest that one member's wall clock is taken to lag behind another's.</summary>
    public static readonly TimeSpan MaxLag = TimeSpan.FromMinutes(5);

    /// <summary>What is acknowledged only once judging has begun was received later than this.</summary>
    /// <param name="began">The wall clock before the first copy was read.</param>
    /// <param name="gateTimeout">The longest that a gate waits for a majority before it gives a report up.</param>
    public static Stamp SettledAt(Stamp began, TimeSpan gateTimeout) => began - gateTimeout - MaxLag;

    /// <summary>Whether a machine is to be forgotten.</summary>
    /// <param name="whole">All that a majority knows of it, future times too.</param>
    /// <param name="condition">Its status now (R6.1).</param>
    /// <param name="now">The hybrid clock.</param>
    /// <param name="forgetAfter"><c>forget-after</c>.</param>
    public static bool IsDue(MachineHistory whole, NodeCondition condition, Stamp now, TimeSpan forgetAfter)
    {
        ArgumentNullException.ThrowIfNull(whole);
        return condition == NodeCondition.Failed && IsSilent(whole, now, forgetAfter);
    }

    /// <summary>Whether a machine that another took an id from goes with the id: it holds none now, and nothing was reported about it for so long.</summary>
    public static bool IsAbandoned(MachineHistory whole, Stamp now, TimeSpan forgetAfter)
    {
        ArgumentNullException.ThrowIfNull(whole);
        return whole.Incarnations.All(i => i.To is not null) && IsSilent(whole, now, forgetAfter);
    }

    /// <summary>The other machines that an id's own observations name.</summary>
    public static IReadOnlyList<HardwareAddress> OthersOn(NodeObservations id, HardwareAddress? machine)
    {
        ArgumentNullException.ThrowIfNull(id);
        return [.. id.Observations.Where(o => o.Origin is null && o.Hardware is not null && !o.Hardware.Equals(machine)).Select(o => o.Hardware!).Distinct()];
    }

    /// <summary>The tombstones by which machines are forgotten together.</summary>
    /// <param name="machines">The machines; at most one of them without an address.</param>
    /// <param name="sources">What was judged, by id, the index entries of their addresses among it.</param>
    /// <param name="settledAt">What was received up to then and acknowledged was read.</param>
    public static IReadOnlyList<Tombstone> Tombstones(
        IReadOnlyList<MachineHistory> machines, IReadOnlyDictionary<NodeId, NodeObservations> sources, Stamp settledAt)
    {
        ArgumentNullException.ThrowIfNull(machines);
        ArgumentNullException.ThrowIfNull(sources);
        var tombstones = new List<Tombstone>();
        foreach (var machine in machines)
        {
            foreach (var id in machine.Incarnations.Select(i => i.Id).Distinct())
            {
                if (sources.GetValueOrDefault(id) is { Observations.Count: > 0 } source)
                {
                    tombstones.Add(OfId(source, machine, machines, settledAt));
                }
            }

            // An address that clashes is also another machine's: its entry stays.
            if (machine.Hardware is { } address && !machine.Incarnations.Any(i => i.Clash)
                && sources.GetValueOrDefault(NodeId.OfAddress(address)) is { Observations.Count: > 0 } entry)
            {
                tombstones.Add(new Tombstone(entry.Node, null, [], UpTo(entry, settledAt)));
            }
        }

        return [.. tombstones.Distinct()];
    }

    private static Tombstone OfId(NodeObservations id, MachineHistory machine, IReadOnlyList<MachineHistory> machines, Stamp settledAt)
    {
        var stays = OthersOn(id, machine.Hardware).Any(other => !machines.Any(m => other.Equals(m.Hardware)));
        return machine.Hardware is { } address && stays
            ? new Tombstone(id.Node, address, MachineHistories.StintsOf(id, address), UpTo(id, settledAt)).Normalized()
            : new Tombstone(id.Node, null, [], UpTo(id, settledAt));
    }

    private static Stamp UpTo(NodeObservations source, Stamp settledAt)
    {
        var newest = source.Observations.Max(o => o.ReceivedAt);
        return newest > settledAt ? newest : settledAt;
    }

    // Where not all of its ids were read, something newer may have been reported under another.
    private static bool IsSilent(MachineHistory whole, Stamp now, TimeSpan forgetAfter) =>
        whole.Pin is null && whole.OtherIds.Count == 0 && now - whole.LastReceivedAt >= forgetAfter;
}
