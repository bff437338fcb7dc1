using FailureHistory.Core.Replication;
using FailureHistory.Simulator.Checks;
using FailureHistory.Simulator.Members;
using FailureHistory.Simulator.Mutations;
using Xunit;

namespace FailureHistory.Simulator.Tests.Scenes;

/// <summary>Faults that have to meet within a second or two, told step by step: the unbroken code holds, and a decision broken on purpose is found.</summary>
public sealed class SceneTests
{
    /// <summary>The mutation, and the check that finds it.</summary>
    public static TheoryData<string, string> Mutations { get; } = new()
    {
        { "never-renews-the-ring", "EverybodyAnswersInTheEnd" },
        { "trusts-an-old-ring", "MajorityReadsSeeWhatWasAcknowledged" },
        { "says-once-what-counts", "EverybodyIsTakenIn" },
        { "deletes-orphans-too-early", "OrphansGoOnceAllHaveThem" },
        { "believes-what-was-said-before-a-restart", "MajorityReadsSeeWhatWasAcknowledged" },
        { "waits-for-who-waits", "NobodyFetchesForEver" },
    };

    [Theory]
    [MemberData(nameof(Mutations))]
    public void A_decision_that_is_broken_on_purpose_is_found(string name, string check)
    {
        Action<ulong, Decisions?> play = name switch
        {
            "never-renews-the-ring" => AProposerDies,
            "trusts-an-old-ring" => ACutThroughAChange,
            "says-once-what-counts" => AClockSetBack,
            "deletes-orphans-too-early" => AHolderIsAway,
            "waits-for-who-waits" => TwoLostLogsWithoutTheThird,
            _ => ALostLogAndARemoval,
        };
        for (var seed = 1UL; seed <= 3; seed++)
        {
            play(seed, null);
            var found = Assert.Throws<ViolationException>(() => play(seed, Mutation.ByName(name)));
            Assert.Equal(check, found.Broken.Name);
        }
    }

    // A member is gone, its removal is voted for, the proposer dies before it tells anybody, and then the member is back: nobody wants the removal any more.
    private static void AProposerDies(ulong seed, Decisions? decisions)
    {
        var scene = new Scene(seed, decisions);
        var gone = scene.InOrder[4];
        gone.Crash();
        scene.Pass(4);
        var hasDied = false;
        scene.World.Accepting = proposer =>
        {
            scene.World.Accepting = null;
            scene.Cut(scene.World.Members, [proposer], bothWays: false); // the votes do not reach it
            scene.World.Queue.After(TimeSpan.FromMilliseconds(20), () =>
            {
                hasDied = true;
                proposer.Crash();
                gone.Start();
            });
        };
        scene.Keeper.Process!.AskToRemove(gone.Id, isLost: false);
        scene.Until(() => hasDied, 5, "the proposer dies");
        scene.World.Network.Heal();
        Assert.Contains(scene.World.Members, m => m.Runs && m.Disk.Ring.Accepted is not null);
        Assert.Equal(1, scene.Ring.Version);
        scene.Pass(1);
        scene.End();
    }

    // Two of a segment's three copies are cut off from the others just as the ring changes; the third and a new one acknowledge under the next version.
    private static void ACutThroughAChange(ulong seed, Decisions? decisions)
    {
        var scene = new Scene(seed, decisions);
        var world = scene.World;
        var joining = world.AddMember(new Core.Identity.MemberId(world.Random.Id()));
        var next = world.ViewOf(Core.Ring.RingChanges.Add(scene.Ring.Record, joining.RingMember));
        var keeper = scene.Keeper;
        var segment = Enumerable.Range(0, world.Options.Segments).First(s => next.Placement.Holds(joining.Id, s) && scene.ReplicasOf(s).Count(m => m != keeper) >= 2);
        var stays = scene.ReplicasOf(segment).OrderByDescending(m => m == keeper).ThenByDescending(m => next.Placement.Holds(m.Id, segment)).First();
        var cutOff = scene.ReplicasOf(segment).Where(m => m != stays).ToList();
        Assert.True(scene.Report(segment, keeper), "a report before the change is acknowledged");
        world.Accepting = _ =>
        {
            world.Accepting = null;
            scene.Cut(cutOff, world.Members.Except(cutOff), bothWays: true);
        };
        joining.Start();
        scene.Until(() => scene.Ring.Version == 2 && joining.Process!.Ring?.Version == 2 && stays.Process!.Ring?.Version == 2, 10, "the ring changes");
        Assert.True(scene.Report(segment, stays), "a report after the change is acknowledged");
        scene.Read(segment, cutOff[0]);
        scene.End();
    }

    // A member's clock is set back by a minute before it starts again: what it says now looks older than what it said before.
    private static void AClockSetBack(ulong seed, Decisions? decisions)
    {
        var scene = new Scene(seed, decisions);
        var member = scene.InOrder[2];
        member.Crash();
        member.Skew = TimeSpan.FromMinutes(-1);
        scene.Pass(0.2);
        member.Start();
        scene.Pass(5);
        scene.World.AddMember(new Core.Identity.MemberId(scene.World.Random.Id())).Start();
        scene.End();
    }

