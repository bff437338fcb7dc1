using System.Text;
using CsCheck;
using FailureHistory.Core.Time;
using FailureHistory.Messages;
using Xunit;

namespace FailureHistory.Node.Tests.Http;

/// <summary>What a report is read as.</summary>
public sealed class ReportReadingTests : EdgeTest
{
    private const string Path = "/v1/observations";
    private static readonly ObservationsRecorded Stored = new(1, 0, [], []);

    [Fact]
    public async Task One_observation_is_read_with_all_its_members()
    {
        Service.Replies(Stored);

        await Edge.Post(Path, """
            {"id":"o1","node":"gpu-7","hardware":"aa:bb","detector":"icmp","kind":"failure","at":"2026-01-31T12:00:01.5Z","reason":"no echo",
             "labels":{"rack":"r1","Zürich":""},"signature":"c2ln"}
            """);

        var read = Assert.Single(Service.Reported);
        Assert.Equal(("o1", "gpu-7", "aa:bb", "icmp", "failure"), (read.Id, read.Node, read.Hardware, read.Detector, read.Kind));
        Assert.Equal((Samples.At(1, 5_000_000), "no echo", "c2ln", null), (read.At, read.Reason, read.Signature, read.Fault));
        Assert.Equal(new Dictionary<string, string> { ["rack"] = "r1", ["Zürich"] = "" }, read.Labels);
    }

    [Fact]
    public async Task What_only_a_restored_one_carries_is_read_with_restore_alone_and_else_ignored_11_4()
    {
        const string body = """{"node":"n","kind":"join","receivedAt":"2026-01-31T12:00:01Z","reportedAt":"2026-01-31T12:00:00Z","accuracy":60.5,"total":110,"explicit":false}""";
        Service.Replies(Stored);

        await Edge.Post(Path + "?restore=true", body);
        var restored = Last();
        Assert.True(((ReportObservations)Service.Requests.Last()).Restore, "expected the gate to be told that it is a restore");
        Assert.Equal(
            (Samples.At(1), Samples.At(0), 60.5, 110, false),
            (restored.ReceivedAt!.Value, restored.ReportedAt!.Value, restored.Accuracy!.Value, restored.Total!.Value, restored.Explicit!.Value));

        await Edge.Post(Path, body.Replace("110", "\"many\"", StringComparison.Ordinal));
        Assert.Equal(
            (null, null, null, null, null, null),
            (Last().ReceivedAt, Last().ReportedAt, Last().Accuracy, Last().Total, Last().Explicit, Last().Fault));

        await Edge.Post(Path + "?restore=true", body.Replace("110", "\"many\"", StringComparison.Ordinal));
        Assert.Equal("total is a text; expected a number", Last().Fault);

        ReportedObservation Last() => ((ReportObservations)Service.Requests.Last()).Observations.Single();
    }

    [Fact]
    public async Task An_array_keeps_its_order()
    {
        Service.Replies(Stored);

        await Edge.Post(Path, """[{"node":"a","kind":"join"},{"node":"b","kind":"leave"},{}]""");

        Assert.Equal(["a", "b", null], Service.Reported.Select(read => read.Node));
        Assert.Equal(["join", "leave", null], Service.Reported.Select(read => read.Kind));
        Assert.All(Service.Reported, read => Assert.Null(read.Fault));
    }

    [Fact]
    public async Task Unknown_members_are_ignored_and_nulls_count_as_absent()
    {
        Service.Replies(Stored);

        await Edge.Post(Path, """{"x":{"node":"no","y":[1,{}]},"node":"a","kind":"join","at":null,"labels":null,"hardware":null,"NODE":5,"z":1e999}""");

        Assert.Equal(new ReportedObservation { Node = "a", Kind = "join" }, Assert.Single(Service.Reported));
    }

    [Fact]
    public async Task Members_may_be_written_with_escapes()
    {
        Service.Replies(Stored);

        await Edge.Post(Path, """{"\u006eode":"a\u002fb","k\u0069nd":"join","\ud800":1}""");

        Assert.Equal(new ReportedObservation { Node = "a/b", Kind = "join" }, Assert.Single(Service.Reported));
    }

