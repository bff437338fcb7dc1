using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace FailureHistory.Load;

/// <summary>The figures as a table for people and as JSON for programs.</summary>
internal static class Report
{
    private static readonly JsonSerializerOptions Indented = new(JsonSerializerOptions.Web) { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static void Write(Plan plan, IReadOnlyList<Run> runs, TextWriter output)
    {
        output.WriteLine($"{"",-42} {"per second",22} {"p50 ms",18} {"p99 ms",18} {"errors",7}");
        foreach (var group in runs.SelectMany(run => run.Figures).GroupBy(figure => figure.Name))
        {
            output.WriteLine($"{group.Key,-42} {Range(group.Select(f => (double?)f.PerSecond), "#,0"),22} {Range(group.Select(f => f.P50Ms), "0.##"),18} {Range(group.Select(f => f.P99Ms), "0.##"),18} {group.Sum(f => f.Errors),7}");
            foreach (var fault in group.SelectMany(f => f.Faults).Distinct())
            {
                output.WriteLine($"    {fault}");
            }
        }

        output.WriteLine();
        output.WriteLine($"three members on this machine ({Environment.ProcessorCount} cores, shared with what drives them), k = 3, {plan.Members.Journal}; {runs.Count} run(s) of {plan.Time.TotalSeconds:0} s each");
        output.WriteLine($"read back: {runs.Sum(r => r.ReadBack)} nodes, {runs.Sum(r => r.Wrong.Count)} not as acknowledged");
        foreach (var wrong in runs.SelectMany(r => r.Wrong).Take(10))
        {
            output.WriteLine($"    {wrong}");
        }
    }

    public static void WriteJson(Plan plan, IReadOnlyList<Run> runs, FileInfo file)
    {
        file.Directory?.Create();
        File.WriteAllText(file.FullName, JsonSerializer.Serialize(
            new
            {
                machine = new { cores = Environment.ProcessorCount, processor = Processor(), os = RuntimeInformation.OSDescription, runtime = RuntimeInformation.FrameworkDescription },
                members = 3,
                replicationFactor = 3,
                journal = plan.Members.Journal,
                secondsEach = plan.Time.TotalSeconds,
                runs,
            }, Indented) + "\n");
    }

    // Where there were several runs, the lowest and the highest.
    private static string Range(IEnumerable<double?> values, string format)
    {
        var known = values.OfType<double>().ToList();
        return known.Count == 0 ? "–"
            : known.Count == 1 ? known[0].ToString(format, CultureInfo.InvariantCulture)
            : string.Create(CultureInfo.InvariantCulture, $"{known.Min().ToString(format, CultureInfo.InvariantCulture)} – {known.Max().ToString(format, CultureInfo.InvariantCulture)}");
    }

    private static string? Processor() =>
        File.Exists("/proc/cpuinfo") ? File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(": ", 2)[1] : null;
}
