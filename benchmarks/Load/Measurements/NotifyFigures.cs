using System.Diagnostics;
using Akka.Actor;
using FailureHistory.Client;
using FailureHistory.Load.Driving;
using FailureHistory.Load.Results;
using FailureHistory.Members;
using FailureHistory.Messages;

namespace FailureHistory.Load.Measurements;

/// <summary>
/// One report after the other at one member, each of which crosses the threshold of every subscriber at another one; the next follows when the last
/// subscriber has been told. Through Akka (a report to the entry actor, an actor for each subscriber; of many also as one group), through the typed
/// client (a stream for each, at the members that it chooses: one in three is the one reported at) and over HTTP (a request, a stream for each).
/// </summary>
internal static class NotifyFigures
{
    private const int Nodes = 50;
    private static readonly int[] Subscribers = [1, 1_000];
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Late = TimeSpan.FromSeconds(2);

    public static async Task Measure(Bench bench, CancellationToken ct)
    {
        await using var set = await bench.Members(3, ct).ConfigureAwait(false);
        await using var http = Bench.Http(set);
        var system = ActorSystem.Create("listeners", ClientService.Configuration);
        try
        {
            foreach (var count in Subscribers)
            {
                var own = new Workload($"akka{count}", Nodes, bench.Seed);
                var gate = Entry(system, set.Members[0]);
                if (bench.Wants(Name("Akka", count)))
                {
                    await using var actors = await Listeners.OfAkka(system, Entry(system, set.Members[1]), new Subscribe([$"akka{count}-*"], 0.5), count, ct).ConfigureAwait(false);
                    await Rounds(bench, set, "Akka", count, actors, own, Report(gate, ct), ct).ConfigureAwait(false);
                }

                var grouped = new Workload($"group{count}", Nodes, bench.Seed);
                if (count > 1 && bench.Wants(Name("Akka in one group", count)))
                {
                    await using var actors = await Listeners.OfGroup(system, Entry(system, set.Members[1]), new Subscribe([$"group{count}-*"], 0.5), count, ct).ConfigureAwait(false);
                    await Rounds(bench, set, "Akka in one group", count, actors, grouped, Report(gate, ct), ct).ConfigureAwait(false);
                }

                var typed = new Workload($"client{count}", Nodes, bench.Seed);
                if (bench.Wants(Name("client", count)))
                {
                    await using var client = FailureHistoryClient.Create(system, new FailureHistoryClientOptions { Contacts = [.. set.Members.Select(m => m.Address)] });
                    await using var subscriptions = await Listeners.OfClient(client, new Subscribe([$"client{count}-*"], 0.5), count, ct).ConfigureAwait(false);
                    await Rounds(bench, set, "client", count, subscriptions, typed, Report(gate, ct), ct).ConfigureAwait(false);
                }

                var other = new Workload($"http{count}", Nodes, bench.Seed);
                if (bench.Wants(Name("HTTP", count)))
                {
                    await using var streams = await Listeners.OfHttp(new Uri(set.Members[1].Url, $"/v1/notifications?nodes=http{count}-*&above=0.5"), count, ct).ConfigureAwait(false);
                    await Rounds(bench, set, "HTTP", count, streams, other, async batch => await http.Report(batch, 0, ct).ConfigureAwait(false) is null, ct).ConfigureAwait(false);
                }
            }
        }
        finally
        {
            await system.Terminate().ConfigureAwait(false);
        }
    }

    private static Func<Batch, Task<bool>> Report(IActorRef gate, CancellationToken ct) => async batch =>
        await gate.Ask<ObservationsRecorded>(new ReportObservations(batch.ToReport()), Bound, ct).ConfigureAwait(false) is { Accepted: 1 };

    private static IActorRef Entry(ActorSystem system, MemberProcess member) =>
        ((ExtendedActorSystem)system).Provider.ResolveActorRef(new RootActorPath(Address.Parse(member.Address)) / "user" / "failure-history");

    private static string Name(string way, int count) => $"notify, {way}, report to a subscriber at another member, {count:#,0} of them";

    private static async Task Rounds(Bench bench, MemberSet set, string way, int count, Listeners listeners, Workload workload, Func<Batch, Task<bool>> report, CancellationToken ct)
    {
        var caller = workload.Split(1)[0];
        var (each, last) = (new Times(), new Times());
        var faults = new List<string>();
        var warm = Compilers.Rest(set.Members, bench.Plan.Time, ct);
        var before = default(Cpu?);
        for (var round = 1; before is null || Stopwatch.GetElapsedTime(before.Value.At) < bench.Plan.Time; round++)
        {
            ct.ThrowIfCancellationRequested();
            if (before is null && warm.IsCompleted)
            {
                await warm.ConfigureAwait(false);
                before = Cpu.Now(set.Members);
            }

            var batch = caller.Next(1);
            var begun = Stopwatch.GetTimestamp();
            var acknowledged = Task.FromResult(false);
            var told = await listeners.Told(batch.IdText(0), () =>
            {
                acknowledged = report(batch); // a subscriber may be told before the reporter is
                return Task.CompletedTask;
            }, Bound).ConfigureAwait(false);
            var isAcknowledged = await acknowledged.ConfigureAwait(false);
            caller.Note(isAcknowledged);
            if (!isAcknowledged || told is null)
            {
                faults.Add(isAcknowledged ? $"{listeners.Missing} of {count} not told of {workload[batch.Nodes[0]]} {batch.IdText(0)} within {Bound.TotalSeconds:0} s" : "not acknowledged");
                continue;
            }

            if (Stopwatch.GetElapsedTime(begun, told.Value.Max()) is var longest && longest > Late)
            {
                bench.Say($"round {round}: the last of {count} told of {workload[batch.Nodes[0]]} after {longest.TotalSeconds:0.0} s");
            }

            if (before is null)
            {
                continue;
            }

            foreach (var at in told.Value)
            {
                each.Add(at - begun);
            }

            last.Add(told.Value.Max() - begun);
        }

        var used = Cpu.Now(set.Members).Since(before.Value);
        faults.AddRange(Enumerable.Repeat("a gap or a break", listeners.Faults));
        var figure = new Figure(Name(way, count), last.Count * count / used.Seconds, Units.PerSecond)
        {
            P50Ms = each.Milliseconds(50), P99Ms = each.Milliseconds(99), Calls = each.Count, Errors = faults.Count, Faults = faults, MembersCores = used.Members, DriverCores = used.Driver,
            Limit = count == 1 ? LimitFigures.PingPong1 : LimitFigures.PingPong64,
        };
        bench.Add(figure);
        if (count > 1)
        {
            bench.Add(figure with
            {
                Name = $"notify, {way}, report to the last of {count:#,0} subscribers", Value = last.Count / used.Seconds, P50Ms = last.Milliseconds(50), P99Ms = last.Milliseconds(99),
                Calls = last.Count, Limit = null,
            });
        }

        await bench.ReadBack(set, workload, ct).ConfigureAwait(false);
    }
}
