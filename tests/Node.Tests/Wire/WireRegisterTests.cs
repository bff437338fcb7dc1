using System.Globalization;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
using Akka.Actor;
using CsCheck;
using FailureHistory.Core.Identity;
using FailureHistory.Messages;
using FailureHistory.Messages.Wire;
using Google.Protobuf;
using Xunit;
using Xunit.Abstractions;

namespace FailureHistory.Node.Tests.Wire;

/// <summary>The register is complete, its bytes do not change, and everything in it comes back as it was.</summary>
public sealed class WireRegisterTests : ActorTest
{
    // Records that are only ever part of another message.
    private static readonly Type[] Parts =
    [
        typeof(NodeRef), typeof(SuspectInfo), typeof(ReportedObservation), typeof(Rejection), typeof(IncidentInfo), typeof(VerdictInfo), typeof(IncarnationInfo),
        typeof(PeriodInfo), typeof(ObservationInfo), typeof(NodeSummary), typeof(ClusterMemberInfo), typeof(RingMemberInfo), typeof(RingSegmentInfo),
        typeof(PinInfo), typeof(FailureInfo), typeof(SubscriptionPart),
    ];

    // Protobuf messages that travel as bytes within another, or stand for a record of the public protocol.
    private static readonly Type[] WireParts =
    [
        typeof(ObservationBatch), typeof(LabelSet), typeof(TombstoneRow), typeof(PinRow), typeof(FoldRow), typeof(FoldTotals), typeof(ClockReservation), typeof(SegmentComplete), typeof(SegmentDigest),
        typeof(NoticeP), typeof(PresentP),
    ];

    private static readonly JsonSerializerOptions Json = new() { NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals };

    private readonly FailureHistorySerializer serializer;
    private readonly ITestOutputHelper output;

    public WireRegisterTests(ITestOutputHelper output)
        : base(output)
    {
        this.output = output;
        serializer = new FailureHistorySerializer((ExtendedActorSystem)Sys);
    }

    public static TheoryData<string> Manifests => [.. WireTypes.All.Select(t => t.Manifest)];

    [Fact]
    public void Every_public_record_has_a_manifest_or_is_part_of_one_that_has()
    {
        var records = typeof(GetState).Assembly.GetTypes().Where(t => t.IsPublic && t.IsClass && t.Namespace == typeof(GetState).Namespace).ToArray();
        var sent = WireTypes.All.Select(t => t.Type).Where(t => t.Namespace == typeof(GetState).Namespace).ToArray();

        Assert.True(records.Length > 40, $"found only {records.Length} records");
        Assert.Equal(records.Except(Parts).OrderBy(t => t.Name), sent.OrderBy(t => t.Name));
        Assert.Equal(Parts.OrderBy(t => t.Name), sent.SelectMany(Within).Distinct().Except(sent).OrderBy(t => t.Name));
    }

    [Fact]
    public void Every_protobuf_message_has_a_manifest_or_is_part_of_one_that_has()
    {
        var messages = typeof(WriteBatch).Assembly.GetTypes().Where(t => typeof(IMessage).IsAssignableFrom(t) && t is { IsClass: true, IsNested: false }).ToArray();
        var sent = WireTypes.All.Select(t => t.Type).Where(t => typeof(IMessage).IsAssignableFrom(t)).ToArray();
        var standsForRecord = messages.Where(t => t.Name[^1] is 'P' or 'Q' && !sent.Contains(t) && IsInFile(t, "public.proto"));

        Assert.Equal(messages.Except(WireParts).Except(standsForRecord).OrderBy(t => t.Name), sent.OrderBy(t => t.Name));
    }

    [Fact]
    public void Manifests_are_short_and_distinct_and_the_identifier_is_the_one_released()
    {
        Assert.All(WireTypes.All, t => Assert.Matches("^([A-Z]{2,3}|[cl][a-z]{2})$", t.Manifest));
        Assert.Equal(WireTypes.All.Count, WireTypes.All.Select(t => t.Manifest).Distinct().Count());
        Assert.Equal(1947, serializer.Identifier);
        Assert.All(WireTypes.All, t => Assert.Equal(t.Manifest[0] != 'l', t.Sent));
    }

