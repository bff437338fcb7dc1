using FailureHistory.Simulator.Checks;
using FailureHistory.Simulator.Engine;
using FailureHistory.Simulator.Members;

namespace FailureHistory.Simulator.Disturbances;

/// <summary>
/// What goes wrong, drawn as the run goes. Anything may be down at any time: then nothing is acknowledged, and nothing may be wrong either. Disks alone are
/// lost with care: while every copy counts, a minority of the replication factor at a time, or all but one where all copies are equal (R9.3).
/// </summary>
internal sealed class FaultPlan(World world, Faults allowed)
{
    private readonly List<SimMember> lost = [];

    public int Losses { get; private set; }

    private SplitMix Random => world.Random;

    public void Begin()
    {
        world.Network.Manners = new NetworkManners(
            Has(Faults.Loss) ? Random.Below(3) * 0.02 : 0,
            Has(Faults.Duplicates) ? 0.02 : 0,
            Has(Faults.Slow) ? Random.Below(3) * 0.03 : 0,
            TimeSpan.FromSeconds(1 + Random.Below(4)));
        Plan();
    }

    /// <summary>No more faults; what is down comes back, and who never will is asked to be taken out.</summary>
    public void End()
    {
        isOver = true;
        world.Network.Manners = NetworkManners.Good;
        world.Network.Heal();
        foreach (var member in world.Members.Where(m => !m.IsGone))
        {
            if (member.IsPaused)
            {
                member.Resume();
            }

            if (member.Process is null)
            {
                member.Start();
            }
        }
    }

    private bool isOver;

    private bool Has(Faults fault) => (allowed & fault) != 0;

    private void Plan()
    {
        if (!isOver)
        {
            world.Queue.After(Random.Between(world.Options.FaultWithin / 25, world.Options.FaultWithin), () =>
            {
                if (!isOver)
                {
                    Next();
                    Plan();
                }
            });
        }
    }

    private void Next()
    {
        var member = Random.Of(world.Members);
        switch (Random.Below(13))
        {
            case < 3 when Has(Faults.Crashes) && member.Runs:
                Tell($"{member.Name} crashes");
                member.Crash();
                Later(100, Random.Chance(0.2) ? 25_000 : 5_000, () => StartIfDown(member));
                break;
            case 3 when Has(Faults.Pauses) && member.Runs:
                Tell($"{member.Name} stands still");
                member.Pause();
                Later(200, Random.Chance(0.3) ? 20_000 : 4_000, () => ResumeIfPaused(member));
                break;
            case 4 or 5 when Has(Faults.Cuts):
                Cut();
                break;
            case 6 or 7 when Has(Faults.Disks) && !member.IsGone:
                LoseDisks(member, tries: 8);
                break;
            case 8 when Has(Faults.Ring) && world.Members.Count(m => !m.IsGone) < world.Options.Members + 3:
                Join();
                break;
            case 9 when Has(Faults.Ring):
                TakeOut();
                break;
            case 10 when Has(Faults.Clocks):
                member.Skew = Random.Between(TimeSpan.FromSeconds(-3), TimeSpan.FromSeconds(3));
                Tell($"the clock of {member.Name} is set {member.Skew.TotalSeconds:0.000} s off");
                break;
            case 11 when Has(Faults.Crashes) && Random.Chance(0.1):
                PowerCut();
                break;
            case 12 when Has(Faults.Crashes) && Has(Faults.Ring):
                world.Accepting = EndProposer;
                if (Random.Chance(0.5))
                {
                    TakeOut();
                }

                break;
        }
    }

    // Somewhere between its record's being voted for and everybody's being told.
    private void EndProposer(SimMember proposer)
    {
        world.Accepting = null;
        Later(0, 10, () =>
        {
            if (proposer.Runs)
            {
                Tell($"{proposer.Name} crashes while the ring is voted on");
                proposer.Crash();
                Later(100, Random.Chance(0.5) ? 25_000 : 5_000, () => StartIfDown(proposer));
            }
        });
    }

