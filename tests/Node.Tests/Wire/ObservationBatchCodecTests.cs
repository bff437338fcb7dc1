using CsCheck;
using FailureHistory.Core.History;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Replication;
using FailureHistory.Core.Time;
using FailureHistory.Messages.Wire;
using Google.Protobuf;
using Xunit;
using Xunit.Abstractions;

namespace FailureHistory.Node.Tests.Wire;

public sealed class ObservationBatchCodecTests(ITestOutputHelper output)
{
    private static readonly Observation Plain = new()
    {
        Node = NodeId.FromName("n"), Name = "n", Kind = ObservationKind.Join, At = new Stamp(1), ReceivedAt = new Stamp(1), Id = "a",
    };

    [Fact]
    [Trait("Rule", "R2.4")]
    public void Every_field_of_every_observation_comes_back_as_it_was()
    {
        RandomObservations.Any.Array[0, 60].Sample(observations => AssertSame(observations, ObservationBatchCodec.Decode(ObservationBatchCodec.Encode(observations)).Observations), iter: 1_000);
    }

    [Fact]
    public void The_generator_reaches_every_optional_field_and_both_kinds_of_name()
    {
        var seen = new List<Observation>();
        RandomObservations.Any.Array[200].Sample(o => { lock (seen) { seen.AddRange(o); } }, iter: 5);

        Assert.Contains(seen, o => o.Origin is not null && o.Name is not null);
        Assert.Contains(seen, o => o.Name is null);
        Assert.Contains(seen, o => o.Name is not null && o.About == NodeId.FromName(o.Name));
        Assert.Contains(seen, o => o.Name is not null && o.About != NodeId.FromName(o.Name));
        Assert.Contains(seen, o => o.ReportedAt is not null && o.Reason is not null && o.Labels.Count > 1 && o.Signature is not null && o.Hardware is not null);
        Assert.Contains(seen, o => o.Detector is null && o.Id.Length == 0);
        Assert.Contains(seen, o => double.IsNaN(o.Accuracy) || double.IsInfinity(o.Accuracy) || o.Accuracy < 0);
        Assert.Contains(seen, o => o.At.Ticks < 0);
    }

    [Fact]
    [Trait("Rule", "R9.7")]
    public void Tombstones_come_back_as_they_were()
    {
        Gen.Select(RandomObservations.Any.Array[0, 3], RandomObservations.AnyTombstone.Array[0, 20]).Sample((observations, tombstones) =>
        {
            var decoded = ObservationBatchCodec.Decode(ObservationBatchCodec.Encode(observations, tombstones));

            AssertSame(observations, decoded.Observations);
            Assert.Equal(tombstones.Select(Flat), decoded.Tombstones.Select(Flat));
        });

        static (NodeId, string?, Stamp, string) Flat(Tombstone t) => (t.Node, t.Hardware?.Text, t.UpTo, string.Join(' ', t.Stints.Select(s => $"{s.From.Ticks}..{s.To.Ticks}")));
    }

    [Fact]
    public void Numbers_come_back_to_the_last_bit() =>
        Assert.All([0.0, -0.0, double.NaN, BitConverter.Int64BitsToDouble(0x7ff8000000000123), double.Epsilon, 0.1, double.MaxValue], AssertNumber);

    private static void AssertNumber(double value)
    {
        var decoded = ObservationBatchCodec.Decode(ObservationBatchCodec.Encode([Plain with { Accuracy = 0.0, Total = value }, Plain with { Accuracy = value }])).Observations;

        Assert.Equal(BitConverter.DoubleToInt64Bits(value), BitConverter.DoubleToInt64Bits(decoded[0].Total));
        Assert.Equal(BitConverter.DoubleToInt64Bits(value), BitConverter.DoubleToInt64Bits(decoded[1].Accuracy));
        Assert.Equal(0L, BitConverter.DoubleToInt64Bits(decoded[0].Accuracy));
    }

