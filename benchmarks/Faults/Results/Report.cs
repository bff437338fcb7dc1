using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace FailureHistory.Faults.Results;

/// <summary>The outcomes as a table in Markdown for people and as JSON for programs.</summary>
internal static class Report
{
    private const string Begin = "<!-- measured -->";
    private const string End = "<!-- end of measured -->";

    private static readonly JsonSerializerOptions Indented = new(JsonSerializerOptions.Web) { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static void Write(IReadOnlyList<Outcome> outcomes, TextWriter output)
    {
        output.WriteLine("| scenario | acknowledged | lost | wrong answers | failed writes, reads | longest without a write: client, HTTP | … a read | … a majority read | roaming HTTP write | whole after |");
        output.WriteLine("| --- | --: | --: | --: | --: | --: | --: | --: | --: | --: |");
        foreach (var o in outcomes)
        {
            var g = o.Gaps;
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"| `{o.Name}`: {o.What}{(o.MajorityLives ? "" : " *(no majority meanwhile)*")} | {o.Acknowledged:#,0} | {o.Lost} | {o.Wrong.Count} | {o.FailedWrites}, {o.FailedReads} | {Ms(g.ClientWrite)}, {Ms(g.HttpWrite)} | {Ms(g.ClientRead)}, {Ms(g.HttpRead)} | {Ms(g.ClientMajority)}, {Ms(g.HttpMajority)} | {Ms(g.RoamingWrite)} | {(o.WholeAfterSeconds is { } s ? $"{s:0.0} s" : "–")} |"));
        }

        output.WriteLine();
        output.WriteLine($"{Machine()}; {DateTime.UtcNow:yyyy-MM-dd}. The same longest times in the seconds before each fault: {Usual(outcomes)}.");
        foreach (var o in outcomes.Where(o => !o.IsGood))
        {
            output.WriteLine();
            output.WriteLine($"**{o.Name}** is not as it has to be:");
            foreach (var line in o.Wrong.Take(5).Concat(o.Checks.Where(c => !c.Holds).Select(c => $"expected: {c.Expected}; seen: {c.Seen}")).Concat(o.MajorityLives ? o.Failures : []))
            {
                output.WriteLine($"- {line}");
            }
        }
    }

    /// <summary>Writes the table to a file: between the marks where it has them, else as all of it.</summary>
    public static void WriteInto(IReadOnlyList<Outcome> outcomes, FileInfo file)
    {
        using var table = new StringWriter { NewLine = "\n" };
        Write(outcomes, table);
        var old = file.Exists ? File.ReadAllText(file.FullName) : string.Empty;
        var (begin, end) = (old.IndexOf(Begin, StringComparison.Ordinal), old.IndexOf(End, StringComparison.Ordinal));
        File.WriteAllText(file.FullName, begin >= 0 && end > begin ? $"{old[..(begin + Begin.Length)]}\n{table}{old[end..]}" : table.ToString());
    }

    public static void WriteJson(IReadOnlyList<Outcome> outcomes, FileInfo file)
    {
        file.Directory?.Create();
        File.WriteAllText(file.FullName, JsonSerializer.Serialize(
            new
            {
                when = DateTimeOffset.UtcNow,
                machine = new { cores = Environment.ProcessorCount, os = RuntimeInformation.OSDescription, runtime = RuntimeInformation.FrameworkDescription, load = LoadAverage() },
                replicationFactor = 3,
                outcomes,
            }, Indented) + "\n");
    }

    private static string Machine() => $"{Environment.ProcessorCount} cores, shared by all members, the driver and whatever else ran (load average {LoadAverage()}), {RuntimeInformation.FrameworkDescription}, k = 3";

    private static string LoadAverage() => File.Exists("/proc/loadavg") ? File.ReadAllText("/proc/loadavg").Split(' ')[0] : "unknown";

    private static string Usual(IReadOnlyList<Outcome> outcomes)
    {
        string Range(Func<Gaps, double?> of)
        {
            var known = outcomes.Select(o => of(o.Usual)).OfType<double>().Order().ToList();
            return known.Count == 0 ? "–" : $"{Ms(known[0])} to {Ms(known[^1])}";
        }

        return $"writes through the client {Range(g => g.ClientWrite)}, over HTTP {Range(g => g.HttpWrite)}; reads {Range(g => g.ClientRead)}, {Range(g => g.HttpRead)}";
    }

    private static string Ms(double? gap) => gap switch
    {
        null => "–",
        >= 10_000 => string.Create(CultureInfo.InvariantCulture, $"{gap / 1000:0.0} s"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{gap:0} ms"),
    };
}