    [Theory]
    [InlineData("""{"node":5}""", "node is a number; expected a text")]
    [InlineData("""{"kind":["failure"]}""", "kind is an array; expected a text")]
    [InlineData("""{"detector":{"id":"x"}}""", "detector is an object; expected a text")]
    [InlineData("""{"reason":true}""", "reason is a boolean; expected a text")]
    [InlineData("""{"id":1,"node":2}""", "id is a number; expected a text")]
    [InlineData("""{"at":"noon"}""", "at is 'noon'; expected an RFC 3339 time such as 2026-01-31T12:00:00Z")]
    [InlineData("""{"at":1769860800}""", "at is a number; expected a text")]
    [InlineData("""{"labels":["a"]}""", "labels is an array; expected an object of texts")]
    [InlineData("""{"labels":{"rack":7}}""", "labels.rack is a number; expected a text")]
    [InlineData("""{"labels":{"rack":null}}""", "labels.rack is null; expected a text")]
    [InlineData("""{"labels":{"rack":{"deep":["x"]}}}""", "labels.rack is an object; expected a text")]
    [InlineData("""{"labels":{"\ud800":"x"}}""", "labels has a key that is no valid Unicode text")]
    [InlineData("""{"node":"\ud800"}""", "node is no valid Unicode text")]
    [InlineData("7", "observation is a number; expected an object")]
    [InlineData("null", "observation is null; expected an object")]
    [InlineData("""["node"]""", "observation is an array; expected an object")]
    [Trait("Rule", "R2.7")]
    public async Task What_is_wrong_with_one_observation_is_its_own_fault_alone(string json, string fault)
    {
        Service.Replies(Stored);

        var reply = await Edge.Post(Path, $$"""[{"node":"before","kind":"join"},{{json}},{"node":"after","kind":"join"}]""");

        Assert.Equal(200, reply.Status);
        Assert.Equal([null, fault, null], Service.Reported.Select(read => read.Fault));
        Assert.Equal(("before", "after"), (Service.Reported[0].Node, Service.Reported[2].Node));
    }

    [Fact]
    public async Task A_byte_order_mark_is_overlooked()
    {
        Service.Replies(Stored);

        var reply = await Edge.Post(Path, "\uFEFF{\"node\":\"a\",\"kind\":\"join\"}");

        Assert.Equal(200, reply.Status);
        Assert.Equal("a", Assert.Single(Service.Reported).Node);
    }

    [Theory]
    [InlineData("", "the body is empty; expected one observation or an array of them")]
    [InlineData(" \n", "the body is empty; expected one observation or an array of them")]
    [InlineData("\"node\"", "the body is a text; expected one observation or an array of them")]
    [InlineData("null", "the body is null; expected one observation or an array of them")]
    [InlineData("[{\"node\":\"a\"},\n {\"node\" \"b\"}]", "the body is not JSON at line 2, byte 10: ")]
    [InlineData("[{\"node\":\"a\"}", "the body is not JSON at line 1, byte 14: ")]
    [InlineData("{\"node\":\"a\"} x", "the body is not JSON at line 1, byte 14: ")]
    [InlineData("{\"node\":\"a\"}{\"node\":\"b\"}", "the body is not JSON at line 1, byte 13: ")]
    [InlineData("[{\"node\":\"a\",}]", "the body is not JSON at line 1, byte 14: ")]
    [InlineData("node=a&kind=join", "the body is not JSON at line 1, byte 2: ")]
    [Trait("Rule", "R2.8")]
    public async Task Malformed_JSON_is_refused_as_a_whole_and_told_where(string json, string detail)
    {
        var body = AssertProblem(await Edge.Post(Path, json), 400, "malformed-json");

        Assert.StartsWith(detail, (string?)body["detail"], StringComparison.Ordinal);
        Assert.Equal("""{"accepted":0,"duplicates":0,"rejected":[],"retry":[]}""", ReportOutcomeTests.FourMembers(body));
        Assert.Empty(Service.Requests);
    }

    [Fact]
    public async Task Nesting_without_end_is_refused()
    {
        var deep = "{\"x\":" + new string('[', 100_000);

        AssertProblem(await Edge.Post(Path, deep), 400, "malformed-json");
    }

    [Fact]
    public async Task No_bytes_whatever_make_it_fail()
    {
        Service.Replies(Stored);
        var valid = Encoding.UTF8.GetBytes("""[{"node":"ä","kind":"failure","at":"2026-01-31T12:00:01Z","labels":{"k":"\u00e4"}},{"node":null,"x":[1]}]""");
        var damage = Gen.Select(Gen.Int[0, valid.Length - 1], Gen.Byte).Array[1, 4];
        await damage.SampleAsync(
            async changes =>
            {
                var bytes = valid.ToArray();
                foreach (var (place, value) in changes)
                {
                    bytes[place] = value;
                }

                using var content = new ByteArrayContent(bytes);
                content.Headers.ContentType = new("application/json");
                return (await Edge.Send(HttpMethod.Post, Path, content)).Status is 200 or 400;
            }, iter: 300, threads: 1);
    }

    [Fact]
    public async Task A_time_with_an_offset_is_the_same_moment()
    {
        Service.Replies(Stored);

        await Edge.Post(Path, """{"node":"a","kind":"join","at":"1969-12-31T23:00:00-01:30"}""");

        Assert.Equal(Stamp.Zero + TimeSpan.FromMinutes(30), Assert.Single(Service.Reported).At);
    }

}
