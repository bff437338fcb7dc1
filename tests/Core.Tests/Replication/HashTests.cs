using System.Text;
using CsCheck;
using FailureHistory.Core.History;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Replication;
using FailureHistory.Core.Time;
using Xunit;

namespace FailureHistory.Core.Tests.Replication;

public sealed class HashTests
{
    [Theory]
    [InlineData("", 0UL, 0xEF46DB3751D8E999UL)]
    [InlineData("a", 0UL, 0xD24EC4F1A98C6E5BUL)]
    [InlineData("abc", 0UL, 0x44BC2CF5AD770999UL)]
    [InlineData("Nobody inspects the spammish repetition", 0UL, 0xFBCEA83C8A378BF1UL)]
    [InlineData("xxhash", 20141025UL, 0xB559B98D844E0635UL)]
    public void XXH64_gives_the_published_values(string text, ulong seed, ulong expected) =>
        Assert.Equal(expected, ContentHash.Of(Encoding.ASCII.GetBytes(text), seed));

    // Made with another implementation (System.IO.Hashing 10) over the bytes 0, 1, 2, … of each length, seed = length.
    [Theory]
    [MemberData(nameof(ReferenceValues))]
    public void XXH64_agrees_with_another_implementation_at_every_block_boundary(int length, ulong expected) =>
        Assert.Equal(expected, ContentHash.Of([.. Enumerable.Range(0, length).Select(i => (byte)i)], (ulong)length));

    public static TheoryData<int, ulong> ReferenceValues() => new()
    {
        { 1, 0x771917C7F6EE2451UL },
        { 3, 0x6479F041266E76D0UL },
        { 4, 0xBBC1C9489FC87EBAUL },
        { 7, 0x54640963B8C77FA9UL },
        { 8, 0x0DFC1D486CF5E934UL },
        { 11, 0x173291F4931B000AUL },
        { 12, 0x8EB93F0C7BCF8F5AUL },
        { 15, 0x0DEFA20C973E3621UL },
        { 31, 0xBA30FB3300BD71CAUL },
        { 32, 0x35DEE9A72EF74939UL },
        { 33, 0x4D3992B427942D69UL },
        { 39, 0x0D88925CDBB2543BUL },
        { 44, 0x5BA40F96B2609966UL },
        { 63, 0xAD2949B4F8374543UL },
        { 64, 0x041E5BF40B6CAF5AUL },
        { 65, 0x9101E82B45127005UL },
        { 127, 0x4E4B0939B6DC91C6UL },
        { 200, 0xA7A7986804C650E5UL },
    };

    [Fact]
    [Trait("Rule", "R9.5")]
    public void Digest_of_an_observation_is_frozen_for_ever()
    {
        Assert.Equal(0x5943D34F17796A49UL, ObservationHash.Digest(Full));
        Assert.Equal(0x2171861843F9D068UL, ObservationHash.Digest(Bare));
    }

    [Fact]
    [Trait("Rule", "R9.7")]
    public void Digest_of_a_tombstone_is_frozen_for_ever()
    {
        var part = new Tombstone(Full.Node, HardwareAddress.Parse("AA:bb"), [(new Stamp(30), new Stamp(40)), (new Stamp(10), new Stamp(20))], new Stamp(99));
        Assert.Equal(0x45F9E48793791870UL, ObservationHash.Digest(part));
        Assert.Equal(0xAB3A1B4508C0B897UL, ObservationHash.Digest(new Tombstone(Full.Node, null, [], new Stamp(99))));
    }

    [Fact]
    public void Digest_depends_on_every_field()
    {
        Observation[] changed =
        [
            Full with { Node = Samples.Node(9) }, Full with { Origin = Samples.Node(9) }, Full with { Origin = null }, Full with { Name = "node-1" }, Full with { Name = null },
            Full with { Hardware = HardwareAddress.Parse("AA:BB") }, Full with { Hardware = null }, Full with { Detector = "Ping" }, Full with { Kind = ObservationKind.Join },
            Full with { At = new Stamp(1) }, Full with { ReceivedAt = new Stamp(1) }, Full with { ReportedAt = new Stamp(1) }, Full with { ReportedAt = null },
            Full with { Id = "o-2" }, Full with { Reason = "" }, Full with { Reason = null }, Full with { Labels = Labels.None }, Full with { Accuracy = 80.5 },
            Full with { Explicit = false }, Full with { Total = 0 }, Full with { Total = -0.0 }, Full with { Signature = null },
        ];
        Assert.Equal(changed.Length + 1, changed.Append(Full).Select(ObservationHash.Digest).Distinct().Count());
    }

    [Fact]
    public void Digests_differ_where_observations_differ() =>
        Gen.Select(Samples.Any, Samples.Any).Sample((a, b) => (Samples.Line(a) == Samples.Line(b)) == (ObservationHash.Digest(a) == ObservationHash.Digest(b)));

    private static Observation Full => new()
    {
        Node = NodeId.Parse("00112233445566778899aabbccddeeff"),
        Origin = NodeId.Parse("ffeeddccbbaa99887766554433221100"),
        Name = "Node-1.example.org",
        Hardware = HardwareAddress.Parse("AA:bb"),
        Detector = "ping",
        Kind = ObservationKind.Alive,
        At = new Stamp(17_672_256_000_000_001),
        ReceivedAt = new Stamp(17_672_256_000_000_002),
        ReportedAt = new Stamp(17_672_255_000_000_000),
        Id = "o-1",
        Reason = "nœud 🚀",
        Labels = Labels.From([KeyValuePair.Create("zone", "b"), KeyValuePair.Create("rack", "7")]),
        Accuracy = 82.5,
        Explicit = true,
        Total = 250,
        Signature = "c2ln",
    };

    private static Observation Bare => new()
    {
        Node = NodeId.Parse("00112233445566778899aabbccddeeff"),
        Kind = ObservationKind.Failure,
        At = new Stamp(1),
        ReceivedAt = new Stamp(2),
        Id = "x",
    };
}
