using Akka.Actor;
using FailureHistory.Core.History;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Probability;
using FailureHistory.Core.Retention;
using FailureHistory.Core.Ring;
using FailureHistory.Messages;
using FailureHistory.Node.Member;
using FailureHistory.Node.Queries;
using StoredObservations = FailureHistory.Core.History.NodeObservations;

namespace FailureHistory.Node.Retention;

/// <summary>What became of a machine that one copy took to be forgettable.</summary>
/// <param name="Forgotten">Whether it is gone.</param>
/// <param name="Why">What a log says of it; null where there is nothing to say.</param>
internal sealed record ForgetOutcome(bool Forgotten, string? Why);

/// <summary>
/// Forgets one machine (R10.1): reads from a majority all that is known of it and of those it shares ids with, judges that, and writes the tombstones
/// to a majority. Cut off anywhere it has forgotten some of the machine's ids or none; the next round finds the rest.
/// </summary>
internal sealed class Forgetter(MemberContext context, IActorRef node)
{
    // Whoever names more machines under one id is no administrator: then each is forgotten for itself.
    private const int MostOthers = 16;

    private readonly MachineGatherer gatherer = new(context);

    public async Task<ForgetOutcome> Forget(NodeReference asked, TimeSpan forgetAfter)
    {
        if (context.Ring is not { } ring)
        {
            return new ForgetOutcome(false, null);
        }

        var settledAt = Forgetting.SettledAt(context.Wall, context.Settings.GateTimeout);
        var deadline = new Deadline(context.Time, context.Settings.QueryTimeout);
        var gathered = await gatherer.Gather(asked, Consistency.Majority, ring, asOfNow: false, deadline).ConfigureAwait(false);
        if (gathered.Machine is not { } machine || !IsDue(machine, asked, gathered.Sources, forgetAfter))
        {
            return new ForgetOutcome(false, gathered.Fault is { } fault ? $"{asked} can't be judged now: {fault}" : null);
        }

        var sources = new Dictionary<NodeId, StoredObservations>(gathered.Sources);
        List<MachineHistory> machines = [machine, .. await Abandoned(machine, sources, ring, deadline, forgetAfter).ConfigureAwait(false)];
        var tombstones = Forgetting.Tombstones(machines, sources, settledAt);
        var ids = machines.SelectMany(m => m.Incarnations).Select(i => i.Id).Distinct();
        if (await IsPinnedOrUnread(ids, ring, deadline).ConfigureAwait(false) || context.Now < context.HeldUntil || context.Ring?.Version != ring.Version)
        {
            return new ForgetOutcome(false, null); // pinned meanwhile; rows are being restored, and the join may be among them; or what was read is a majority of another version (R9.9)
        }

        var reply = await node.Ask<object>(new WriteTombstones(tombstones), context.Settings.GateTimeout + TimeSpan.FromSeconds(1)).ConfigureAwait(false);
        var name = machine.Name ?? machine.Node.ToString();
        return reply is TombstoneWritten { Durable: true }
            ? new ForgetOutcome(true, $"{name} is forgotten: failed, and nothing was reported about it since {machine.LastReceivedAt}")
            : new ForgetOutcome(false, $"{name} is to be forgotten, but no majority of its replicas holds that yet");
    }

    private async Task<bool> IsPinnedOrUnread(IEnumerable<NodeId> ids, RingView ring, Deadline deadline)
    {
        foreach (var id in ids)
        {
            if (await gatherer.ReadMajority(id, ring, deadline).ConfigureAwait(false) is not { Pin: not { IsPinned: true } })
            {
                return true;
            }
        }

        return false;
    }

    private bool IsDue(MachineHistory machine, NodeReference asked, IReadOnlyDictionary<NodeId, StoredObservations> sources, TimeSpan forgetAfter)
    {
        var now = context.Now;
        return MachineHistories.EvaluateAsOf([.. sources.Values], asked, Replies.Options(context), now) is { } asOfNow
            && Forgetting.IsDue(machine, NodeStates.Of(asOfNow, context.Registry, now, context.Settings.FailedThreshold).Condition, now, forgetAfter);
    }

    // Those that held the machine's ids before it and hold none now: a node is forgotten with all its incarnations. What was read of them is added.
    private async Task<List<MachineHistory>> Abandoned(
        MachineHistory machine, Dictionary<NodeId, StoredObservations> sources, RingView ring, Deadline deadline, TimeSpan forgetAfter)
    {
        var abandoned = new List<MachineHistory>();
        var held = machine.Incarnations.Where(i => i.To is null).Select(i => i.Id);
        var others = held.SelectMany(id => Forgetting.OthersOn(sources[id], machine.Hardware)).Distinct().Take(MostOthers);
        foreach (var other in others.ToList())
        {
            var reference = NodeReference.Parse(NodeReference.AddressPrefix + other.Text);
            var gathered = await gatherer.Gather(reference, Consistency.Majority, ring, asOfNow: false, deadline).ConfigureAwait(false);
            if (gathered.Fault is not null || gathered.Machine is not { } found || !Forgetting.IsAbandoned(found, context.Now, forgetAfter))
            {
                continue;
            }

            abandoned.Add(found);
            foreach (var (id, source) in gathered.Sources)
            {
                sources.TryAdd(id, source);
            }
        }

        return abandoned;
    }
}