    private void Cut()
    {
        var members = world.Members.ToList();
        Random.Shuffle(members);
        var size = 1 + Random.Below(members.Count - 1);
        var oneWay = Random.Chance(0.3);
        Tell($"{string.Join(' ', members.Take(size).Select(m => m.Name))} {(oneWay ? "no longer reach" : "are cut off from")} the others");
        foreach (var (from, to) in members.Take(size).SelectMany(a => members.Skip(size).Select(b => (a.Place, b.Place))))
        {
            world.Network.Cut(from, to);
            if (!oneWay)
            {
                world.Network.Cut(to, from);
            }
        }

        Later(500, Random.Chance(0.3) ? 25_000 : 6_000, () =>
        {
            Tell("the cuts are healed");
            world.Network.Heal();
        });
    }

    private void PowerCut()
    {
        Tell("power cut");
        foreach (var member in world.Members)
        {
            member.Crash();
            Later(100, 8_000, () => StartIfDown(member));
        }
    }

    // Seldom is a moment at which it may be; the next is waited for.
    private void LoseDisks(SimMember first, int tries)
    {
        var ring = world.LatestRing;
        // Of smaller sets than these, as a ring has that still grows, one disk is no minority; and while copies fetch, a report may be on the disk of who
        // held the segment before, and there alone.
        var factor = world.Options.ReplicationFactor;
        if (first.IsGone || ring.Record.Members.Count < factor || !EveryCopyCounts())
        {
            if (tries > 1)
            {
                Later(200, 1_000, () => LoseDisks(first, tries - 1));
            }

            return;
        }

        lost.Clear();
        var most = ReplicasBecomeEqual.Unequal(world) is null ? factor - 1 : (factor - 1) / 2;
        var others = world.Members.Where(m => m != first && !m.IsGone).ToList();
        Random.Shuffle(others);
        foreach (var member in others.Take(Random.Below(most)).Append(first))
        {
            lost.Add(member);
            Losses++;
            member.Crash();
            if (Random.Chance(0.3) && Has(Faults.Ring) && ring.Record.Members.Count(m => !world.ById[m.Id].IsGone) > factor + 1 && lost.Count == 1)
            {
                Tell($"{member.Name} and its disk are lost for good");
                member.IsGone = true;
            }
            else
            {
                Tell($"{member.Name} loses its log");
                member.Disk.LoseLog();
                member.LogWasLost = true;
                Later(500, 6_000, () => StartIfDown(member));
            }
        }
    }

    private bool EveryCopyCounts()
    {
        var ring = world.LatestRing;
        return Enumerable.Range(0, world.Options.Segments).All(s => ring.Placement.Replicas(s).All(m =>
            world.ById[m].Process is { } process && process.Ring?.Version == ring.Version && process.StatusOf(s).Counts));
    }

    private void Join()
    {
        var member = world.AddMember(new Core.Identity.MemberId(Random.Id()));
        Tell($"{member.Name} is new");
        member.Start();
    }

    private void TakeOut()
    {
        var ring = world.LatestRing.Record;
        var gone = ring.Members.Select(m => world.ById[m.Id]).Where(m => !m.Runs).ToList();
        if (gone.Count > 0 && ring.Members.Count > world.Options.ReplicationFactor)
        {
            var member = Random.Of(gone);
            Tell($"an administrator asks for {member.Name} to be taken out");
            foreach (var other in world.Members.Where(m => m.Runs))
            {
                other.Process!.AskToRemove(member.Id, isLost: false);
            }
        }
    }

    private static void StartIfDown(SimMember member)
    {
        if (member is { Process: null, IsGone: false })
        {
            member.Start();
        }
    }

    private void ResumeIfPaused(SimMember member)
    {
        if (member.IsPaused)
        {
            Tell($"{member.Name} goes on");
            member.Resume();
        }
    }

    private void Later(int fromMs, int toMs, Action run) => world.Queue.After(Random.Milliseconds(fromMs, toMs), () =>
    {
        if (!isOver)
        {
            run();
        }
    });

    private void Tell(string what) => world.Story.Tell($"! {what}");
}
