using System.Diagnostics;
using System.Globalization;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Ring;
using FailureHistory.Messages;
using FailureHistory.Simulator.Generation;

namespace FailureHistory.Experiments;

/// <summary>Reports what is drawn as it happens, takes disks away at set times, and looks once a second at what is stored.</summary>
internal sealed class FigureRun(FigurePlan plan, LocalCluster cluster, FleetGenerator fleet)
{
    private readonly Stopwatch clock = new();
    private readonly Dictionary<string, int> counts = [];
    private readonly List<Task> pending = [];
    private readonly Lock gate = new();
    private readonly Random random = new((int)plan.Seed);

    /// <summary>What happened to the members, for the page of figures.</summary>
    public List<string> Notes { get; } = [];

    /// <summary>What the service acknowledged, in that order.</summary>
    public List<SimulatedReport> Acknowledged { get; } = [];

    public async Task<IReadOnlyList<Sample>> RunAsync(CancellationToken cancel)
    {
        var ring = await cluster.RingAsync() ?? throw new InvalidOperationException("the ring is not known");
        var (a, b) = Choose(ring);
        var holdersA = ring.Segments[Segments.Of(NodeId.FromName(a))].Members.Select(cluster.ById).ToList();
        var holdersB = ring.Segments[Segments.Of(NodeId.FromName(b))].Members.Select(cluster.ById).ToList();
        Notes.Add($"node A is {a}, node B is {b}; each history is held by {holdersA.Count} members, none of them by both");
        var bystander = cluster.Members.First(m => !holdersA.Contains(m) && !holdersB.Contains(m));
        var samples = new List<Sample>();
        clock.Start();
        var reporting = ReportAsync(cancel);
        var faults = FaultsAsync(holdersA, holdersB, cancel);
        while (!reporting.IsCompleted || !faults.IsCompleted)
        {
            samples.Add(await LookAsync(a, b, holdersA[0], holdersB[0], bystander));
            await Task.Delay(TimeSpan.FromSeconds(1), cancel); // the distance of the samples
        }

        await reporting;
        await faults;
        await Task.WhenAll(pending);
        await Task.Delay(TimeSpan.FromSeconds(10), cancel); // two exchanges
        samples.Add(await LookAsync(a, b, holdersA[0], holdersB[0], bystander));
        return samples;
    }

    // Two nodes with many events whose histories are held by different members, so that what befalls one leaves the other alone.
    private (string A, string B) Choose(RingInfo ring)
    {
        var byEvents = Enumerable.Range(0, plan.Members).OrderByDescending(n => fleet.About(n).Count()).Select(Name).ToList();
        foreach (var a in byEvents)
        {
            var holders = ring.Segments[Segments.Of(NodeId.FromName(a))].Members;
            if (byEvents.Skip(1).FirstOrDefault(b => b != a && !ring.Segments[Segments.Of(NodeId.FromName(b))].Members.Intersect(holders).Any()) is { } other)
            {
                return (a, other);
            }
        }

        throw new InvalidOperationException("no two nodes are held by different members: use more members");
    }

    private static string Name(int node) => string.Create(CultureInfo.InvariantCulture, $"grid-{node + 1}");

    private async Task ReportAsync(CancellationToken cancel)
    {
        foreach (var report in fleet.Reports())
        {
            if (report.At - clock.Elapsed is var ahead && ahead > TimeSpan.Zero)
            {
                await Task.Delay(ahead, cancel); // the generator's own pace
            }

            lock (gate)
            {
                pending.RemoveAll(task => task.IsCompleted);
                pending.Add(HandInAsync(report, cancel));
            }
        }
    }

    // As a detector that can't reach one member asks the next.
    private async Task HandInAsync(SimulatedReport report, CancellationToken cancel)
    {
        var observation = new ReportedObservation
        {
            Node = Name(report.Node), Detector = report.Detector, Kind = report.Kind.ToString().ToLowerInvariant(),
            Id = string.Create(CultureInfo.InvariantCulture, $"{report.Kind}-{report.At.Ticks}"),
        };
        while (!cancel.IsCancellationRequested)
        {
            var members = cluster.Running.ToList();
            int pick;
            lock (gate)
            {
                pick = random.Next(members.Count);
            }

            var member = members[pick];
            if (await member.ReportAsync([observation]) is ObservationsRecorded { Retry.Count: 0 } recorded)
            {
                if (recorded.Rejected.Count > 0)
                {
                    throw new InvalidOperationException($"{observation} was rejected: {recorded.Rejected[0].Error}");
                }

                lock (gate)
                {
                    Acknowledged.Add(report);
                    counts[observation.Node!] = counts.GetValueOrDefault(observation.Node!) + 1;
                }

                return;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(200), cancel); // before it is sent again
        }
    }

    private async Task FaultsAsync(List<LocalMember> holdersA, List<LocalMember> holdersB, CancellationToken cancel)
    {
        await UntilAsync(0.2, cancel);
        await LoseAsync("A's nearest member loses its disk", [holdersA[0]], cancel);
        await UntilAsync(0.45, cancel);
        await LoseAsync("three of the four members that hold A lose their disks at once", holdersA[..3], cancel);
        await UntilAsync(0.7, cancel);
        await LoseAsync("all members that hold B lose their disks at once", holdersB, cancel);
    }

    private async Task UntilAsync(double share, CancellationToken cancel)
    {
        if ((plan.Length * share) - clock.Elapsed is var ahead && ahead > TimeSpan.Zero)
        {
            await Task.Delay(ahead, cancel); // the experiment's plan
        }
    }

    private async Task LoseAsync(string what, IReadOnlyList<LocalMember> members, CancellationToken cancel)
    {
        var from = clock.Elapsed;
        await Task.WhenAll(members.Select(m => m.KillAsync()));
        members.ToList().ForEach(m => m.LoseHistories());
        await Task.Delay(TimeSpan.FromSeconds(20), cancel); // so long they are away
        members.ToList().ForEach(cluster.Restart);
        var restarted = clock.Elapsed;
        await cluster.SettledAsync(plan.Members, TimeSpan.FromMinutes(3), cancel);
        Notes.Add(string.Create(CultureInfo.InvariantCulture,
            $"{from.TotalSeconds:0} s: {what}; started again at {restarted.TotalSeconds:0} s, every copy serving at {clock.Elapsed.TotalSeconds:0} s"));
    }

    private async Task<Sample> LookAsync(string a, string b, LocalMember nearestA, LocalMember nearestB, LocalMember bystander)
    {
        var answers = await Task.WhenAll(AnsweredAsync(bystander, a), AnsweredAsync(bystander, b));
        var stored = await Task.WhenAll(nearestA.StoredAsync(NodeId.FromName(a)), nearestB.StoredAsync(NodeId.FromName(b)));
        lock (gate)
        {
            return new Sample(
                clock.Elapsed.TotalSeconds, stored[0], answers[0], counts.GetValueOrDefault(a), stored[1], answers[1], counts.GetValueOrDefault(b),
                Environment.CpuUsage.TotalTime.TotalSeconds, Acknowledged.Count);
        }
    }

    // Asked at a member that has nothing to do with either.
    private static async Task<int?> AnsweredAsync(LocalMember bystander, string node)
    {
        var count = 0;
        string? cursor = null;
        do
        {
            if (await bystander.AskAsync<object>(new GetObservations(node, Limit: 1000, Cursor: cursor)) is var reply && reply is NodeNotFound)
            {
                return 0;
            }

            if (reply is not NodeObservations page)
            {
                return null;
            }

            count += page.Observations.Count;
            cursor = page.Next;
        }
        while (cursor is not null);
        return count;
    }
}
