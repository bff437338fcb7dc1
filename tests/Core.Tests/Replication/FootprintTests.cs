using FailureHistory.Core.History;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Replication;
using Xunit;
using Xunit.Abstractions;
using static FailureHistory.Core.Tests.Replication.Samples;

namespace FailureHistory.Core.Tests.Replication;

/// <summary>D11: an observation should cost about 50 bytes. Measured alone, so that no other test's memory is counted.</summary>
[Collection("Alone")]
public sealed class FootprintTests(ITestOutputHelper output)
{
    private const int Observations = 100_000;

    [Theory]
    [InlineData(1000, 16, 60)]
    [InlineData(1000, 22, 62)]
    [InlineData(100, 16, 62)]
    [InlineData(20, 16, 75)]
    public void An_observation_costs_about_50_bytes(int perNode, int idLength, int limit)
    {
        var reports = Reports(perNode, idLength);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var machine = new SegmentMachine(7, Settle);
        foreach (var report in reports)
        {
            machine.Apply(report);
        }

        var measured = (GC.GetTotalMemory(forceFullCollection: true) - before) / (double)Observations;
        var reckoned = machine.Bytes / (double)Observations;
        output.WriteLine($"{perNode} a node, ids of {idLength}: {reckoned:0.0} bytes an observation reckoned, {measured:0.0} measured");
        Assert.InRange(reckoned, 20, limit);
        Assert.InRange(measured, reckoned * 0.75, reckoned * 1.25);
        GC.KeepAlive(reports);
        GC.KeepAlive(machine);
    }

    // Three detectors, a dozen reasons, real names, one address a node, stamps that are never round, ids that no packing suits.
    private static List<Observation> Reports(int perNode, int idLength)
    {
        const int seed = 20260101;
        var random = new Random(seed);
        var nodes = Observations / perNode;
        var names = Enumerable.Range(0, nodes).Select(i => $"rack{i % 40:00}-node{i:0000}.example.org").ToArray();
        var ids = names.Select(NodeId.FromName).ToArray();
        var addresses = Enumerable.Range(0, nodes).Select(i => HardwareAddress.Parse($"52:54:00:aa:{i / 256:x2}:{i % 256:x2}")).ToArray();
        var at = Second(0);
        var reports = new List<Observation>(Observations);
        for (var i = 0; i < Observations; i++)
        {
            var n = random.Next(nodes);
            at += TimeSpan.FromTicks(random.NextInt64(TimeSpan.TicksPerMinute));
            var detector = random.Next(3);
            reports.Add(new Observation
            {
                Node = ids[n],
                Name = names[n],
                Hardware = addresses[n],
                Detector = $"detector-{detector}",
                Kind = (ObservationKind)random.Next(3),
                At = at,
                ReceivedAt = at,
                ReportedAt = detector == 0 ? at - TimeSpan.FromTicks(random.Next(10_000_000)) : null,
                Id = string.Create(idLength, random, (span, r) => r.GetItems("GHIJKLMNOPQRSTUVWXYZghijklmnopqrstuvwxyz0123456789", span)),
                Reason = random.Next(3) == 0 ? $"reason number {random.Next(12)}" : null,
                Accuracy = 60 + (detector * 10),
                Explicit = true,
                Total = 210,
            });
        }

        return reports;
    }
}

/// <summary>Tests that run while no other does.</summary>
[CollectionDefinition("Alone", DisableParallelization = true)]
public sealed class Alone;