    [Fact]
    public void The_configuration_binds_every_type_of_the_register_and_no_other()
    {
        var bound = FailureHistorySerializer.Configuration.GetConfig("akka.actor.serialization-bindings").AsEnumerable()
            .Where(b => b.Value.GetString() == "fh").Select(b => b.Key);

        Assert.Equal(WireTypes.All.Select(t => $"{t.Type.FullName}, {t.Type.Assembly.GetName().Name}").Order(StringComparer.Ordinal), bound.Order(StringComparer.Ordinal));
        Assert.All(WireTypes.All, t => Assert.IsType<FailureHistorySerializer>(Sys.Serialization.FindSerializerForType(t.Type)));
    }

    [Fact]
    public void The_document_lists_every_manifest_with_its_type()
    {
        var document = WireDocument.Read();

        Assert.All(WireTypes.All, t => Assert.Contains($"| `{t.Manifest}` | {t.Type.Name} |", document, StringComparison.Ordinal));
    }

    /// <summary>
    /// golden.txt has a line for each layout ever released: manifest, bytes. The last line of a manifest is what is written now; the earlier
    /// ones must be readable for ever. Add a line when a message gains a field, and never change one.
    /// </summary>
    [Theory]
    [MemberData(nameof(Manifests))]
    public void The_bytes_are_those_that_were_released(string manifest)
    {
        var type = WireTypes.All.Single(t => t.Manifest == manifest);
        var message = Golden(type);
        var written = Convert.ToHexStringLower(serializer.ToBinary(message));
        var released = WireDocument.Golden().Where(line => line.Manifest == manifest).Select(line => line.Hex).ToArray();

        Assert.True(released.Length > 0 && released[^1] == written, $"golden.txt does not end with this line for {type.Type.Name}:\n{manifest} {written}");
        Assert.All(released, hex => Assert.IsType(type.Type, serializer.FromBinary(Convert.FromHexString(hex), manifest)));
        AssertSame(message, serializer.FromBinary(Convert.FromHexString(released[^1]), manifest));
    }

    [Fact]
    public void A_released_batch_is_read_for_ever()
    {
        var observations = RandomObservations.Fleet(4, seed: 77);
        var released = WireDocument.Golden().Where(line => line.Manifest == "batch").Select(line => line.Hex).ToArray();
        var written = Convert.ToHexStringLower(ObservationBatchCodec.Encode(observations).Span);

        Assert.True(released.Length > 0 && released[^1] == written, $"golden.txt does not end with this line:\nbatch {written}");
        Assert.All(released, hex => Assert.Equal(observations, ObservationBatchCodec.Decode(Convert.FromHexString(hex)).Observations));
    }

    [Theory]
    [MemberData(nameof(Manifests))]
    public void A_message_with_whatever_in_it_comes_back_as_it_was(string manifest)
    {
        var type = WireTypes.All.Single(t => t.Manifest == manifest).Type;
        Gen.ULong.Sample(seed =>
        {
            var message = new MessageFiller(seed, everything: false).Make(type);
            AssertSame(message, serializer.FromBinary(serializer.ToBinary(message), serializer.Manifest(message)));
        }, iter: 200);
    }

    [Fact]
    public void The_filler_leaves_out_and_empties_what_may_be_missing()
    {
        var made = Enumerable.Range(0, 200).Select(i => (RegisterDetector)new MessageFiller((ulong)i, everything: false).Make(typeof(RegisterDetector))).ToArray();

        Assert.Contains(made, m => m.Description is null);
        Assert.Contains(made, m => m.Description is { Length: 0 });
        Assert.Contains(made, m => m.Scope is null);
        Assert.Contains(made, m => m.Scope is { Count: 0 });
        Assert.Contains(made, m => m.Ttl is null);
        Assert.Contains(made, m => m.Id.Any(c => c > 0x7f));
    }

    [Theory]
    [MemberData(nameof(Manifests))]
    public void A_message_that_actors_send_is_serialized_and_comes_back_as_it_was(string manifest)
    {
        var type = WireTypes.All.Single(t => t.Manifest == manifest);
        var message = Golden(type);
        var echo = Sys.ActorOf(Props.Create(() => new Echo()));

        echo.Tell(message, TestActor);
        var received = ExpectMsg<object>(TimeSpan.FromSeconds(10), $"the echo of {type.Type.Name}");

        Assert.NotSame(message, received);
        AssertSame(message, received);
    }

