using Akka.Actor;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Ring;
using FailureHistory.Node.Configuration;
using FailureHistory.Node.Member;
using FailureHistory.Node.Persistence;
using Xunit;

namespace FailureHistory.Node.Tests.Persistence;

public sealed class MemberStoreTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("fh-store-").FullName;
    private readonly DataFolder folder;
    private readonly MemberStore store;

    public MemberStoreTests()
    {
        folder = DataFolder.Open(root);
        store = new MemberStore(folder);
    }

    [Fact]
    public void Nothing_written_reads_as_nothing()
    {
        Assert.Equal(RingState.Empty, store.ReadRing());
        Assert.Empty(store.ReadCounting(RingView.Of(Ring(1))));
        Assert.Empty(store.ReadPeers());
    }

    [Fact]
    public void The_ring_in_force_and_the_vote_are_read_back_as_written()
    {
        var inForce = Ring(1);
        var accepted = RingChanges.Add(inForce, new RingMember(new MemberId(7), "rot", "h:1", "akka.tcp://failure-history@h:1"));
        var state = new RingState
        {
            InForce = inForce,
            Promised = new Ballot(9, new MemberId(7)),
            AcceptedBallot = new Ballot(8, folder.Id),
            Accepted = accepted,
        };
        store.WriteRing(state);
        Assert.Equal(state, new MemberStore(folder).ReadRing());

        store.WriteRing(new RingState { InForce = accepted });
        Assert.Equal(new RingState { InForce = accepted }, new MemberStore(folder).ReadRing());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(-1)]
    public void A_torn_or_empty_ring_file_is_told_instead_of_forming_a_new_cluster_R9_11(int keep)
    {
        store.WriteRing(new RingState { InForce = Ring(1) });
        var file = Path.Combine(root, "ring");
        var bytes = File.ReadAllBytes(file);
        File.WriteAllBytes(file, bytes[..(keep < 0 ? bytes.Length + keep : keep)]);
        Assert.StartsWith($"{file}: the ring can't be read", Assert.Throws<StartupException>(() => store.ReadRing()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_ring_file_of_another_member_is_told()
    {
        using (var other = DataFolder.Open(Path.Combine(root, "other")))
        {
            new MemberStore(other).WriteRing(new RingState { InForce = Ring(1) });
            File.Copy(Path.Combine(root, "other", "ring"), Path.Combine(root, "ring"));
        }

        Assert.Contains($"this folder is of {folder.Id}", Assert.Throws<StartupException>(() => store.ReadRing()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Which_copies_count_holds_for_the_version_it_was_written_under_and_for_the_next_where_they_were_held_before_R9_4()
    {
        // This member holds everything in version 1, and a part of it from version 4 on.
        var first = Ring(1);
        var second = Added(first, 2);
        var fourth = Added(Added(second, 3), 4);
        var view = RingView.Of(fourth);
        var kept = view.Placement.SegmentsOf(folder.Id)[0];
        var lost = Enumerable.Range(0, 256).First(s => view.Previous!.Holds(folder.Id, s) && !view.Placement.Holds(folder.Id, s));

        store.WriteCounting(4, new HashSet<int> { kept, lost });
        Assert.Equal([kept, lost], store.ReadCounting(view).OrderBy(s => s == lost));

        // In version 5 the one that was lost with version 4 may be back: what was acknowledged under 4 is not in it.
        var fifth = RingView.Of(Added(fourth, 5));
        Assert.Equal([kept], store.ReadCounting(fifth));
        Assert.Empty(store.ReadCounting(RingView.Of(Added(fifth.Record, 6))));
        Assert.Empty(store.ReadCounting(RingView.Of(second)));
        Assert.Empty(store.ReadCounting(null));
    }

    [Theory]
    [InlineData("")]
    [InlineData("4")]
    [InlineData("x:1,2")]
    [InlineData("4:1,x")]
    [InlineData("4:256")]
    [InlineData("4:-1")]
    public void A_damaged_list_of_what_counts_is_told_with_what_to_do(string content)
    {
        File.WriteAllText(Path.Combine(root, "counting"), content);
        Assert.Contains("delete it", Assert.Throws<StartupException>(() => store.ReadCounting(RingView.Of(Ring(1)))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Addresses_of_the_others_are_read_back_and_lines_that_are_none_passed_over()
    {
        var peers = new Dictionary<MemberId, Address>
        {
            [new MemberId(1)] = Address.Parse("akka.tcp://failure-history@127.0.0.1:4053"),
            [new MemberId(UInt128.MaxValue)] = Address.Parse("akka.ssl.tcp://failure-history@node.example.org:1"),
        };
        store.WritePeers(peers);
        Assert.Equal(peers, store.ReadPeers());
        File.AppendAllText(Path.Combine(root, "peers"), "half a line");
        Assert.Equal(peers, store.ReadPeers());
    }

    public void Dispose()
    {
        folder.Dispose();
        Directory.Delete(root, recursive: true);
    }

    private static RingRecord Added(RingRecord ring, ulong id) =>
        RingChanges.Add(ring, new RingMember(new MemberId((UInt128)id << 120), string.Empty, $"h:{id}", $"akka.tcp://failure-history@h:{id}"));

    private RingRecord Ring(UInt128 clusterId) => RingChanges.Form(clusterId, new RingMember(folder.Id, "blau", "h:0", "akka.tcp://failure-history@h:0"), 3);
}
