using FailureHistory.Core.History;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Replication;
using FailureHistory.Core.Ring;
using FailureHistory.Core.Time;
using Xunit;

namespace FailureHistory.Core.Tests.Replication;

/// <summary>Copies that the ring gives to others (DESIGN D3): deleted when every holder has all of them, and not a moment before.</summary>
public sealed class OrphanedCopiesTests
{
    private static readonly MemberId[] Ids = [.. Enumerable.Range(1, 5).Select(i => new MemberId((UInt128)i << 100))];
    private static readonly RingView Ring = RingView.Of(Enumerable.Range(1, 4).Aggregate(RingChanges.Form(1, Member(0), 3), (ring, i) => RingChanges.Add(ring, Member(i))));

    private readonly MemberId self = Ids[0];
    private readonly int orphan = Enumerable.Range(0, Segments.Count).First(s => !Ring.Placement.Holds(Ids[0], s));

    [Fact]
    public void Copies_are_offered_to_every_holder_unless_empty_held_still_read_or_of_another_version()
    {
        var orphans = new OrphanedCopies(self);
        var holders = Ring.Placement.Replicas(orphan);
        Assert.Equal(holders.Order(), orphans.Offer(Ring, new Stamp(1), s => s == orphan ? Status(5) : Status(0)).Keys.Order());
        Assert.Empty(orphans.Offer(Ring, new Stamp(2), s => s == orphan ? Status(5, CopyPhase.Recovering) : Status(0)));
        Assert.Empty(orphans.Offer(Ring, new Stamp(3), s => s == orphan ? Status(5) with { RingVersion = Ring.Version - 1 } : Status(0)));
        Assert.Empty(orphans.Offer(Ring, new Stamp(4), s => Ring.Placement.Holds(self, s) ? Status(5) : Status(0)));
    }

    [Fact]
    public void Only_when_the_last_holder_has_all_of_it_may_it_go()
    {
        var orphans = new OrphanedCopies(self);
        orphans.Offer(Ring, new Stamp(1), s => s == orphan ? Status(5) : Status(0));
        var holders = Ring.Placement.Replicas(orphan);
        Assert.Null(orphans.Held(Ring, new Stamp(1), orphan, holders[0]));
        Assert.Null(orphans.Held(Ring, new Stamp(1), orphan, holders[0]));
        Assert.Null(orphans.Held(Ring, new Stamp(1), orphan, holders[1]));
        Assert.Equal(5ul, orphans.Held(Ring, new Stamp(1), orphan, holders[2]));
    }

    [Fact]
    public void An_answer_to_an_earlier_offer_or_under_another_version_says_nothing_R9_9()
    {
        var orphans = new OrphanedCopies(self);
        var holders = Ring.Placement.Replicas(orphan);
        orphans.Offer(Ring, new Stamp(1), s => s == orphan ? Status(5) : Status(0));
        orphans.Held(Ring, new Stamp(1), orphan, holders[0]);
        orphans.Held(Ring, new Stamp(1), orphan, holders[1]);
        orphans.Offer(Ring, new Stamp(2), s => s == orphan ? Status(6) : Status(0));
        Assert.Null(orphans.Held(Ring, new Stamp(1), orphan, holders[2]));
        Assert.Null(orphans.Held(Ring, new Stamp(2), orphan, holders[2]));
        var next = RingView.Of(RingChanges.Remove(Ring.Record, Ids[4]));
        Assert.Null(orphans.Held(next, new Stamp(2), orphan, holders[0]));
    }

    [Fact]
    public void A_holder_has_all_of_it_when_it_counts_and_either_equals_it_or_has_pulled_it_since_it_was_offered()
    {
        var taken = new TakenCopies();
        var ours = Status(9);
        Assert.True(taken.Holds(ours, Ring.Version, 3, self, 9));
        Assert.False(taken.Holds(ours with { Counts = false }, Ring.Version, 3, self, 9));
        Assert.False(taken.Holds(ours, Ring.Version + 1, 3, self, 9));
        Assert.False(taken.Holds(ours, Ring.Version, 3, self, 5));

        taken.Pulling(3, self, new Stamp(1), 5);
        taken.Pulled(3, self, new Stamp(1), merged: false);
        Assert.False(taken.Holds(ours, Ring.Version, 3, self, 5));
        taken.Pulling(3, self, new Stamp(2), 5);
        taken.Pulled(3, self, new Stamp(1), merged: true); // begun before this offer
        Assert.False(taken.Holds(ours, Ring.Version, 3, self, 5));
        taken.Pulled(3, self, new Stamp(2), merged: true);
        Assert.True(taken.Holds(ours, Ring.Version, 3, self, 5));
        Assert.False(taken.Holds(ours, Ring.Version, 3, self, 6)); // it has grown since
        Assert.False(taken.Holds(ours, Ring.Version, 3, Ids[1], 5));
        Assert.False(taken.Holds(ours with { Counts = false }, Ring.Version, 3, self, 5));
        taken.Clear();
        Assert.False(taken.Holds(ours, Ring.Version, 3, self, 5));
    }

    [Fact]
    public void A_copy_that_is_to_be_deleted_vouches_no_more_and_one_that_is_held_can_not_resign_R9_4()
    {
        var lost = new CopyReadiness(orphan, self, countedBefore: true);
        lost.JournalRecovered(Ring);
        Assert.True(lost.Vouches);
        lost.Resign();
        Assert.False(lost.Vouches);

        var held = new CopyReadiness(Enumerable.Range(0, Segments.Count).First(s => Ring.Placement.Holds(self, s)), self, countedBefore: true);
        held.JournalRecovered(Ring);
        held.Resign();
        Assert.True(held.Counts);
    }

    [Fact]
    public void A_cleared_copy_equals_a_new_one_and_takes_in_what_comes()
    {
        var machine = new SegmentMachine(0, TimeSpan.FromMinutes(1));
        var observation = new Observation { Node = NodeId.FromName("n1"), Detector = "d", Kind = ObservationKind.Failure, At = new Stamp(10), ReceivedAt = new Stamp(10), Id = "1", Accuracy = 50 };
        machine.Apply(observation);
        machine.Clear();
        Assert.Equal((0ul, 0, 0L), (machine.Digest, machine.NodeCount, machine.ObservationCount));
        Assert.Empty(machine.DigestsAfter(null, 10));
        Assert.Equal(ApplyOutcome.New, machine.Apply(observation));
        Assert.Equal(SegmentMachine.Restore(0, TimeSpan.FromMinutes(1), [observation], []).Digest, machine.Digest);
        Assert.Equal(0, machine.CompactTo(observation.ReceivedAt + TimeSpan.FromDays(1)));
    }

    private static CopyStatus Status(ulong digest, CopyPhase phase = CopyPhase.Serving) => new(phase, true, true, true, digest, Ring.Version);

    private static RingMember Member(int i) => new(Ids[i], "", $"h:{i}", $"akka.tcp://failure-history@h:{i}");
}
