using FailureHistory.Core.Identity;
using FailureHistory.Core.Ring;
using FailureHistory.Simulator.Checks;
using FailureHistory.Simulator.Clients;
using FailureHistory.Simulator.Disturbances;
using FailureHistory.Simulator.Members;

namespace FailureHistory.Simulator;

/// <summary>How a run ended.</summary>
/// <param name="Options">What it was.</param>
/// <param name="Hash">Of all its steps: two runs with one hash were the same.</param>
/// <param name="Steps">The events that happened.</param>
/// <param name="Lasted">In virtual time.</param>
/// <param name="Acknowledged">How many observations were acknowledged.</param>
/// <param name="RingVersion">The last version of the ring.</param>
/// <param name="DisksLost">How many disks were lost.</param>
/// <param name="Requests">Requests made while a majority of the replicas was alive, and those that were answered.</param>
/// <param name="Violation">What was wrong, or null.</param>
/// <param name="Last">The last steps in words.</param>
internal sealed record RunResult(
    SimulationOptions Options, ulong Hash, long Steps, TimeSpan Lasted, int Acknowledged, long RingVersion, int DisksLost, (int Asked, int Answered) Requests, ViolationException? Violation, IReadOnlyCollection<string> Last)
{
    /// <summary>A failure as a person reads it: what, the last steps, and how to see it again.</summary>
    public string Report => Violation is null
        ? $"seed {Options.Seed}: {Steps} steps, {Lasted.TotalSeconds:0} s, {Acknowledged} acknowledged, ring version {RingVersion}, {DisksLost} disks lost, {Requests.Answered} of {Requests.Asked} requests answered that had a majority; all checks hold"
        : $"seed {Options.Seed} failed after {Steps} steps: {Violation.Message}\n{string.Join('\n', Last)}\nreplay: dotnet run -c Release --project src/Simulator -- {Options.Replay}";
}

/// <summary>One run: members, clients and faults until the steps are used up, then peace, then what must hold at the end.</summary>
internal static class Simulation
{
    public static RunResult Run(SimulationOptions options, Decisions? decisions = null, Action<string>? listener = null)
    {
        var world = new World(options, decisions ?? new Decisions(), listener);
        Form(world);
        var clients = new SimClients(world);
        var faults = new FaultPlan(world, options.Faults);
        clients.Begin();
        faults.Begin();
        long steps = 0;
        ViolationException? violation = null;
        try
        {
            while (steps < options.Steps && world.Queue.RunNext())
            {
                steps++;
                world.Checks.AfterStep();
            }

            world.Story.Tell("! the faults stop");
            clients.IsOpen = false;
            faults.End();
            steps += Heal(world, clients);
            clients.AskEverybody();
            steps += RunUntil(world, world.Options.HealWithin, () => world.Checks.Attempts.Open.Count == 0 && IsWell(world));
            world.Checks.AtEnd();
        }
        catch (ViolationException broken)
        {
            violation = broken;
        }

        return new RunResult(
            options, world.Story.Hash, steps, world.Queue.Now, world.Checks.Ledger.Acknowledgements, world.LatestRing.Version, faults.Losses, world.Checks.Attempts.Fair, violation, world.Story.Last);
    }

    // All start with the first version of the ring on their disks, or one forms it and the others come one by one.
    private static void Form(World world)
    {
        var options = world.Options;
        var members = Enumerable.Range(0, options.Members).Select(_ => world.AddMember(new MemberId(world.Random.Id()))).ToList();
        var grows = (options.Faults & Faults.Ring) != 0 && world.Random.Chance(options.Growth);
        var first = RingChanges.Form(world.Cluster, members[0].RingMember, options.ReplicationFactor, options.Segments);
        var ring = grows ? first : first with { Members = [.. members.Select(m => m.RingMember).OrderBy(m => m.Id)] };
        foreach (var member in grows ? members.Take(1) : members)
        {
            member.Disk.Ring = new RingState { InForce = ring };
        }

        foreach (var member in members)
        {
            member.Start();
        }
    }

    private static long Heal(World world, SimClients clients) => RunUntil(world, world.Options.HealWithin, () =>
    {
        TakeOutTheGone(world);
        return clients.IsIdle && IsWell(world);
    });

    private static bool IsWell(World world) =>
        EverybodyIsTakenIn.Outside(world) is null && ReplicasBecomeEqual.Unequal(world) is null && OrphansGoOnceAllHaveThem.Left(world) is null;

    // Looks once a second.
    private static long RunUntil(World world, TimeSpan atMost, Func<bool> isDone)
    {
        var until = world.Queue.Now + atMost;
        var nextLook = world.Queue.Now;
        long steps = 0;
        while (world.Queue.Now < until && world.Queue.RunNext())
        {
            steps++;
            if (world.Queue.Now >= nextLook)
            {
                nextLook = world.Queue.Now + TimeSpan.FromSeconds(1);
                if (isDone())
                {
                    break;
                }
            }
        }

        return steps;
    }

    private static void TakeOutTheGone(World world)
    {
        if (world.LatestRing.Record.Members.Select(m => world.ById[m.Id]).FirstOrDefault(m => m.IsGone) is { } gone)
        {
            foreach (var member in world.Members.Where(m => m.Runs))
            {
                member.Process!.AskToRemove(gone.Id, isLost: true);
            }
        }
    }
}