    [Fact]
    [Trait("Rule", "R1.1")]
    public void A_name_keeps_its_case_and_an_address_its_spelling()
    {
        var reported = Plain with { Node = NodeId.FromName("Rack1"), Name = "Rack1", Hardware = HardwareAddress.Parse("AA:bb:01:02:03:04") };

        var decoded = Assert.Single(ObservationBatchCodec.Decode(ObservationBatchCodec.Encode([reported])).Observations);

        Assert.Equal("Rack1", decoded.Name);
        Assert.Equal("AA:bb:01:02:03:04", decoded.Hardware!.Text);
        Assert.Equal(NodeId.FromName("rack1"), decoded.Node);
    }

    [Fact]
    public void A_report_costs_at_most_64_bytes_in_a_batch_of_100()
    {
        foreach (var seed in (int[])[1, 2, 3])
        {
            var payload = ObservationBatchCodec.Encode(RandomObservations.Fleet(100, seed));
            output.WriteLine($"seed {seed}: {payload.Length / 100.0:F1} bytes an observation in a batch of 100");

            Assert.InRange(payload.Length, 100, 6_400);
        }

        var snapshot = ObservationBatchCodec.Encode(RandomObservations.Fleet(5_000, 4));
        output.WriteLine($"seed 4: {snapshot.Length / 5_000.0:F1} bytes an observation in 5,000 of 100 nodes");
        Assert.InRange(snapshot.Length, 5_000, 5_000 * 34);
    }

    [Fact]
    public void Coding_allocates_little_more_than_what_it_makes()
    {
        var observations = RandomObservations.Fleet(100, 5);
        var payload = ObservationBatchCodec.Encode(observations);
        ObservationBatchCodec.Decode(payload);

        var encoding = Allocated(() => ObservationBatchCodec.Encode(observations)) / 100;
        var decoding = Allocated(() => ObservationBatchCodec.Decode(payload)) / 100;
        output.WriteLine($"seed 5: allocates {encoding} bytes an observation to encode, {decoding} to decode");

        Assert.InRange(encoding, 0, 700);
        Assert.InRange(decoding, 0, 700);
    }

    [Fact]
    public void Ten_thousand_reports_go_through_pages_that_a_message_can_hold()
    {
        AssertPaged(RandomObservations.Fleet(10_000, 6, nodes: 2_000));
    }

    [Fact]
    [Trait("Rule", "R6.8")]
    public void A_history_of_100_000_goes_through_pages_that_a_message_can_hold()
    {
        AssertPaged(RandomObservations.Fleet(100_000, 7, nodes: 1));
    }

    [Fact]
    [Trait("Rule", "R2.8")]
    public void The_largest_observation_allowed_fits_into_a_page_alone_and_every_page_of_wild_ones_stays_below_its_limit()
    {
        var wide = new string('語', 256);
        var largest = Plain with
        {
            Name = wide, Detector = wide, Id = wide, Signature = new string('s', 1_024), Reason = new string('語', 1_024), Hardware = HardwareAddress.Parse(new string('語', 128)),
            Labels = Labels.From(Enumerable.Range(0, 32).Select(i => KeyValuePair.Create($"{i:00}" + new string('語', 254), $"{i:00}" + new string('語', 254)))),
        };

        Assert.InRange(ObservationBatchCodec.EncodePage([largest, largest], 0, out var next).Length, 1, ObservationBatchCodec.MaxPayloadBytes);
        Assert.Equal(1, next);
        RandomObservations.Any.Array[1, 80].Sample(observations => AssertPages(observations, 6_000, mayExceed: true), iter: 300);
    }

    [Fact]
    public void The_size_that_a_writer_states_is_never_too_low_and_hardly_too_high()
    {
        RandomObservations.Any.Array[0, 80].Sample(observations =>
        {
            var writer = new ObservationBatchWriter();
            foreach (var observation in observations)
            {
                writer.Add(observation);
            }

            var stated = writer.Size;
            var real = writer.ToPayload().Length;
            Assert.InRange(stated, real, (real * 21 / 20) + 256 + (12 * observations.Length));
        });
    }

