using System.Diagnostics;
using System.Globalization;
using FailureHistory.Core.History;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Ring;
using FailureHistory.Messages;
using FailureHistory.Simulator.Generation;

namespace FailureHistory.Experiments;

/// <summary>What is run for figures 4 and 5.</summary>
/// <param name="Members">How many members; as many nodes are watched.</param>
/// <param name="Seed">What is drawn follows from it.</param>
/// <param name="Steps">How many steps of the generator.</param>
/// <param name="Step">How long one is.</param>
internal sealed record FigurePlan(int Members, long Seed, int Steps, TimeSpan Step)
{
    public TimeSpan Length => Step * Steps;
}

/// <summary>One look at the clock, the two histories and the CPU time; null where nobody answered.</summary>
internal sealed record Sample(double Seconds, int? StoredA, int? AnsweredA, int AcknowledgedA, int? StoredB, int? AnsweredB, int AcknowledgedB, double CpuSeconds, long Events);

/// <summary>
/// Figures 4 and 5 of the paper (§5): "a set of 50 nodes, under moderate churn". Events of as many nodes are drawn step by step, and reported as
/// they happen. Of node A the member that is nearest to its history loses its disk, twice, and recovers from the others; of node B all members that
/// hold its history lose theirs at once. Beside it, the CPU time that storing and filtering these events takes in the core, and what an event costs all members together,
/// measured with a burst of them between two measurements at rest.
/// </summary>
internal static class Figures
{
    private const int BurstEvents = 20_000;
    private const int BurstOfOne = 10;
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(30);

    public static async Task RunAsync(FigurePlan plan, DirectoryInfo output, CancellationToken cancel)
    {
        output.Create();
        await using var cluster = new LocalCluster("\nfailure-history { replication-factor = 4, replace-after = 10m, exchange-interval = 5s }");
        var formed = Stopwatch.StartNew();
        await cluster.StartAsync(plan.Members, cancel);
        Console.WriteLine($"{plan.Members} members in a ring, every copy serving, after {formed.Elapsed.TotalSeconds:0} s; {Process.GetCurrentProcess().WorkingSet64 >> 20} MiB");

        var detectors = new[]
        {
            new DetectorModel("fd.heartbeat", 90, 0.02, plan.Step * 0.2, 0, TimeSpan.Zero),
            new DetectorModel("fd.gossip", 70, 0.1, plan.Step * 0.4, 86_400 / (plan.Step.TotalSeconds * 60), plan.Step),
            new DetectorModel("fd.log", 50, 0.3, plan.Step * 0.8, 86_400 / (plan.Step.TotalSeconds * 40), plan.Step * 2),
        };
        foreach (var detector in detectors)
        {
            await cluster.Members[0].AskAsync<object>(new RegisterDetector(detector.Id, detector.Accuracy, ["grid-*"]));
        }

        var idle = await IdleCpuAsync(cancel);
        Console.WriteLine($"at rest the process takes {idle:0.000} s of CPU time a second");
        var run = new FigureRun(plan, cluster, new FleetGenerator(plan.Seed, plan.Members, plan.Length, new SteppedFailures(plan.Step, 0.1), detectors));
        var samples = await run.RunAsync(cancel);
        var before = await IdleCpuAsync(cancel);
        var (took, cpu) = await BurstAsync(plan, cluster, cancel);
        var after = await IdleCpuAsync(cancel);
        var rest = (before + after) / 2;
        run.Notes.Add(string.Create(CultureInfo.InvariantCulture,
            $"a burst of {BurstEvents} events, {BurstOfOne} a report, took {took:0.0} s; CPU above rest ({before:0.000} before and {after:0.000} s a second after): {(cpu - (rest * took)) / BurstEvents * 1000:0.00} ms an event, all {plan.Members} members together"));
        Write(output, plan, samples, idle, CoreOverhead.Measure(run.Acknowledged), run.Notes);
    }

