using FailureHistory.Core.History;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Notifications;
using FailureHistory.Core.Replication;
using FailureHistory.Core.Time;
using FailureHistory.Simulator.Members;

namespace FailureHistory.Simulator.Checks;

/// <summary>Once faults stop, within a bound, every copy of the ring in force serves, complete, counts, and equals the others.</summary>
internal sealed class ReplicasBecomeEqual(World world, Ledger ledger) : Invariant(world, ledger)
{
    public override string Rule => "R9.4, R9.5, R9.6";

    public override void AtEnd()
    {
        if (Unequal(World) is { } fault)
        {
            Fail($"{World.Options.HealWithin.TotalSeconds} s after the last fault {fault}");
        }
    }

    /// <summary>What is not well yet, or null.</summary>
    public static string? Unequal(World world)
    {
        var ring = world.LatestRing;
        for (var segment = 0; segment < world.Options.Segments; segment++)
        {
            ulong? digest = null;
            foreach (var member in ring.Placement.Replicas(segment).Select(m => world.ById[m]))
            {
                if (member is not { Runs: true, Process: { } process } || process.Ring?.Version != ring.Version)
                {
                    return $"{member.Name} {(member.IsGone ? "is gone and still in the ring" : "does not know the ring in force")}";
                }

                var status = process.StatusOf(segment);
                if (status is not { Phase: CopyPhase.Serving, Complete: true, Counts: true })
                {
                    return $"segment {segment} at {member.Name} is {status.Phase}{(status.Complete ? ", complete" : "")}{(status.Counts ? ", counts" : "")}";
                }

                if (digest is { } other && other != status.Digest)
                {
                    return $"segment {segment} at {member.Name} differs from the other copies";
                }

                digest = status.Digest;
            }
        }

        return null;
    }
}

/// <summary>Once faults stop, every process that runs is taken into the ring.</summary>
internal sealed class EverybodyIsTakenIn(World world, Ledger ledger) : Invariant(world, ledger)
{
    public override string Rule => "R9.2";

    public override void AtEnd()
    {
        if (Outside(World) is { } outside)
        {
            Fail($"{World.Options.HealWithin.TotalSeconds} s after the last fault {outside.Name} runs and is not in the ring");
        }
    }

    /// <summary>Who runs outside the ring, or null.</summary>
    public static SimMember? Outside(World world)
    {
        var ring = world.LatestRing.Record;
        return world.Members.Find(m => m.Runs && !ring.Contains(m.Id));
    }
}

/// <summary>
/// A subscriber whose member reads with majority, as SubscriberActor does, is told each crossing once: sides by turns, no id twice, and in the end the
/// side that the history has.
/// </summary>
internal sealed class OneCrossingOneNotification(World world, Ledger ledger) : Invariant(world, ledger)
{
    private static readonly Threshold Half = new(0.5, 0.5, TimeSpan.Zero);
    private static readonly CrossingRules Rules = new(TimeSpan.FromMinutes(10), TimeSpan.FromSeconds(5));

    private readonly Dictionary<NodeId, Subscriber> subscribers = [];

    public override string Rule => "R8.3";

    public override void Read(ReadSeen read)
    {
        if (read.Majority && read.Observations.Count > 0)
        {
            Take(read.Node, read.Observations, read.AskedAt);
        }
    }

    public override void AtEnd()
    {
        foreach (var (node, subscriber) in subscribers)
        {
            var copies = Stored.Of(World, node).Select(s => s.Observations).ToList();
            if (copies.Count == 0 || copies[0].Count == 0)
            {
                continue;
            }

            Take(node, copies[0], World.Queue.Now);
            var last = Presents.Read(node, copies[0], HistoryOptions.Default, Stamp.Zero)!.Last;
            if (last.Probability is { } p && (p >= 0.5) != (subscriber.Told.Told == Side.Up))
            {
                Fail($"the subscriber was told last that {Words.Node(node)} is {subscriber.Told.Told}, and P is {p}");
            }

            var ids = copies.Select(c => Presents.Read(node, c, HistoryOptions.Default, Stamp.Zero)!.Last).Select(p => NotificationId.Of(node, Half, Side.Up, p)).Distinct().ToList();
            if (ids.Count > 1)
            {
                Fail($"the replicas of {Words.Node(node)} would raise {string.Join(" and ", ids)} for one crossing");
            }
        }
    }

    private void Take(NodeId node, IReadOnlyList<Observation> observations, TimeSpan askedAt)
    {
        if (!subscribers.TryGetValue(node, out var subscriber))
        {
            subscribers[node] = subscriber = new Subscriber();
        }

        if (askedAt < subscriber.ReadAt)
        {
            return; // one reading at a time
        }

        subscriber.ReadAt = World.Queue.Now;
        var now = World.Now + TimeSpan.FromSeconds(10);
        if (Presents.Read(node, observations, HistoryOptions.Default, subscriber.Told.UpTo) is not { } reading)
        {
            return;
        }

        foreach (var step in subscriber.Told.Take(reading, now))
        {
            if (step.To == subscriber.Side)
            {
                Fail($"{Words.Node(node)} was told to be {step.To} twice in a row");
            }

            subscriber.Side = step.To;
            var id = NotificationId.Of(node, Half, step.To, step.Present);
            World.Story.Tell($"the subscriber is told that {Words.Node(node)} is {step.To} by {step.Present.Observation}: {id}");
            if (!subscriber.Ids.Add(id))
            {
                Fail($"notification {id} of {Words.Node(node)} was told twice");
            }
        }
    }

    private sealed class Subscriber
    {
        public ToldSequence Told { get; } = new(Half, Rules, Side.Down, Stamp.Zero);

        public Side Side { get; set; } = Side.Down;

        public HashSet<string> Ids { get; } = [];

        public TimeSpan ReadAt { get; set; }
    }
}
