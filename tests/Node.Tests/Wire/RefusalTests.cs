using Akka.Actor;
using Akka.Configuration;
using FailureHistory.Core.Ring;
using FailureHistory.Messages;
using FailureHistory.Messages.Wire;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Xunit;
using Xunit.Abstractions;

namespace FailureHistory.Node.Tests.Wire;

/// <summary>What must not leave or enter the process fails loudly and by name (DESIGN D7, R13.1).</summary>
public sealed class RefusalTests : ActorTest
{
    private readonly FailureHistorySerializer serializer;

    public RefusalTests(ITestOutputHelper output)
        : base(output) => serializer = new FailureHistorySerializer((ExtendedActorSystem)Sys);

    [Fact]
    public void A_message_that_the_network_would_drop_is_refused_with_its_type_and_size()
    {
        var fits = new WriteBatch { BatchId = 1, Payload = ByteString.CopyFrom(new byte[FailureHistorySerializer.MaxMessageBytes - 6]) };
        Assert.Equal(FailureHistorySerializer.MaxMessageBytes, serializer.ToBinary(fits).Length);

        fits.Payload = ByteString.CopyFrom(new byte[FailureHistorySerializer.MaxMessageBytes - 5]);
        var fault = Assert.Throws<WireFormatException>(() => serializer.ToBinary(fits));

        Assert.Contains("WriteBatch has 64001 bytes", fault.Message, StringComparison.Ordinal);
        Assert.Contains("NodeNotFound has", Assert.Throws<WireFormatException>(() => serializer.ToBinary(new NodeNotFound(new string('x', 70_000), "m"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_goes_to_the_journal_has_no_such_limit()
    {
        var snapshot = new SegmentSnapshot { Format = 1, Segment = 3, Batches = { ByteString.CopyFrom(new byte[1_000_000]) } };
        var row = new LogRecord { Format = 1, Batches = { ByteString.CopyFrom(new byte[1_000_000]) } };

        Assert.Equal(snapshot, serializer.FromBinary(serializer.ToBinary(snapshot), serializer.Manifest(snapshot)));
        Assert.Equal(row, serializer.FromBinary(serializer.ToBinary(row), serializer.Manifest(row)));
    }

    [Fact]
    public void A_ring_of_256_segments_and_50_members_fits_into_a_message()
    {
        var members = Enumerable.Range(0, 50).Select(i => new RingMemberInfo($"{i:x32}", $"member-{i}.example.org:4053", "zone-a", 16)).ToArray();
        var segments = Enumerable.Range(0, Segments.Count).Select(s => Enumerable.Range(s, 5).Select(m => members[m % 50].Id).ToArray()).Select((ids, s) => new RingSegmentInfo(s, ids, ids)).ToArray();

        Assert.InRange(serializer.ToBinary(new RingInfo(new string('f', 32), 1, 5, members, segments)).Length, 1, 16_000);
    }

    [Fact]
    public void An_unknown_type_or_manifest_is_named()
    {
        Assert.Contains("RefusalTests+Stranger has no manifest", Assert.Throws<WireFormatException>(() => serializer.ToBinary(new Stranger("x"))).Message, StringComparison.Ordinal);
        Assert.Contains("RefusalTests+Stranger has no manifest", Assert.Throws<WireFormatException>(() => serializer.Manifest(new Stranger("x"))).Message, StringComparison.Ordinal);
        Assert.Contains("manifest 'zz' (3 bytes) is unknown", Assert.Throws<WireFormatException>(() => serializer.FromBinary([1, 2, 3], "zz")).Message, StringComparison.Ordinal);
        Assert.Contains("manifest '' (0 bytes) is unknown", Assert.Throws<WireFormatException>(() => serializer.FromBinary([], string.Empty)).Message, StringComparison.Ordinal);
        Assert.Contains("NodeRefP", Assert.Throws<WireFormatException>(() => serializer.ToBinary(new NodeRefP())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_public_message_that_lacks_what_it_must_have_is_refused_by_its_field()
    {
        var fault = Assert.Throws<WireFormatException>(() => serializer.FromBinary(new NodeStateP { AnsweredBy = "m" }.ToByteArray(), "NS"));

        Assert.Contains("NodeState (manifest 'NS'", fault.Message, StringComparison.Ordinal);
        Assert.Contains("field node is missing", fault.Message, StringComparison.Ordinal);
        Assert.Contains("ConsistencyP", Assert.Throws<WireFormatException>(() => serializer.ToBinary(new GetState("n", (Consistency)7))).Message, StringComparison.Ordinal);
        Assert.Contains("Consistency 7", Assert.Throws<WireFormatException>(() => serializer.FromBinary(new GetStateQ { Consistency = (ConsistencyP)7 }.ToByteArray(), "GS")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_report_with_a_fault_never_leaves_the_process()
    {
        var report = new ReportObservations([new ReportedObservation { Node = "n" }, new ReportedObservation { Fault = "at is no time" }]);

        Assert.Contains("at is no time", Assert.Throws<WireFormatException>(() => serializer.ToBinary(report)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Unbound))]
    public void A_type_without_a_serializer_is_refused_and_told_what_to_do(object message)
    {
        var refusing = Sys.Serialization.FindSerializerFor(message);

        var fault = Assert.Throws<WireFormatException>(() => refusing.ToBinary(message));

        Assert.Contains(message.GetType().FullName!, fault.Message, StringComparison.Ordinal);
        Assert.Contains("akka.actor.serialization-bindings", fault.Message, StringComparison.Ordinal);
    }

    public static TheoryData<object> Unbound => [new Stranger("x"), new List<string>(), new Duration(), new NodeRef("id", null, null)];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(1948)]
    [Trait("Rule", "R13.1")]
    public void Bytes_for_a_serializer_that_makes_any_type_are_refused(int identifier)
    {
        var json = System.Text.Encoding.UTF8.GetBytes($$"""{"$type":"{{typeof(FileInfo).AssemblyQualifiedName}}","fileName":"x"}""");

        var fault = Assert.Throws<WireFormatException>(() => Sys.Serialization.Deserialize(json, identifier, typeof(FileInfo).AssemblyQualifiedName!));

        Assert.Contains("System.IO.FileInfo", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_refusing_serializer_without_an_identifier_says_which_key_it_lacks()
    {
        var fault = Assert.Throws<ConfigurationException>(() => new RefusingSerializer((ExtendedActorSystem)Sys, ConfigurationFactory.Empty));

        Assert.Contains("serialization-settings", fault.Message, StringComparison.Ordinal);
    }

    private sealed record Stranger(string Text);
}
