using System.Diagnostics;
using FailureHistory.Core.History;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Ring;
using FailureHistory.Core.Time;
using FailureHistory.Simulator.Members;

namespace FailureHistory.Simulator.Scale;

/// <summary>What a size of cluster costs, per member.</summary>
internal sealed record ScaleResult
{
    public required int Members { get; init; }

    public required int Nodes { get; init; }

    public required int Segments { get; init; }

    /// <summary>To compute the placement of the ring, once.</summary>
    public required TimeSpan Placement { get; init; }

    /// <summary>Messages of a member from a cold start of all until every copy serves.</summary>
    public required double StartMessages { get; init; }

    /// <summary>Messages and bytes of a member for each exchange interval in which nothing is reported.</summary>
    public required (double Messages, double Bytes) Idle { get; init; }

    /// <summary>Messages and bytes sent for each report, by all members together.</summary>
    public required (double Messages, double Bytes) Report { get; init; }

    /// <summary>Messages sent for each read with <c>one</c>.</summary>
    public required double ReadMessages { get; init; }

    /// <summary>Observations that a member stores, and the most that one does.</summary>
    public required (double Mean, long Most) Stored { get; init; }

    /// <summary>Managed memory of a member, in bytes, loaded.</summary>
    public required double Memory { get; init; }

    /// <summary>Processor time for each report, all k copies of it together.</summary>
    public required TimeSpan ReportCpu { get; init; }

    /// <summary>Reports and reads that were answered, of all.</summary>
    public required (int Answered, int All) Answers { get; init; }
}

/// <summary>
/// Many members without faults (R12.2): the same processes as in a run, started from a ring that is there, loaded with two reports a node, left alone, read.
/// The ring does not change, nobody watches (the checks are off), and each member has a copy of its own segments alone.
/// </summary>
internal static class ScaleRun
{
    private const int ReportsPerNode = 2;

    public static ScaleResult Run(int members, int nodes, int segments, ulong seed)
    {
        var options = new SimulationOptions
        {
            Seed = seed, Members = members, Nodes = nodes, Segments = segments, Faults = Faults.None, ExchangeInterval = TimeSpan.FromSeconds(10), TickEvery = TimeSpan.FromSeconds(1), KeepsRing = false,
        };
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var world = new World(options, new Decisions()) { Story = Engine.Story.Silent };
        world.Checks.IsOn = false;
        foreach (var _ in Enumerable.Range(0, members))
        {
            world.AddMember(new MemberId(world.Random.Id()));
        }

        var ring = RingChanges.Form(world.Cluster, world.Members[0].RingMember, options.ReplicationFactor, segments) with { Members = [.. world.Members.Select(m => m.RingMember).OrderBy(m => m.Id)] };
        var clock = Stopwatch.StartNew();
        world.ViewOf(ring);
        var placement = clock.Elapsed;
        foreach (var member in world.Members)
        {
            member.Disk.Ring = new RingState { InForce = ring };
            member.Start();
        }

        RunFor(world, 15);
        var start = Traffic(world);
        var (answered, reported) = (0, nodes * ReportsPerNode);
        var cpu = Environment.CpuUsage.TotalTime;
        for (var i = 0; i < reported; i++)
        {
            var draft = Draft(world.NodeOf(i % nodes), i);
            var to = world.Random.Of(world.Members);
            world.Queue.After(world.Random.Between(TimeSpan.Zero, TimeSpan.FromSeconds(8)), () => to.Run(process => process.Report([draft], recorded => answered += recorded.Count)));
        }

        RunFor(world, 9);
        cpu = Environment.CpuUsage.TotalTime - cpu;
        var loaded = Traffic(world);
        RunFor(world, 40);
        var idle = Traffic(world);
        var reads = Math.Min(nodes, 20_000);
        for (var i = 0; i < reads; i++)
        {
            var node = world.NodeOf(world.Random.Below(nodes));
            world.Random.Of(world.Members).Run(process => process.Read(node, majority: false, (found, complete) => answered += found?.Count > 0 && complete ? 1 : 0));
        }

        RunFor(world, 1);
        var read = Traffic(world);
        var memory = GC.GetTotalMemory(forceFullCollection: true) - before;
        var stored = world.Members.Select(m => m.Process!.Copies.Values.Sum(c => c.Machine.ObservationCount)).ToList();
        var idleRounds = 4.0;
        var (restingMessages, restingBytes) = ((idle.Messages - loaded.Messages) / 40.0, (idle.Bytes - loaded.Bytes) / 40.0); // of all, a second
        return new ScaleResult
        {
            Members = members,
            Nodes = nodes,
            Segments = segments,
            Placement = placement,
            StartMessages = (double)start.Messages / members,
            Idle = ((idle.Messages - loaded.Messages) / idleRounds / members, (idle.Bytes - loaded.Bytes) / idleRounds / members),
            Report = ((loaded.Messages - start.Messages - (9 * restingMessages)) / reported, (loaded.Bytes - start.Bytes - (9 * restingBytes)) / reported),
            ReadMessages = (read.Messages - idle.Messages - restingMessages) / reads,
            Stored = (stored.Average(), stored.Max()),
            Memory = (double)memory / members,
            ReportCpu = cpu / reported,
            Answers = (answered, reported + reads),
        };
    }

    private static (long Messages, long Bytes) Traffic(World world) => (world.Members.Sum(m => m.Traffic.Messages), world.Members.Sum(m => m.Traffic.Bytes));

    private static void RunFor(World world, int seconds)
    {
        var until = world.Queue.Now + TimeSpan.FromSeconds(seconds);
        while (world.Queue.Now < until && world.Queue.RunNext())
        {
        }
    }

    private static Observation Draft(NodeId node, int i) => new()
    {
        Node = node,
        Detector = $"d{i % 3}",
        Kind = i % 2 == 0 ? ObservationKind.Failure : ObservationKind.Alive,
        Id = $"r{i}",
        At = Stamp.Zero,
        ReceivedAt = Stamp.Zero,
        Accuracy = 40,
        Explicit = true,
        Total = 120,
    };
}