    private static async Task<(double Seconds, double Cpu)> BurstAsync(FigurePlan plan, LocalCluster cluster, CancellationToken cancel)
    {
        var (clock, before) = (Stopwatch.StartNew(), Cpu());
        var turns = Enumerable.Range(0, BurstEvents / BurstOfOne);
        await Parallel.ForEachAsync(turns, new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = cancel }, async (turn, _) =>
        {
            var events = Enumerable.Range(0, BurstOfOne).Select(i => new ReportedObservation
            {
                Node = string.Create(CultureInfo.InvariantCulture, $"burst-{((turn * BurstOfOne) + i) % 1000}"), Detector = "fd.heartbeat",
                Kind = turn / 100 % 2 == 0 ? "failure" : "alive", Id = string.Create(CultureInfo.InvariantCulture, $"{turn}"),
            }).ToList();
            while (await cluster.Members[turn % plan.Members].ReportAsync(events) is not ObservationsRecorded { Retry.Count: 0 })
            {
                await Task.Delay(200, cancel); // before it is sent again
            }
        });
        return (clock.Elapsed.TotalSeconds, Cpu() - before);
    }

    private static async Task<double> IdleCpuAsync(CancellationToken cancel)
    {
        await Task.Delay(TimeSpan.FromSeconds(10), cancel); // what the start left to do
        var (clock, before) = (Stopwatch.StartNew(), Cpu());
        // The measurement itself: what is taken while nothing is asked.
        await Task.Delay(Rest, cancel);
        return (Cpu() - before) / clock.Elapsed.TotalSeconds;
    }

    private static double Cpu() => Environment.CpuUsage.TotalTime.TotalSeconds;

    private static void Write(DirectoryInfo output, FigurePlan plan, IReadOnlyList<Sample> samples, double idle, CoreCost core, IReadOnlyList<string> notes)
    {
        string Number(double x) => x.ToString("0.######", CultureInfo.InvariantCulture);
        File.WriteAllLines(Path.Combine(output.FullName, "figure-4.csv"), samples
            .Select(s => string.Join(',', Number(Math.Round(s.Seconds, 1)), s.StoredA, s.AnsweredA, s.AcknowledgedA, s.StoredB, s.AnsweredB, s.AcknowledgedB))
            .Prepend("seconds,a_stored_at_member,a_answered_by_service,a_acknowledged,b_stored_at_member,b_answered_by_service,b_acknowledged"));
        File.WriteAllLines(Path.Combine(output.FullName, "figure-5.csv"), samples
            .Select(s => string.Join(',', Number(Math.Round(s.Seconds, 1)), s.Events, Number(Math.Round(s.CpuSeconds - samples[0].CpuSeconds, 3)), Number(core.Storing[(int)s.Events]), Number(core.Filtering[(int)s.Events])))
            .Prepend("seconds,events_acknowledged,cpu_seconds_of_all_members,core_storing_seconds,core_filtering_seconds"));

        var seconds = samples.Select(s => s.Seconds).ToArray();
        Plots.Write(Path.Combine(output.FullName, "figure-4.svg"), "Stored events of two nodes", "seconds", "events",
            ("A: in the copy of its nearest member", seconds, [.. samples.Select(s => s.StoredA ?? double.NaN)]),
            ("A: answered by the service", seconds, [.. samples.Select(s => s.AnsweredA ?? double.NaN)]),
            ("B: in the copy of its nearest member", seconds, [.. samples.Select(s => s.StoredB ?? double.NaN)]),
            ("B: answered by the service", seconds, [.. samples.Select(s => s.AnsweredB ?? double.NaN)]));
        Plots.Write(Path.Combine(output.FullName, "figure-5.svg"), "CPU time of storing and filtering, all events of the run", "seconds", "CPU milliseconds",
            ("storing, at 4 copies", seconds, [.. samples.Select(s => core.Storing[(int)s.Events] * 1000)]),
            ("filtering: correlated periods, anew after each event", seconds, [.. samples.Select(s => core.Filtering[(int)s.Events] * 1000)]));
        var last = samples[^1];
        var lines = new List<string>
        {
            $"events acknowledged: {last.Events} in {last.Seconds:0} s",
            $"node A: {last.AcknowledgedA} acknowledged, {last.AnsweredA} answered, {last.StoredA} at its nearest member",
            $"node B: {last.AcknowledgedB} acknowledged, {last.AnsweredB} answered, {last.StoredB} at its nearest member",
            $"CPU of all {plan.Members} members, everything included: {last.CpuSeconds - samples[0].CpuSeconds:0} s in {last.Seconds:0} s; at rest {idle:0.000} s a second",
            $"of it the core: storing {core.Storing[(int)last.Events] * 1000:0.00} ms, filtering {core.Filtering[(int)last.Events] * 1000:0.00} ms in all ({core.Storing[(int)last.Events] / Math.Max(1, last.Events) * 1e6:0.0} and {core.Filtering[(int)last.Events] / Math.Max(1, last.Events) * 1e6:0.0} µs an event)",
        };
        File.WriteAllLines(Path.Combine(output.FullName, "figures.txt"), notes.Concat(lines).Prepend($"Experiments -- figures --members {plan.Members} --seed {plan.Seed} --steps {plan.Steps} --step {plan.Step.TotalSeconds:0.#}: {plan.Members} members, seed {plan.Seed}, {plan.Steps} steps of {plan.Step.TotalSeconds:0.#} s"));
        notes.Concat(lines).ToList().ForEach(Console.WriteLine);
        if (last.AnsweredA != last.AcknowledgedA || last.AnsweredB is not { } left || left >= last.AcknowledgedB)
        {
            throw new InvalidOperationException(
                $"expected all {last.AcknowledgedA} events of A, of whose four copies one was always left, and less than the {last.AcknowledgedB} of B, of which none was; the service answers {last.AnsweredA} and {last.AnsweredB}");
        }
    }
}
