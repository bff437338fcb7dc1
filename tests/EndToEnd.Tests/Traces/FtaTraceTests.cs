using FailureHistory.Core.Time;
using System.IO.Compression;
using FailureHistory.EndToEnd.Tests.Lanl;
using FailureHistory.Fhs.Traces;
using Xunit;

namespace FailureHistory.EndToEnd.Tests.Traces;

/// <summary>The importer's reading of a trace of the Failure Trace Archive (SPEC 11.4).</summary>
[Trait("Rule", "11.4")]
public sealed class FtaTraceTests
{
    internal static string MadeUp => Path.Combine(AppContext.BaseDirectory, "Traces", "made-up.tab");

    [Fact]
    public void The_made_up_trace_has_the_spans_written_here()
    {
        var (spans, _, _) = Read(MadeUp);

        Assert.Equal(
            [
                ("fta.alpha", 1099755300, 1099906200, true, null), ("fta.alpha", 1112096400, 1112096580, true, "event_end_reason: 4022"),
                ("fta.beta", 1000003600, 1000007200, true, "event_end_reason: 1019"), ("fta.beta", 1000500000, 1000500001.5, true, null),
                ("fta.beta", 1000000000, 1000003600, false, "event_end_reason: 1019"),
                ("fta.delta 1", 1000000000, 1000000000, true, null),
                ("fta.epsilon", 1000000000, 1000999999, false, null),
                ("fta.eta", 1000000000, 1000000100, true, null), ("fta.eta", 1000000200, 1000000300, true, "event_end_reason: 7"), ("fta.eta", 1000000050, 1000000200, false, "event_end_reason: 7"),
                ("fta.gamma", 1000000000, 1000008000, true, null), ("fta.gamma", 1000010000, 1000030000, true, (string?)null),
            ],
            spans.Select(span => (span.Node, Seconds(span.From.Ticks), Seconds(span.To.Ticks), span.Down, span.Reason)));
    }

    [Fact]
    public void Lines_that_cannot_be_used_are_told_with_their_number_and_why()
    {
        var (_, skipped, _) = Read(MadeUp);

        Assert.Equal(
            [
                (14, "too few fields", "1, expected 9, separated by tabs"),
                (15, "no node (node_name is empty)", null),
                (16, "event_type is neither 0 (unavailable) nor 1 (available)", "'2'"),
                (17, "event_start_time is no time in Unix seconds", "'x'"),
                (18, "event_stop_time is before event_start_time", "1000000001 before 1000000002"),
            ],
            skipped.Select(line => ((int)line.Line, line.Why, line.Came)));
    }

    [Fact]
    public void The_independent_reader_agrees_on_the_made_up_trace() => AssertAgree(MadeUp);

    [SharedFact(SharedData.LanlFolder)]
    public void The_independent_reader_agrees_on_the_real_trace() => AssertAgree(SharedData.LanlFta!);

    [SharedFact(SharedData.LanlFolder)]
    public void The_real_trace_has_the_numbers_that_are_known_of_it()
    {
        var (spans, skipped, records) = Read(SharedData.LanlFta!);

        Assert.Equal((43_325, 0), (records, skipped.Count));
        Assert.Equal(3_249, spans.Select(span => span.Node).Distinct().Count());
    }

    [Fact]
    public void Columns_are_found_by_the_header_and_a_missing_one_is_named()
    {
        const string moved = "# node_name event_type event_start_time event_stop_time event_end_reason\nx\t0\t10\t20\tNULL\n";

        Assert.Equal("fta.x", Assert.Single(FtaTrace.Read(new StringReader(moved), _ => { })).Node);
        var thrown = Assert.Throws<InvalidDataException>(() => FtaTrace.Read(new StringReader(moved.Replace("event_type", "kind", StringComparison.Ordinal)), _ => { }).ToList());
        Assert.Contains("'event_type'", thrown.Message, StringComparison.Ordinal);
        Assert.Contains("empty", Assert.Throws<InvalidDataException>(() => FtaTrace.Read(new StringReader(""), _ => { }).ToList()).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("# node_name is the host, event_id a running number")]
    [InlineData("# event_id and component_id are unused")]
    public void A_comment_that_names_columns_is_no_header(string comment)
    {
        var line = "1\t0\t5\t1\tx\t0\t10\t20\tNULL\n";

        Assert.Equal("fta.x", Assert.Single(FtaTrace.Read(new StringReader($"{comment}\n{line}{comment}\n"), _ => { })).Node);
    }

    [Fact]
    public void What_ended_an_available_span_is_told_after_any_number_of_available_spans_in_a_row()
    {
        var ups = Enumerable.Range(0, 1000).Select(i => new TraceSpan("fta.x", Second(i), Second(i + 1), $"event_end_reason: {i}", i, Down: false));

        var outage = Outages.Of([.. ups, new TraceSpan("fta.x", Second(1000), Second(2000), null, 1000, Down: true)]).Single(span => span.Down);

        Assert.Equal("event_end_reason: 999", outage.Reason);

        static Stamp Second(int second) => new(second * TimeSpan.TicksPerSecond);
    }

    private static void AssertAgree(string path)
    {
        var reference = FtaReference.ReadFile(path);
        var (spans, skipped, records) = Read(path);

        Assert.Equal(reference.RecordCount, records);
        Assert.Equal(reference.UnusableLines, skipped.Select(line => (int)line.Line));
        var byNode = spans.SelectMany(span => TraceReport.Of(span, FtaTrace.Detector)).GroupBy(report => report.Report.Node).ToDictionary(
            node => node.Key,
            node => node.Select(it => (At(it.Report.At!), it.Report.Kind == "failure", it.Report.Reason)).OrderBy(e => e.Item1).ThenByDescending(e => e.Item2).ToList());
        Assert.Equal(reference.Machines.Keys.Order(), byNode.Keys.Order());
        foreach (var (node, machine) in reference.Machines)
        {
            Assert.Equal(machine.Events().Select(e => (node, e)), byNode[node].Select(e => (node, e)));
        }
    }

    private static DateTime At(string text) => DateTime.Parse(text, System.Globalization.CultureInfo.InvariantCulture, System.Globalization.DateTimeStyles.RoundtripKind);

    private static double Seconds(long ticks) => ticks / (double)TimeSpan.TicksPerSecond;

    private static (List<TraceSpan> Spans, List<SkippedLine> Skipped, int Records) Read(string path)
    {
        using var file = File.OpenRead(path);
        using Stream content = path.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(file, CompressionMode.Decompress) : file;
        using var text = new StreamReader(content);
        using var sorted = new SpillSort<TraceSpan>(SpanOrder.Instance, SpanSpill.Instance, boundBytes: 100_000);
        var skipped = new List<SkippedLine>();
        foreach (var span in FtaTrace.Read(text, skipped.Add))
        {
            sorted.Add(span);
        }

        return ([.. Outages.Of(sorted.InOrder())], skipped, (int)sorted.Count + skipped.Count);
    }
}
