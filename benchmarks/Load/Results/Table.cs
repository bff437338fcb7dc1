using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace FailureHistory.Load.Results;

/// <summary>The medians as a table in Markdown for people, and everything as JSON for programs.</summary>
internal static class Table
{
    private static readonly JsonSerializerOptions Indented = new(JsonSerializerOptions.Web) { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>One figure on a line, for who watches.</summary>
    public static string Line(Figure figure, double? ratio) => string.Create(CultureInfo.InvariantCulture,
        $"{figure.Name}: {Number(figure.Value)} {figure.Unit}{(figure.P50Ms is null ? "" : $", p50 {figure.P50Ms:0.00} ms, p99 {figure.P99Ms:0.00} ms")}{(ratio is null ? "" : $", {ratio:0.000} of its limit")}{(figure.MembersCores is null && figure.DriverCores is null ? "" : $", cores {figure.MembersCores:0.00} + {figure.DriverCores:0.00}")}{(figure.Errors == 0 ? "" : $", {figure.Errors} errors: {string.Join("; ", figure.Faults)}")}");

    /// <summary>The table, what it was measured on, and what was wrong.</summary>
    public static void Write(Plan plan, string command, IReadOnlyList<Run> runs, TextWriter output)
    {
        output.WriteLine($"`{command}`, {runs[0].Began:yyyy-MM-dd HH:mm} UTC. {Processor()}, {Environment.ProcessorCount} cores that members and driver share, {Memory()}, {RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}; {plan.Members.Journal}, k = 3. {runs.Count} run(s), {plan.Time.TotalSeconds:0.#} s each figure; medians.");
        output.WriteLine($"Load average before and after each run: {string.Join("; ", runs.Select(r => $"{r.LoadBefore:0.0} → {r.LoadAfter:0.0}"))}. Read back from a majority and compared: {runs.Sum(r => r.ReadBack):#,0} nodes, {runs.Sum(r => r.Wrong.Count)} not as acknowledged.");
        output.WriteLine();
        output.WriteLine("| | median | of its limit | p50 ms | p99 ms | errors | members' cores | driver's cores |");
        output.WriteLine("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
        foreach (var group in runs.SelectMany(run => run.Figures.Select(figure => (Figure: figure, Ratio: run.RatioOf(figure)))).GroupBy(pair => pair.Figure.Name))
        {
            var figures = group.Select(pair => pair.Figure).ToList();
            output.WriteLine(
                $"| {group.Key}{(figures[0].Note is { } note ? $" ({note})" : "")} | {Number(Median(figures.Select(f => (double?)f.Value)) ?? 0)} {figures[0].Unit} | {Text(Median(group.Select(pair => pair.Ratio)), "0.000")} | {Text(Median(figures.Select(f => f.P50Ms)), "0.00")} "
                + $"| {Text(Median(figures.Select(f => f.P99Ms)), "0.00")} | {figures.Sum(f => f.Errors)} | {Text(Median(figures.Select(f => f.MembersCores)), "0.00")} | {Text(Median(figures.Select(f => f.DriverCores)), "0.00")} |");
        }

        foreach (var curve in runs.SelectMany(run => run.Curves))
        {
            WriteCurve(curve, output);
        }

        WriteFaults(runs, output);
    }

    /// <summary>Everything, run by run.</summary>
    public static void WriteJson(Plan plan, string command, IReadOnlyList<Run> runs, FileInfo file)
    {
        file.Directory?.Create();
        File.WriteAllText(file.FullName, JsonSerializer.Serialize(
            new
            {
                command,
                machine = new { cores = Environment.ProcessorCount, processor = Processor(), memory = Memory(), os = RuntimeInformation.OSDescription, runtime = RuntimeInformation.FrameworkDescription },
                replicationFactor = 3,
                journal = plan.Members.Journal,
                secondsEach = plan.Time.TotalSeconds,
                medians = runs.SelectMany(run => run.Figures.Select(figure => (Figure: figure, Ratio: run.RatioOf(figure)))).GroupBy(pair => pair.Figure.Name).Select(group => new
                {
                    name = group.Key,
                    value = Median(group.Select(p => (double?)p.Figure.Value)),
                    unit = group.First().Figure.Unit,
                    ratio = Median(group.Select(p => p.Ratio)),
                    p50Ms = Median(group.Select(p => p.Figure.P50Ms)),
                    p99Ms = Median(group.Select(p => p.Figure.P99Ms)),
                    errors = group.Sum(p => p.Figure.Errors),
                }),
                runs,
            }, Indented) + "\n");
    }

    /// <summary>The middle one; of an even number the mean of the two in the middle; null where there is none.</summary>
    public static double? Median(IEnumerable<double?> values)
    {
        var known = values.OfType<double>().Order().ToList();
        return known.Count == 0 ? null : (known[known.Count / 2] + known[(known.Count - 1) / 2]) / 2;
    }

    private static void WriteCurve(Curve curve, TextWriter output)
    {
        output.WriteLine();
        output.WriteLine($"{curve.Name}, on the way:");
        output.WriteLine();
        output.WriteLine("| stored | since the line before, a second | memory of a member, MiB | disk of a member, MiB | members' cores | driver's cores |");
        output.WriteLine("| ---: | ---: | ---: | ---: | ---: | ---: |");
        foreach (var point in curve.Points)
        {
            output.WriteLine($"| {point.Stored:#,0} | {point.PerSecond:#,0} | {point.ResidentMiB:#,0} | {point.DiskMiB:#,0} | {point.MembersCores:0.00} | {point.DriverCores:0.00} |");
        }
    }

    private static void WriteFaults(IReadOnlyList<Run> runs, TextWriter output)
    {
        var said = runs.SelectMany(run => run.Figures).Where(f => f.Faults.Count > 0).GroupBy(f => f.Name).Select(g => $"{g.Key}: {string.Join("; ", g.SelectMany(f => f.Faults))}")
            .Concat(runs.SelectMany(r => r.Wrong).Take(10).Select(wrong => $"not as acknowledged: {wrong}"))
            .Concat(runs.SelectMany(r => r.Failed)).ToList();
        if (said.Count > 0)
        {
            output.WriteLine();
            said.ForEach(line => output.WriteLine($"- {line}"));
        }
    }

    private static string Number(double value) => value.ToString(Math.Abs(value) >= 100 ? "#,0" : Math.Abs(value) >= 10 ? "0.0" : "0.00", CultureInfo.InvariantCulture);

    private static string Text(double? value, string format) => value?.ToString(format, CultureInfo.InvariantCulture) ?? "";

    private static string Memory() => $"{GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (double)(1 << 30):0.#} GiB";

    private static string? Processor() =>
        File.Exists("/proc/cpuinfo") ? File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(": ", 2)[1] : null;
}
