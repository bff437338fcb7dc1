using System.IO.Compression;
using System.Text;

namespace FailureHistory.EndToEnd.Tests.Lanl;

/// <summary>
/// What the LANL trace says, read a second time by other means: its own splitting of lines, its own calendar, and merging by a sweep over
/// sorted intervals. It shares no code with the importer, so that a fault would have to be made twice to go unseen. It reads everything
/// into memory and is as plain as can be.
/// </summary>
internal sealed class LanlReference
{
    private static readonly (int Column, string Name)[] Causes =
        [(19, "Facilities"), (20, "Hardware"), (21, "Human Error"), (22, "Network"), (23, "Undetermined"), (24, "Software")];

    private LanlReference(IReadOnlyList<(int Line, string Node, DateTime Down, DateTime Up, string? Cause)> usable, int recordCount, IReadOnlyList<int> unusable)
    {
        RecordCount = recordCount;
        UnusableLines = unusable;
        Outages = usable.GroupBy(record => record.Node).ToDictionary(node => node.Key, IReadOnlyList<(DateTime, DateTime, string?)> (node) => Sweep([.. node]));
    }

    /// <summary>The lines after the header.</summary>
    public int RecordCount { get; }

    /// <summary>The numbers of the lines that can't be used.</summary>
    public IReadOnlyList<int> UnusableLines { get; }

    /// <summary>By node, sorted by time: when it was down, and the cause of the outage's first record.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<(DateTime Down, DateTime Up, string? Cause)>> Outages { get; }

    public static LanlReference ReadFile(string path)
    {
        using var file = File.OpenRead(path);
        using Stream content = path.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(file, CompressionMode.Decompress) : file;
        using var text = new StreamReader(content);
        return Read(text.ReadToEnd());
    }

    public static LanlReference Read(string csv)
    {
        var lines = csv.Split('\n');
        var usable = new List<(int, string, DateTime, DateTime, string?)>();
        var unusable = new List<int>();
        var records = 0;
        for (var number = 2; number <= lines.Length; number++)
        {
            var line = lines[number - 1].TrimEnd('\r');
            if (line.Length == 0)
            {
                continue;
            }

            records++;
            var fields = Split(line);
            if (fields is { Count: >= 25 } && fields[0].Trim() != "" && fields[6].Trim() != ""
                && ReadTime(fields[16]) is { } down && ReadTime(fields[17]) is { } up && down <= up)
            {
                usable.Add((number, $"lanl.{fields[0].Trim()}.{fields[6].Trim()}", down, up, CauseOf(fields)));
            }
            else
            {
                unusable.Add(number);
            }
        }

        return new LanlReference(usable, records, unusable);
    }

    private static string? CauseOf(List<string> fields)
    {
        foreach (var (column, name) in Causes)
        {
            if (fields[column].Trim() != "")
            {
                return name + ": " + fields[column].Trim();
            }
        }

        return null;
    }

    // Null where a quote stands in the middle of an unquoted field, or anything but a comma follows a closing one.
    private static List<string>? Split(string line)
    {
        var fields = new List<string>();
        var field = new StringBuilder();
        var at = 0;
        while (true)
        {
            field.Clear();
            if (at < line.Length && line[at] == '"')
            {
                for (at++; at < line.Length; at++)
                {
                    if (line[at] != '"')
                    {
                        field.Append(line[at]);
                    }
                    else if (at + 1 < line.Length && line[at + 1] == '"')
                    {
                        field.Append('"');
                        at++;
                    }
                    else
                    {
                        break;
                    }
                }

                at++;
            }
            else
            {
                while (at < line.Length && line[at] != ',' && line[at] != '"')
                {
                    field.Append(line[at++]);
                }
            }

            fields.Add(field.ToString());
            if (at >= line.Length)
            {
                return fields;
            }

            if (line[at] != ',')
            {
                return null;
            }

            at++;
        }
    }

    // M/D/YYYY H:MM, by hand.
    private static DateTime? ReadTime(string text)
    {
        var numbers = text.Trim().Split('/', ' ', ':');
        if (numbers.Length != 5 || numbers.Any(number => number.Length is 0 or > 4 || !number.All(char.IsAsciiDigit)))
        {
            return null;
        }

        var value = numbers.Select(int.Parse).ToArray();
        var (month, day, year, hour, minute) = (value[0], value[1], value[2], value[3], value[4]);
        return year >= 1970 && month is >= 1 and <= 12 && day >= 1 && day <= DateTime.DaysInMonth(year, month) && hour <= 23 && minute <= 59
            ? new DateTime(year, month, day, hour, minute, 0, DateTimeKind.Utc)
            : null;
    }

    private static List<(DateTime Down, DateTime Up, string? Cause)> Sweep(List<(int Line, string Node, DateTime Down, DateTime Up, string? Cause)> records)
    {
        var outages = new List<(DateTime Down, DateTime Up, string? Cause)>();
        foreach (var (_, _, down, up, cause) in records.OrderBy(record => record.Down).ThenBy(record => record.Line))
        {
            if (outages.Count > 0 && down <= outages[^1].Up)
            {
                outages[^1] = outages[^1] with { Up = up > outages[^1].Up ? up : outages[^1].Up };
            }
            else
            {
                outages.Add((down, up, cause));
            }
        }

        return outages;
    }
}
