using System.Text.Json.Nodes;
using Akka.Event;
using FailureHistory.Node.Member;
using FailureHistory.Node.Telemetry;
using Microsoft.Extensions.Logging;
using Xunit;

namespace FailureHistory.Node.Tests.Telemetry;

/// <summary>The lines of a member's log, for people and for programs.</summary>
public sealed class OperatorEntryTests : Akka.TestKit.Xunit2.TestKit
{
    private static readonly DateTime At = new(2026, 11, 23, 4, 5, 6, 789, DateTimeKind.Utc);

    [Fact]
    public void A_line_for_people_tells_when_how_bad_who_and_what_and_its_cause_below()
    {
        var entry = new OperatorEntry(At, "WARNING", "/user/fh", "the disk is full", null, [], new IOException("no space"));

        var lines = entry.ToText(OutputFormat.Text).Split(Environment.NewLine);

        Assert.Equal("2026-11-23T04:05:06.789Z WARNING /user/fh: the disk is full", lines[0]);
        Assert.Equal("System.IO.IOException: no space", lines[1]);
    }

    [Fact]
    public void A_line_for_programs_is_one_JSON_object_whatever_is_in_the_message()
    {
        var entry = new OperatorEntry(At, "ERROR", "/user/fh", "two\nlines and a \" quote", "{0}", [new("0", 1.5)], new IOException("no\nspace"));

        var line = entry.ToText(OutputFormat.Json);

        Assert.DoesNotContain('\n', line);
        var json = JsonNode.Parse(line)!;
        Assert.Equal("two\nlines and a \" quote", (string)json["message"]!);
        Assert.Equal("2026-11-23T04:05:06.7890000Z", (string)json["time"]!);
        Assert.Equal("1.5", (string)json["values"]!["0"]!);
        Assert.Contains("no\nspace", (string)json["cause"]!, StringComparison.Ordinal);
    }

    [Fact]
    public void An_actors_message_keeps_its_template_and_values()
    {
        Sys.EventStream.Subscribe(TestActor, typeof(Warning));
        Logging.GetLogger(Sys, "ring").Warning("ring version {0} of {1}", 7, "a");

        var entry = OperatorLog.Entry(ExpectMsg<Warning>());

        Assert.Equal("ring version 7 of a", entry.Message);
        Assert.Equal("ring version {0} of {1}", entry.Template);
        Assert.Equal([new("0", 7), new("1", "a")], entry.Values);
        Assert.Equal("WARNING", entry.Level);
    }

    [Fact]
    public void What_the_HTTP_edge_logs_looks_the_same()
    {
        using var output = new StringWriter();
        using var provider = new OperatorLoggerProvider(OutputFormat.Json, output, TimeProvider.System);

        provider.CreateLogger("edge").LogError(new InvalidOperationException("why"), "{Method} failed", "GET");

        var json = JsonNode.Parse(output.ToString())!;
        Assert.Equal("GET failed", (string)json["message"]!);
        Assert.Equal("""{"Method":"GET"}""", json["values"]!.ToJsonString());
        Assert.Equal("ERROR", (string)json["level"]!);
    }
}