    [Fact]
    public void Bytes_that_are_no_batch_are_told_from_it()
    {
        Gen.Byte.Array[0, 400].Sample(AssertRefusedOrRead, iter: 5_000);
    }

    [Fact]
    public void A_batch_cut_short_anywhere_is_refused_or_read_but_never_breaks_the_reader()
    {
        var payload = ObservationBatchCodec.Encode(RandomObservations.Fleet(40, 8), [new Tombstone(default, null, [(new Stamp(1), new Stamp(2))], new Stamp(3))]).ToByteArray();
        for (var length = 0; length < payload.Length; length++)
        {
            AssertRefusedOrRead(payload[..length]);
        }

        Assert.Throws<WireFormatException>(() => ObservationBatchCodec.Decode(payload.AsSpan(0, payload.Length / 2)));
    }

    [Fact]
    public void A_batch_with_bytes_changed_is_refused_or_read_but_never_breaks_the_reader()
    {
        Gen.Select(RandomObservations.Any.Array[1, 20], Gen.Select(Gen.Int[0, int.MaxValue], Gen.Byte).Array[1, 6]).Sample((observations, changes) =>
        {
            var payload = ObservationBatchCodec.Encode(observations).ToByteArray();
            foreach (var (position, value) in changes)
            {
                payload[position % payload.Length] = value;
            }

            AssertRefusedOrRead(payload);
        }, iter: 3_000);
    }

