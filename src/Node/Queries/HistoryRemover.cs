using Akka.Actor;
using FailureHistory.Core.History;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Replication;
using FailureHistory.Core.Retention;
using FailureHistory.Core.Time;
using FailureHistory.Messages;
using FailureHistory.Node.Member;

namespace FailureHistory.Node.Queries;

/// <summary>
/// Removes the history of a node, or of one machine that held its id, at once (R10.2): tombstones to a majority of its replicas. What is
/// received later, an import anew for instance, is not touched. A pinned node is removed with force alone, which ends the pin.
/// </summary>
internal sealed class HistoryRemover(MemberContext context, IActorRef node)
{
    private readonly MachineGatherer gatherer = new(context);

    public async Task<object> Remove(RemoveHistory request)
    {
        NodeReference asked;
        HardwareAddress? hardware;
        try
        {
            asked = NodeReference.Parse(request.Node);
            hardware = HardwareAddress.Parse(request.Hardware);
        }
        catch (FormatException e)
        {
            return new InvalidRequest("node", e.Message);
        }

        if (request.Hardware is not null && hardware is null)
        {
            return new InvalidRequest("hardware", $"'{request.Hardware}' is a placeholder; expected the address of a machine");
        }

        if (context.Ring is not { } ring)
        {
            return new TryAgain("the ring in force is not known yet", TimeSpan.FromSeconds(1));
        }

        // A machine named by its address is removed under every id it went under; an id only under that id.
        var machine = hardware is null ? asked : NodeReference.Parse(NodeReference.AddressPrefix + hardware.Text);
        var deadline = new Deadline(context.Time, context.Settings.QueryTimeout);
        var gathered = await gatherer.Gather(machine, Consistency.Majority, ring, asOfNow: false, deadline).ConfigureAwait(false);
        if (gathered.Fault is { } fault)
        {
            return new TryAgain(fault, TimeSpan.FromSeconds(1));
        }

        if (gathered.Machine is not { } found || (hardware is not null && asked.Address is null && found.Incarnations.All(i => i.Id != asked.Id)))
        {
            return new NodeNotFound(request.Node, context.Name);
        }

        if (!request.Force && (found.Pin ?? PinOf(gathered, asked.Id)) is { } pin)
        {
            var name = gathered.Machine.Incarnations.FirstOrDefault(i => i.Id == pin.Node)?.Name;
            return new NodeIsPinned(new NodeRef(pin.Node.ToString(), name, found.Hardware?.Text), Replies.Pin(pin)!);
        }

        // Not below what is removed: a report acknowledged under a clock ahead of ours is part of the history too.
        var upTo = gathered.Sources.Values.SelectMany(s => s.Observations).Select(o => o.ReceivedAt).Append(context.Now).Max();
        var tombstones = machine.Address is { } address
            ? [.. found.Incarnations
                .Where(i => asked.Address is not null || i.Id == asked.Id)
                .Select(i => new Tombstone(i.Id, address, MachineHistories.StintsOf(gathered.Sources[i.Id], address), upTo))]
            : new List<Tombstone> { new(asked.Id, null, [], upTo) };

        // What was pinned is gone; what is imported under the id later is not pinned by that. Of an id that another machine has now the pin is that one's.
        var unpinned = tombstones.Where(HoldsNow).Select(t => t.Node).Distinct().Where(id => PinOf(gathered, id) is not null)
            .Select(id => NodePinner.Next(gathered, id, null, "removed by force", upTo)).ToList();
        var reply = await node.Ask<object>(new WriteTombstones(tombstones, unpinned), context.Settings.GateTimeout + TimeSpan.FromSeconds(1)).ConfigureAwait(false);
        return reply is TombstoneWritten { Durable: true }
            ? new HistoryRemoved(Replies.Ref(found), upTo)
            : reply as TryAgain ?? new TryAgain("no majority of the node's replicas holds the removal; send it again", TimeSpan.FromSeconds(1));
    }

    // A stint without an end is the present holder's.
    private static bool HoldsNow(Tombstone removal) => removal.Hardware is null || removal.Stints.Any(s => s.To == Stamp.MaxValue);

    private static Pin? PinOf(Gathered gathered, NodeId id) => gathered.Sources.GetValueOrDefault(id)?.Pin is { IsPinned: true } pin ? pin : null;
}
