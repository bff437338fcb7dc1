using System.IO.Compression;

namespace FailureHistory.EndToEnd.Tests.Traces;

/// <summary>
/// What a trace of the Failure Trace Archive says, read a second time by other means: it shares no code with the importer, keeps everything
/// in memory, and is as plain as can be.
/// </summary>
internal sealed class FtaReference
{
    private FtaReference(IReadOnlyDictionary<string, Machine> machines, int recordCount, IReadOnlyList<int> unusable) =>
        (Machines, RecordCount, UnusableLines) = (machines, recordCount, unusable);

    public IReadOnlyDictionary<string, Machine> Machines { get; }

    /// <summary>The lines but for the header.</summary>
    public int RecordCount { get; }

    /// <summary>The numbers of the lines that can't be used.</summary>
    public IReadOnlyList<int> UnusableLines { get; }

    /// <summary>How many observations an import makes: two of an outage, and a join of each first available span that no outage ends at.</summary>
    public int ObservationCount => Machines.Values.Sum(machine => machine.Events().Count);

    public static FtaReference ReadFile(string path)
    {
        using var file = File.OpenRead(path);
        using Stream content = path.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(file, CompressionMode.Decompress) : file;
        using var text = new StreamReader(content);
        var machines = new Dictionary<string, Machine>();
        var unusable = new List<int>();
        var (number, records) = (0, 0);
        while (text.ReadLine() is { } line)
        {
            number++;
            if (line.StartsWith('#'))
            {
                continue;
            }

            records++;
            var cells = line.Split('\t').Select(cell => cell.Trim()).ToArray();
            if (cells.Length != 9 || cells[4] == "" || cells[5] is not ("0" or "1") || Seconds(cells[6]) is not { } from || Seconds(cells[7]) is not { } to || to < from)
            {
                unusable.Add(number);
                continue;
            }

            var name = "fta." + cells[4];
            if (!machines.TryGetValue(name, out var machine))
            {
                machines.Add(name, machine = new Machine());
            }

            if (cells[5] == "0")
            {
                machine.Down.Add((from, to));
            }
            else
            {
                machine.Up.Add((from, to, cells[8]));
            }
        }

        return new FtaReference(machines, records, unusable);
    }

    private static DateTime? Seconds(string text) =>
        decimal.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out var seconds) && seconds >= 0 ? DateTime.UnixEpoch.AddTicks((long)(seconds * 10_000_000m)) : null;

    /// <summary>One node of the trace.</summary>
    internal sealed class Machine
    {
        public List<(DateTime From, DateTime To)> Down { get; } = [];

        public List<(DateTime From, DateTime To, string Why)> Up { get; } = [];

        /// <summary>Outages by time, those that overlap or touch made one.</summary>
        public List<(DateTime From, DateTime To)> Outages()
        {
            var outages = new List<(DateTime From, DateTime To)>();
            foreach (var (from, to) in Down.OrderBy(down => down.From))
            {
                if (outages.Count > 0 && from <= outages[^1].To)
                {
                    outages[^1] = (outages[^1].From, to > outages[^1].To ? to : outages[^1].To);
                }
                else
                {
                    outages.Add((from, to));
                }
            }

            return outages;
        }

        /// <summary>What happens, in order of time: at one instant a failure comes before a join. True is a failure.</summary>
        public List<(DateTime At, bool IsFailure, string? Reason)> Events()
        {
            var events = new List<(DateTime At, bool IsFailure, string? Reason)>();
            foreach (var (from, to) in Outages())
            {
                events.Add((from, true, Up.Where(up => up.To == from && up.Why != "NULL" && up.Why != "").Select(up => "event_end_reason: " + up.Why).FirstOrDefault()));
                events.Add((to, false, null));
            }

            if (Up.Count > 0 && !events.Contains((Up.Min(up => up.From), false, null)))
            {
                events.Add((Up.Min(up => up.From), false, null));
            }

            return [.. events.OrderBy(e => e.At).ThenByDescending(e => e.IsFailure)];
        }

        /// <summary>The periods that follow: from the first event on, a new one wherever the node goes down or comes up; none without length.</summary>
        public List<(DateTime From, DateTime? To, bool IsDown, string? Reason)> Periods()
        {
            var periods = new List<(DateTime From, DateTime? To, bool IsDown, string? Reason)>();
            foreach (var (at, isFailure, reason) in Events())
            {
                if (periods.Count > 0)
                {
                    periods[^1] = periods[^1] with { To = at };
                    if (periods[^1].From == at)
                    {
                        periods.RemoveAt(periods.Count - 1);
                    }
                }

                periods.Add((at, null, isFailure, reason));
            }

            return periods;
        }
    }
}