    [Fact]
    public void Corrupt_bytes_of_any_type_are_refused_by_name_or_read()
    {
        Gen.Select(Gen.Int[0, WireTypes.All.Count - 1], Gen.Byte.Array[0, 60]).Sample((index, bytes) =>
        {
            var manifest = WireTypes.All[index].Manifest;
            var fault = Record.Exception(() => { serializer.FromBinary(bytes, manifest); });
            Assert.True(fault is null or WireFormatException, $"{manifest} {Convert.ToHexString(bytes)}: {fault}");
            Assert.Contains(manifest, fault?.Message ?? manifest, StringComparison.Ordinal);
        }, iter: 20_000);
    }

    [Fact]
    [Trait("Rule", "R9.2")]
    public void A_ring_record_comes_back_as_it_was()
    {
        var ring = new Core.Ring.RingRecord
        {
            ClusterId = UInt128.MaxValue - 5,
            Version = 7,
            ReplicationFactor = 3,
            Members = [new(new MemberId(1), "z1", "h:1", "akka.tcp://s@h:1"), new(new MemberId(UInt128.MaxValue), string.Empty, "h:2", "akka.tcp://s@h:2")],
            PreviousMembers = [new(new MemberId(1), "z1", "h:1", "akka.tcp://s@h:1")],
        };

        var back = RingRecordP.Parser.ParseFrom(ring.ToWire().ToByteArray()).ToRecord();

        Assert.Equal((ring.ClusterId, ring.Version, ring.ReplicationFactor, ring.SegmentCount), (back.ClusterId, back.Version, back.ReplicationFactor, back.SegmentCount));
        Assert.Equal(ring.Members, back.Members);
        Assert.Equal(ring.PreviousMembers, back.PreviousMembers);
        Assert.Throws<WireFormatException>(() => new RingRecordP { Version = 1, ReplicationFactor = 3, SegmentCount = 256, ClusterId = ByteString.CopyFrom(1) }.ToRecord());
    }

    [Fact]
    public void Lists_of_digests_and_ids_come_back_as_they_were()
    {
        Gen.Select(Gen.ULong, Gen.ULong, Gen.ULong).Array[0, 50].Sample(values =>
        {
            var digests = values.Select(v => (new NodeId(new UInt128(v.Item1, v.Item2)), v.Item3)).ToArray();
            Assert.Equal(digests, WireIds.UnpackDigests(WireIds.PackDigests(digests)));
            Assert.All(digests, d => Assert.Equal(d.Item1, WireIds.Node(WireIds.Bytes(d.Item1))));
        });
        Assert.Throws<WireFormatException>(() => WireIds.UnpackDigests(ByteString.CopyFrom(new byte[25])));
        Assert.Throws<WireFormatException>(() => WireIds.Member(ByteString.CopyFrom(new byte[15])));
        Assert.Null(WireIds.MemberOrNone(ByteString.Empty));
    }

    private static object Golden(WireType type) => new MessageFiller(Fnv(type.Manifest), everything: true).Make(type.Type);

    private static ulong Fnv(string text) => text.Aggregate(14695981039346656037UL, (hash, c) => (hash ^ c) * 1099511628211UL);

    private static bool IsInFile(Type type, string file) =>
        ((Google.Protobuf.Reflection.MessageDescriptor)type.GetProperty("Descriptor")!.GetValue(null)!).File.Name == file;

    private static IEnumerable<Type> Within(Type record) => record.GetProperties(BindingFlags.Public | BindingFlags.Instance)
        .Select(p => p.PropertyType)
        .SelectMany(t => t.IsGenericType ? t.GetGenericArguments() : [t])
        .Where(t => t.IsClass && t.Namespace == typeof(GetState).Namespace)
        .SelectMany(t => Within(t).Prepend(t));

    // Records hold lists, which compare by reference; their JSON shows every value. Protobuf messages compare by value.
    private static void AssertSame(object expected, object actual)
    {
        if (expected is IMessage)
        {
            Assert.Equal(expected, actual);
            return;
        }

        Assert.IsType(expected.GetType(), actual);
        Assert.Equal(JsonSerializer.Serialize(expected, expected.GetType(), Json), JsonSerializer.Serialize(actual, actual.GetType(), Json));
    }

    private sealed class Echo : ReceiveActor
    {
        public Echo() => ReceiveAny(m => Sender.Tell(m));
    }
}