    [Fact]
    public void What_is_wrong_with_a_batch_is_named()
    {
        AssertNames("format 2", b => b.Format = 2);
        AssertNames("column at has 2 values; expected 1", b => b.At.Add(1));
        AssertNames("column node names entry 9 of a table of 1", b => b.Node[0] = 9);
        AssertNames("column detector names entry 4 of a table of 0", b => b.Detector[0] = 5);
        AssertNames("kind 7", b => b.Kinds = ByteString.CopyFrom(7));
        AssertNames("column ids has 3 values; expected 0", b => b.Ids = ByteString.CopyFrom(1, 2, 3));
        AssertNames("node 0 has neither", b => b.NodeNames[0] = string.Empty);
        AssertNames("begins 1 bytes before the end", b => b.KeyLength[0] = uint.MaxValue);
        AssertNames("column keys has 2 values; expected 1", b => b.Keys = ByteString.CopyFromUtf8("ab"));
        AssertNames("no UTF-8", b => b.Keys = ByteString.CopyFrom(0xff));
        AssertNames("hardware 'none'", b => b.Hardware.Add("none"));
        AssertNames("names row 6 of 1", b => { b.ReasonRows.Add(7); b.Reason.Add(0); b.Reasons.Add("r"); });
        AssertNames("names row 0 twice", b => { b.ReasonRows.Add([1, 0]); b.Reason.Add([0, 0]); b.Reasons.Add("r"); });
        AssertNames("label set 0 has 1 texts", b => { b.LabelTexts.Add("k"); b.LabelSets.Add(new LabelSet { Pairs = { 0 } }); });
        AssertNames("tombstone 0 has 1 ends", b => b.Tombstones.Add(new TombstoneRow { Node = WireIds.Bytes(default(NodeId)), Stints = { 1 } }));
        AssertNames("node id has 2 bytes", b => b.Tombstones.Add(new TombstoneRow { Node = ByteString.CopyFrom(1, 2) }));

        static void AssertNames(string expected, Action<ObservationBatch> spoil)
        {
            var batch = ObservationBatch.Parser.ParseFrom(ObservationBatchCodec.Encode([Plain]));
            spoil(batch);
            Assert.Contains(expected, Assert.Throws<WireFormatException>(() => ObservationBatchCodec.Decode(batch.ToByteArray())).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void What_would_not_come_back_as_it_was_is_not_written()
    {
        Assert.Contains("half of a surrogate pair", Refused(Plain with { Id = "a\ud800" }), StringComparison.Ordinal);
        Assert.Contains("name has half", Refused(Plain with { Name = "\udc00" }), StringComparison.Ordinal);
        Assert.Contains("reason has half", Refused(Plain with { Reason = "\ud800x" }), StringComparison.Ordinal);
        Assert.Contains("is empty", Refused(Plain with { Name = string.Empty }), StringComparison.Ordinal);
        Assert.Contains("kind 9", Refused(Plain with { Kind = (ObservationKind)9 }), StringComparison.Ordinal);

        static string Refused(Observation observation) => Assert.Throws<WireFormatException>(() => ObservationBatchCodec.Encode([observation])).Message;
    }

    [Fact]
    public void A_reader_passes_over_fields_that_a_newer_writer_added()
    {
        var newer = ObservationBatchCodec.Encode([Plain]).ToByteArray().Concat<byte>([0xfa, 0x3f, 1, 42]).ToArray();

        AssertSame([Plain], ObservationBatchCodec.Decode(newer).Observations);
    }

    // Records compare member by member; labels and addresses by value, but an address without regard to case.
    private static void AssertSame(Observation[] expected, IReadOnlyList<Observation> actual)
    {
        Assert.Equal(expected.Length, actual.Count);
        for (var i = 0; i < expected.Length; i++)
        {
            Assert.Equal(expected[i], actual[i]);
            Assert.Equal(expected[i].Hardware?.Text, actual[i].Hardware?.Text);
            Assert.Equal(BitConverter.DoubleToInt64Bits(expected[i].Accuracy), BitConverter.DoubleToInt64Bits(actual[i].Accuracy));
            Assert.Equal(BitConverter.DoubleToInt64Bits(expected[i].Total), BitConverter.DoubleToInt64Bits(actual[i].Total));
        }
    }

    private static void AssertPaged(Observation[] observations)
    {
        var pages = AssertPages(observations, ObservationBatchCodec.MaxPayloadBytes, mayExceed: false);
        var message = new NodesPage { RingVersion = 1, Segment = 2, Member = WireIds.Bytes(UInt128.One), Next = new string('c', 256) };
        Assert.All(pages, page =>
        {
            message.Payload = page;
            Assert.InRange(message.CalculateSize(), 1, FailureHistorySerializer.MaxMessageBytes);
        });
        Assert.All(pages.SkipLast(1), page => Assert.InRange(page.Length, ObservationBatchCodec.MaxPayloadBytes * 9 / 10, ObservationBatchCodec.MaxPayloadBytes));
    }

    private static List<ByteString> AssertPages(Observation[] observations, int maxBytes, bool mayExceed)
    {
        var pages = new List<ByteString>();
        var back = new List<Observation>();
        for (var start = 0; start < observations.Length;)
        {
            var page = ObservationBatchCodec.EncodePage(observations, start, out var next, maxBytes);
            Assert.InRange(next, start + 1, observations.Length);
            Assert.True(page.Length <= maxBytes || (mayExceed && next == start + 1), $"a page of {next - start} has {page.Length} bytes; the limit is {maxBytes}");
            back.AddRange(ObservationBatchCodec.Decode(page).Observations);
            pages.Add(page);
            start = next;
        }

        AssertSame(observations, back);
        return pages;
    }

    private static void AssertRefusedOrRead(byte[] bytes)
    {
        DecodedBatch? decoded = null;
        var fault = Record.Exception(() => { decoded = ObservationBatchCodec.Decode(bytes); });
        Assert.True(fault is null or WireFormatException, $"{Convert.ToHexString(bytes)}: expected a WireFormatException or none, came {fault}");
        Assert.InRange(decoded?.Observations.Count ?? 0, 0, bytes.Length);
        Assert.InRange(Allocated(() => Record.Exception(() => { ObservationBatchCodec.Decode(bytes); })), 0, 64_000 + (400L * bytes.Length));
    }

    private static long Allocated<T>(Func<T> action)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        action();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }
}
