using System.Globalization;
using System.IO.Compression;
using CsCheck;
using FailureHistory.Core.Time;
using FailureHistory.Fhs.Traces;
using Xunit;

namespace FailureHistory.EndToEnd.Tests.Lanl;

/// <summary>The importer's reading of the trace (SPEC 11.4) against what is written here by hand, and against the independent reader.</summary>
[Trait("Rule", "11.4")]
public sealed class LanlTraceTests
{
    private static string MadeUp => Path.Combine(AppContext.BaseDirectory, "Lanl", "made-up.csv");

    [Fact]
    public void The_made_up_trace_has_the_outages_written_here()
    {
        var (outages, _, _) = ReadFile(MadeUp);

        Assert.Equal(
            [
                // Line 27 comes last in the file and begins first.
                ("lanl.2.0", "2005-06-21T10:50", "2005-06-21T11:00", "Network: Back to an old node", 27),
                ("lanl.2.0", "2005-09-06T09:13", "2005-09-06T09:19", "Software: Other, Software", 3),
                ("lanl.2.0", "2005-09-06T10:32", "2005-09-06T10:46", "Hardware: Disk 3\" drive", 4),
                ("lanl.2.1", "2000-01-01T00:00", "2000-01-01T03:30", "Network: Switch", 5),
                ("lanl.2.1", "2000-01-01T03:31", "2000-01-01T04:00", "Human Error: Wrong plug", 8),
                ("lanl.2.10", "1999-12-31T23:59", "2000-01-01T00:00", "Human Error: Y2K", 28),
                ("lanl.2.12", "2006-06-06T06:06", "2006-06-06T06:16", "Software: no newline at the end", 30),
                ("lanl.2.2", "2004-02-29T23:59", "2004-03-01T00:01", "Undetermined: Undetermined", 9),
                ("lanl.2.2", "2004-05-05T12:00", "2004-05-05T12:00", "Hardware: Memory Dimm", 10),
                ("lanl.2.3", "2004-07-07T07:07", "2004-07-07T07:20", null, 12),
                ("lanl.3.0", "2001-08-08T18:00", "2001-08-08T21:00", "Hardware: Out of order", 23),
            ],
            outages.Select(outage => (outage.Node, Minute(outage.From), Minute(outage.To), outage.Reason, (int)outage.Line)));
    }

    [Fact]
    public void Lines_that_cannot_be_used_are_told_with_their_number_and_why()
    {
        var (_, skipped, _) = ReadFile(MadeUp);

        Assert.Equal(
            [
                (15, "no node (nodenumz is empty)", null),
                (16, "no node (System is empty)", null),
                (17, "Prob Started is no M/D/YYYY H:MM from 1970 on", "'13/1/2003 3:03'"),
                (18, "Prob Fixed is no M/D/YYYY H:MM from 1970 on", "'2/30/2003 4:03'"),
                (19, "Prob Fixed is no M/D/YYYY H:MM from 1970 on", "''"),
                (20, "Prob Fixed is before Prob Started", "'3/3/2003 3:02' before '3/3/2003 3:03'"),
                (21, "too few fields", "3, expected 25"),
                (25, "a quote where none belongs", null),
                (29, "Prob Started is no M/D/YYYY H:MM from 1970 on", "'12/31/1969 23:59'"),
            ],
            skipped.Select(line => ((int)line.Line, line.Why, line.Came)));
    }

    [Fact]
    public void The_independent_reader_agrees_on_the_made_up_trace() => AssertAgree(MadeUp);

    [SharedFact(SharedData.LanlFolder)]
    public void The_independent_reader_agrees_on_the_real_trace() => AssertAgree(SharedData.LanlCsv!);

    [SharedFact(SharedData.LanlFolder)]
    public void The_real_trace_has_the_numbers_that_are_known_of_it()
    {
        var (outages, skipped, records) = ReadFile(SharedData.LanlCsv!);

        Assert.Equal(23_739, records);
        Assert.Equal(126, skipped.Count);
        Assert.All(skipped, line => Assert.Equal("no node (nodenumz is empty)", line.Why));
        Assert.Equal(3_576, outages.Select(outage => outage.Node).Distinct().Count());
        Assert.Equal(23_327, outages.Count);
        Assert.Equal(122, outages.Count(outage => outage.From == outage.To));
        Assert.Equal("1995-05-19", Minute(outages.Min(outage => outage.From))[..10]);
    }

