using Akka.Actor;
using Akka.TestKit;
using FailureHistory.Core.Identity;
using FailureHistory.Messages;
using FailureHistory.Messages.Wire;
using FailureHistory.Node.Ingest;
using FailureHistory.Node.Member;
using FailureHistory.Node.Registry;
using Xunit;
using Xunit.Abstractions;

namespace FailureHistory.Node.Tests.Ingest;

/// <summary>The gate of one of several members; the test plays the logs, its own and the others'. Time is fake, but Akka's scheduler (ticks of 100 ms) is real.</summary>
public abstract class GateTest : ActorTest
{
    private protected GateTest(ITestOutputHelper output)
        : base(output)
    {
        Log = CreateTestProbe("own-log");
        Others = CreateTestProbe("other-logs");
        Aggregator = CreateTestProbe("aggregator");
        Reporter = CreateTestProbe("reporter");
    }

    private protected new TestProbe Log { get; }

    private protected TestProbe Others { get; }

    private protected TestProbe Aggregator { get; }

    private protected TestProbe Reporter { get; }

    private protected static ReportedObservation Failure(string node, string? id = null) => new() { Node = node, Kind = "failure", Detector = "ping", Id = id };

    private protected static DecodedBatch Decode(WriteBatch batch) => ObservationBatchCodec.Decode(batch.Payload);

    private protected static void Written(IActorRef gate, MemberRig rig, WriteBatch batch, MemberId member, long? version = null) =>
        gate.Tell(new BatchWritten { BatchId = batch.BatchId, Member = WireIds.Bytes(member), RingVersion = version ?? rig.Ring.Version });

    private protected static void Refused(IActorRef gate, WriteBatch batch, MemberId member) =>
        gate.Tell(new BatchRefused { BatchId = batch.BatchId, Member = WireIds.Bytes(member), RingVersion = batch.RingVersion, Reason = "no disk" });

    private protected (MemberRig Rig, IActorRef Gate) Gate(int members = 3, bool reserve = true, params string[] arguments)
    {
        var rig = new MemberRig(Sys, members, arguments);
        MemberRig.Others(this, Others, "log");
        if (reserve)
        {
            rig.Context.Clock.Reserve(rig.Context.Now + TimeSpan.FromMinutes(10));
        }

        return (rig, Sys.ActorOf(FailureHistory.Node.Ingest.Gate.Props(rig.Context, Log, Aggregator), "gate"));
    }

    private protected void Report(IActorRef gate, params ReportedObservation[] observations) => gate.Tell(new LocalReport(new ReportObservations(observations)), Reporter);

    private protected void Recorded(int accepted, int duplicates)
    {
        var recorded = Reporter.ExpectMsg<ObservationsRecorded>();
        Assert.Equal((accepted, duplicates), (recorded.Accepted, recorded.Duplicates));
        Assert.Empty(recorded.Retry);
        Assert.Empty(recorded.Rejected);
    }
}