    // A copy is given to others, and one of them is away that lacks a report which it holds.
    private static void AHolderIsAway(ulong seed, Decisions? decisions)
    {
        var scene = new Scene(seed, decisions);
        var world = scene.World;
        var joining = world.AddMember(new Core.Identity.MemberId(world.Random.Id()));
        var next = world.ViewOf(Core.Ring.RingChanges.Add(scene.Ring.Record, joining.RingMember));
        var segment = Enumerable.Range(0, world.Options.Segments).First(s => next.Placement.Holds(joining.Id, s));
        var gives = scene.ReplicasOf(segment).First(m => !next.Placement.Holds(m.Id, segment));
        var away = scene.ReplicasOf(segment).First(m => m != gives && m != scene.Keeper);
        away.Crash();
        Assert.True(scene.Report(segment, scene.Keeper), "a report is acknowledged by two of three");
        scene.Pass(4);
        joining.Start();
        scene.Until(() => scene.Ring.Version == 2, 20, "the ring changes");
        Assert.True(gives.Process!.StatusOf(segment).Digest != 0, "the copy that was given away is there");
        scene.Pass(20);
        Assert.True(gives.Process!.HasOrphan(segment), "the copy that was given away is kept while a holder is away");
        scene.End();
        Assert.False(gives.Process!.HasOrphan(segment), "the copy that was given away is deleted once all have it");
    }

    // A report is on two disks of three. One loses its log and is back at once, the other is gone and asked to be taken out: by what the first said
    // before, nothing would be lost.
    private static void ALostLogAndARemoval(ulong seed, Decisions? decisions)
    {
        var scene = new Scene(seed, decisions);
        var keeper = scene.Keeper;
        var segment = Enumerable.Range(0, scene.World.Options.Segments).First(s => !scene.ReplicasOf(s).Contains(keeper));
        var (forgets, lacks, gone) = (scene.ReplicasOf(segment)[0], scene.ReplicasOf(segment)[1], scene.ReplicasOf(segment)[2]);
        var others = scene.World.Members.Where(m => m != forgets).ToList();
        scene.Cut(scene.World.Members.Where(m => m != lacks), [lacks], bothWays: false);
        Assert.True(scene.Report(segment, keeper), "a report is acknowledged by two of three");
        gone.Crash();
        forgets.Crash();
        forgets.Disk.LoseLog();
        forgets.LogWasLost = true;
        scene.World.Network.Heal();
        scene.Pass(2.9);
        scene.Cut([forgets], others, bothWays: false); // nobody hears yet what it says now
        forgets.Start();
        scene.Pass(1.3);
        keeper.Process!.AskToRemove(gone.Id, isLost: false);
        scene.Pass(1.2);
        scene.World.Network.Heal();
        for (var i = 0; i < 8; i++)
        {
            scene.Pass(1);
            scene.Read(segment, keeper);
        }

        scene.End();
    }

    // Two of a segment's three copies start without their logs while the third, which has everything, is down: each finds the other alone, and that one
    // knows no more than itself.
    private static void TwoLostLogsWithoutTheThird(ulong seed, Decisions? decisions)
    {
        var scene = new Scene(seed, decisions);
        var world = scene.World;
        const int segment = 0;
        var (away, two) = (scene.ReplicasOf(segment)[2], scene.ReplicasOf(segment).Take(2).ToList());
        Assert.True(scene.Report(segment, two[0]), "a report is acknowledged");
        scene.Until(() => ReplicasBecomeEqual.Unequal(world) is null, 20, "all three have it");
        away.Crash();
        two.ForEach(m => m.Crash());
        scene.Pass(0.5);
        foreach (var member in two)
        {
            member.Disk.LoseLog();
            member.LogWasLost = true;
            member.Start();
        }

        var startedAt = world.Queue.Now;
        Assert.True(scene.Report(segment, two[0]), "a report is acknowledged by two that fetch");
        scene.Until(() => two.TrueForAll(m => m.Process!.StatusOf(segment).Phase == CopyPhase.Serving), 40, "both serve what they have");
        Assert.True(world.Queue.Now - startedAt < TimeSpan.FromSeconds(5), $"seed {seed}: expected both to serve within 5 s; it took {world.Queue.Now - startedAt}");
        foreach (var member in two)
        {
            Assert.True(member.Process!.StatusOf(segment) is { Complete: false, Counts: false, Vouches: false }, $"seed {seed}: {member.Name} is {member.Process!.StatusOf(segment)}");
            var (ids, isComplete) = scene.ReadOne(segment, member);
            Assert.Equal(["s2"], ids);
            Assert.False(isComplete, $"seed {seed}: {member.Name} passed for complete");
        }

        Assert.False(scene.Read(segment, two[0]), "a read with majority can't be told from what two have that lost their logs");
        Assert.True(two.TrueForAll(m => m.Process!.StatusOf(segment) is { Complete: false, Counts: false, Vouches: false }), $"seed {seed}: what two have that lost their logs counts for nothing");
        away.Start();
        scene.Until(() => ReplicasBecomeEqual.Unequal(world) is null, 20, "all is complete with the third");
        Assert.True(scene.Read(segment, two[1]), "a read with majority is answered again");
        var (all, whole) = scene.ReadOne(segment, two[1]);
        Assert.True(whole, $"seed {seed}: expected a complete answer once the third is back");
        Assert.Equal(["s1", "s2"], all?.Order(StringComparer.Ordinal));
        scene.End();
    }
}
