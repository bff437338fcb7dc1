using FailureHistory.Core.History;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Replication;
using FailureHistory.Core.Ring;
using FailureHistory.Core.Time;
using FailureHistory.Simulator.Checks;
using FailureHistory.Simulator.Clients;
using FailureHistory.Simulator.Members;
using Xunit;

namespace FailureHistory.Simulator.Tests.Scenes;

/// <summary>
/// Five members whose faults are not drawn but told, for what chance brings together too seldom: the same world, members and checks as in a run. The seed
/// settles who is nearest to what, and the delays of messages.
/// </summary>
internal sealed class Scene
{
    private long nextId;

    public Scene(ulong seed, Decisions? decisions)
    {
        World = new World(new SimulationOptions { Seed = seed, Faults = Faults.None, ReplaceAfter = TimeSpan.FromMinutes(1) }, decisions ?? new Decisions());
        var members = Enumerable.Range(0, 5).Select(_ => World.AddMember(new MemberId(World.Random.Id()))).ToList();
        var ring = RingChanges.Form(World.Cluster, members[0].RingMember, 3, World.Options.Segments) with { Members = [.. members.Select(m => m.RingMember).OrderBy(m => m.Id)] };
        foreach (var member in members)
        {
            member.Disk.Ring = new RingState { InForce = ring };
            member.Start();
        }

        Until(() => ReplicasBecomeEqual.Unequal(World) is null, 20, "all copies count");
        Pass(3);
    }

    public World World { get; }

    /// <summary>The members by id: the first is the keeper, while it is heard.</summary>
    public IReadOnlyList<SimMember> InOrder => [.. World.Members.OrderBy(m => m.Id)];

    public SimMember Keeper => InOrder[0];

    public RingView Ring => World.LatestRing;

    public IReadOnlyList<SimMember> ReplicasOf(int segment) => [.. Ring.Placement.Replicas(segment).Select(m => World.ById[m])];

    public void Pass(double seconds)
    {
        var until = World.Queue.Now + TimeSpan.FromSeconds(seconds);
        World.Queue.After(until - World.Queue.Now, () => { });
        while (World.Queue.Now < until && World.Queue.RunNext())
        {
        }
    }

    public void Until(Func<bool> condition, double seconds, string what)
    {
        var until = World.Queue.Now + TimeSpan.FromSeconds(seconds);
        while (!condition())
        {
            Assert.True(World.Queue.Now < until && World.Queue.RunNext(), $"seed {World.Options.Seed}: expected within {seconds} s that {what}; last steps: {string.Join('\n', World.Story.Last)}");
        }
    }

    public void Cut(IEnumerable<SimMember> from, IEnumerable<SimMember> to, bool bothWays)
    {
        foreach (var (a, b) in from.SelectMany(a => to.Where(b => b != a).Select(b => (a, b))))
        {
            World.Network.Cut(a.Place, b.Place);
            if (bothWays)
            {
                World.Network.Cut(b.Place, a.Place);
            }
        }
    }

    /// <summary>A report of the segment; true once a majority has it.</summary>
    public bool Report(int segment, SimMember at)
    {
        var draft = new Observation
        {
            Node = World.NodeOf(segment), Detector = "d", Kind = ObservationKind.Failure, Id = $"s{++nextId}", At = Stamp.Zero, ReceivedAt = Stamp.Zero, Accuracy = 40, Explicit = true, Total = 120,
        };
        bool? recorded = null;
        at.Run(process => process.Report([draft], places => recorded = places.Count > 0));
        Until(() => recorded is not null, 7, "a report ends");
        if (recorded == true)
        {
            World.Checks.Acknowledged(ObservationKey.Of(draft));
            Pass(0.001);
        }

        return recorded == true;
    }

    /// <summary>A read with majority; false where it can't be told.</summary>
    public bool Read(int segment, SimMember at)
    {
        bool? isAnswered = null;
        var askedAt = World.Queue.Now;
        at.Run(process => process.Read(World.NodeOf(segment), majority: true, (found, _) =>
        {
            isAnswered = found is not null;
            if (found is not null)
            {
                World.Checks.Read(new ReadSeen(World.NodeOf(segment), true, askedAt, found));
            }
        }));
        Until(() => isAnswered is not null, 7, "a read ends");
        return isAnswered == true;
    }

    /// <summary>A read with <c>one</c>: the ids that it found, or null where it can't be told, and whether it was said to be complete.</summary>
    public (IReadOnlyList<string>? Ids, bool IsComplete) ReadOne(int segment, SimMember at)
    {
        (IReadOnlyList<string>?, bool)? answer = null;
        var askedAt = World.Queue.Now;
        at.Run(process => process.Read(World.NodeOf(segment), majority: false, (found, isComplete) =>
        {
            answer = (found?.Select(o => o.Id).ToList(), isComplete);
            if (found is not null)
            {
                World.Checks.Read(new ReadSeen(World.NodeOf(segment), false, askedAt, found));
            }
        }));
        Until(() => answer is not null, 7, "a read ends");
        return answer!.Value;
    }

    /// <summary>What must hold at the end of a run, half a minute after the last fault.</summary>
    public void End()
    {
        World.Network.Heal();
        foreach (var member in World.Members.Where(m => m.Process is null))
        {
            member.Start();
        }

        Pass(30);
        new SimClients(World).AskEverybody();
        Pass(15);
        World.Checks.AtEnd();
    }
}
