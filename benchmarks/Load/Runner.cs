using System.Globalization;
using FailureHistory.Load.Measurements;
using FailureHistory.Load.Results;

namespace FailureHistory.Load;

/// <summary>Runs measurements as often as asked for, prints the table, and writes it beside the JSON.</summary>
internal static class Runner
{
    /// <summary>Returns the exit code: 1 where something was not stored as acknowledged, or a measurement came to no end.</summary>
    public static async Task<int> Run(Plan plan, string command, IReadOnlyList<Measurement> measurements, FileInfo? output, CancellationToken ct)
    {
        var runs = new List<Run>();
        for (var i = 1; i <= plan.Runs; i++)
        {
            var run = new Run(DateTimeOffset.UtcNow, Random.Shared.Next(), LoadAverage());
            runs.Add(run);
            Console.Error.WriteLine($"run {i} of {plan.Runs}, seed {run.Seed}, load average {run.LoadBefore}");
            var bench = new Bench(plan, run, Console.Error);
            await LimitFigures.Measure(bench, ct).ConfigureAwait(false);
            foreach (var measurement in measurements.Where(m => i == 1 || !(m.IsLong || m.RepeatsWithin)))
            {
                await Attempt(measurement, bench, run, ct).ConfigureAwait(false);
            }

            run.LoadAfter = LoadAverage();
            if (output is not null)
            {
                Write(plan, command, runs, output); // after each run: what was measured is kept whatever comes
            }
        }

        Table.Write(plan, command, runs, Console.Out);
        return runs.Any(run => run.Wrong.Count + run.Failed.Count > 0) ? 1 : 0;
    }

    // One that fails is told, and the others go on: hours of measuring are not lost for it.
    private static async Task Attempt(Measurement measurement, Bench bench, Run run, CancellationToken ct)
    {
        Console.Error.WriteLine($" {measurement.Name}");
        try
        {
            await measurement.Measure(bench, ct).ConfigureAwait(false);
        }
        catch (Exception e) when (!ct.IsCancellationRequested)
        {
            Console.Error.WriteLine(e);
            run.Failed.Add($"{measurement.Name} came to no end: {e.Message.Split('\n')[0]}");
        }
    }

    private static void Write(Plan plan, string command, IReadOnlyList<Run> runs, FileInfo output)
    {
        Table.WriteJson(plan, command, runs, output);
        using var table = new StreamWriter(Path.ChangeExtension(output.FullName, ".md"));
        Table.Write(plan, command, runs, table);
    }

    private static double? LoadAverage() =>
        File.Exists("/proc/loadavg") ? double.Parse(File.ReadAllText("/proc/loadavg").Split(' ')[0], CultureInfo.InvariantCulture) : null;
}