    [Fact]
    public void A_quote_that_is_never_closed_ends_the_reading_instead_of_filling_memory()
    {
        var header = File.ReadLines(MadeUp).First();
        var endless = header + "\n2,\"" + new string('x', 100_000);

        var thrown = Assert.Throws<InvalidDataException>(() => Read(new StringReader(endless)));

        Assert.Contains("quote", thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_column_is_named()
    {
        var thrown = Assert.Throws<InvalidDataException>(() => Read(new StringReader("System,nodenumz,Prob Fixed\n2,0,1/1/2000 0:00\n")));

        Assert.Contains("'Prob Started'", thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_empty_file_is_no_trace() =>
        Assert.Contains("empty", Assert.Throws<InvalidDataException>(() => Read(new StringReader(""))).Message, StringComparison.Ordinal);

    [Fact]
    public void Columns_are_found_by_name_wherever_they_stand()
    {
        const string csv = "Prob Fixed,Prob Started,nodenumz,System,Software,Undetermined,Network,Human Error,Hardware,Facilities\r\n"
            + "1/1/2000 1:00,1/1/2000 0:00,7,9,,,,,Fan,\r\n";

        var (outages, _, _) = Read(new StringReader(csv));

        Assert.Equal(("lanl.9.7", "Hardware: Fan"), (outages[0].Node, outages[0].Reason));
    }

    [Fact]
    public void Line_numbers_are_those_of_the_file_after_blank_lines()
    {
        const string csv = "System,nodenumz,Prob Started,Prob Fixed,Software,Undetermined,Network,Human Error,Hardware,Facilities\n"
            + "\n2,0,1/1/2000 0:00,1/1/2000 1:00,,,,,,\n\n\n2,,1/1/2000 0:00,1/1/2000 1:00,,,,,,\n";

        var (outages, skipped, _) = Read(new StringReader(csv));

        Assert.Equal((3, 6), ((int)outages.Single().Line, (int)skipped.Single().Line));
    }

    [Fact]
    public void Merging_does_not_depend_on_the_order_of_the_records() =>
        Records.SelectMany(records => Gen.Shuffle(records.ToArray()).Select(shuffled => (records, shuffled)))
            .Sample(pair => Assert.Equal(Merge(pair.records), Merge(pair.shuffled)));

    [Fact]
    public void Merged_outages_cover_the_very_minutes_that_the_records_cover_and_never_touch() =>
        Records.Sample(records =>
        {
            var merged = Merge(records);

            Assert.Equal(MinutesOf(records), MinutesOf(merged));
            Assert.All(merged.Zip(merged.Skip(1)), pair => Assert.True(pair.Item1.To < pair.Item2.From, $"{pair.Item1} touches {pair.Item2}"));
        });

    // A day of short outages of one node, so that overlaps, touches and zero lengths are frequent. A line number is given once.
    private static Gen<TraceSpan[]> Records { get; } = Gen.Select(Gen.Int[0, 120], Gen.Int[0, 12]).Array[0, 24].Select(spans =>
        spans.Select((span, i) => new TraceSpan("n", At(span.Item1), At(span.Item1 + span.Item2), $"reason {i}", i + 2)).ToArray());

    private static Stamp At(int minute) => new(minute * TimeSpan.TicksPerMinute);

    // By a sort that spills every few spans, so that the runs on disk are merged too.
    private static List<TraceSpan> Merge(IEnumerable<TraceSpan> records)
    {
        using var sorted = new SpillSort<TraceSpan>(SpanOrder.Instance, SpanSpill.Instance, boundBytes: 600);
        foreach (var record in records)
        {
            sorted.Add(record);
        }

        return [.. Outages.Of(sorted.InOrder())];
    }

    // Ends included: outages that touch share a minute, those a minute apart do not; half minutes tell [1,2] [3,4] from [1,4].
    private static SortedSet<int> MinutesOf(IEnumerable<TraceSpan> outages)
    {
        var halves = new SortedSet<int>();
        foreach (var outage in outages)
        {
            for (var half = 2 * outage.From.Ticks / TimeSpan.TicksPerMinute; half <= 2 * outage.To.Ticks / TimeSpan.TicksPerMinute; half++)
            {
                halves.Add((int)half);
            }
        }

        return halves;
    }

    private static void AssertAgree(string path)
    {
        var reference = LanlReference.ReadFile(path);
        var (outages, skipped, records) = ReadFile(path);

        Assert.Equal(reference.RecordCount, records);
        Assert.Equal(reference.UnusableLines, skipped.Select(line => (int)line.Line));
        var byNode = outages.GroupBy(outage => outage.Node).ToDictionary(node => node.Key, node => node.ToList());
        Assert.Equal(reference.Outages.Keys.Order(), byNode.Keys.Order());
        foreach (var (node, expected) in reference.Outages)
        {
            Assert.Equal(
                expected.Select(outage => (node, outage.Down, outage.Up, outage.Cause)),
                byNode[node].Select(outage => (node, outage.From.ToDateTimeOffset().UtcDateTime, outage.To.ToDateTimeOffset().UtcDateTime, outage.Reason)));
        }
    }

    private static (List<TraceSpan> Outages, List<SkippedLine> Skipped, int Records) ReadFile(string path)
    {
        using var file = File.OpenRead(path);
        using Stream content = path.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(file, CompressionMode.Decompress) : file;
        using var text = new StreamReader(content);
        return Read(text);
    }

    private static (List<TraceSpan> Outages, List<SkippedLine> Skipped, int Records) Read(TextReader text)
    {
        var skipped = new List<SkippedLine>();
        var usable = new List<TraceSpan>();
        foreach (var record in LanlTrace.Read(text, skipped.Add))
        {
            usable.Add(record);
        }

        return (Merge(usable), skipped, usable.Count + skipped.Count);
    }

    private static string Minute(Stamp time) => time.ToDateTimeOffset().ToString("yyyy-MM-dd'T'HH:mm", CultureInfo.InvariantCulture);
}
