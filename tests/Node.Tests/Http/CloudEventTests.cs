using System.Text;
using System.Text.Json;
using CloudNative.CloudEvents;
using CloudNative.CloudEvents.SystemTextJson;
using CsCheck;
using FailureHistory.Messages;
using Xunit;

namespace FailureHistory.Node.Tests.Http;

/// <summary>Reports as CloudEvents 1.0, one by one and in batches (SPEC 11.2).</summary>
public sealed class CloudEventTests : EdgeTest
{
    private const string Path = "/v1/observations";
    private const string One = "application/cloudevents+json";
    private const string Many = "application/cloudevents-batch+json";
    private static readonly ObservationsRecorded Stored = new(1, 0, [], []);

    [Fact]
    public async Task An_event_is_an_observation()
    {
        Service.Replies(Stored);

        var reply = await Edge.Post(Path, """
            {"specversion":"1.0","id":"e1","source":"//monitor-3/icmp","subject":"gpu-7","type":"org.example.node.failure","time":"2026-01-31T12:00:01.5Z",
             "datacontenttype":"application/json; charset=utf-8","traceparent":"00-1","sampled":true,
             "data":{"hardware":"aa:bb","reason":"no echo","labels":{"rack":"r1","Zürich":""},"node":5,"else":[{}]}}
            """, One);

        Assert.Equal("""{"accepted":1,"duplicates":0,"rejected":[],"retry":[]}""", reply.Body);
        var read = Assert.Single(Service.Reported);
        Assert.Equal(("e1", "gpu-7", "aa:bb", "//monitor-3/icmp", "failure"), (read.Id, read.Node, read.Hardware, read.Detector, read.Kind));
        Assert.Equal((Samples.At(1, 5_000_000), "no echo", null, null), (read.At, read.Reason, read.Signature, read.Fault));
        Assert.Equal(new Dictionary<string, string> { ["rack"] = "r1", ["Zürich"] = "" }, read.Labels);
    }

    [Theory]
    [InlineData("failure")]
    [InlineData("join")]
    [InlineData("alive")]
    [InlineData("leave")]
    public async Task What_the_library_of_CloudEvents_itself_writes_is_read(string kind)
    {
        Service.Replies(Stored);
        var sent = new[] { "a", "b" }.Select(node => new CloudEvent
        {
            Id = $"of-{node}",
            Source = new Uri("urn:detector:icmp"),
            Subject = node,
            Type = $"x.{kind}",
            Time = new DateTimeOffset(2026, 1, 31, 12, 0, 1, TimeSpan.Zero),
            Data = new { hardware = "aa", reason = "why", labels = new { rack = "r1" } },
            DataContentType = "application/json",
        }).ToList();
        var written = new JsonEventFormatter(new JsonSerializerOptions(), default).EncodeBatchModeMessage(sent, out var type);
        using var content = new ReadOnlyMemoryContent(written);
        content.Headers.TryAddWithoutValidation("Content-Type", type.ToString());

        var reply = await Edge.Send(HttpMethod.Post, Path, content);

        Assert.Equal(200, reply.Status);
        Assert.Equal(["a", "b"], Service.Reported.Select(read => read.Node));
        Assert.All(Service.Reported, read =>
        {
            Assert.Equal(($"of-{read.Node}", "urn:detector:icmp", kind, "aa", "why", "r1"), (read.Id, read.Detector, read.Kind, read.Hardware, read.Reason, read.Labels!["rack"]));
            Assert.Equal(Samples.At(1), read.At);
        });
    }

    [Fact]
    public async Task Time_and_data_may_be_left_out_or_null()
    {
        Service.Replies(Stored);

        await Edge.Post(Path, $"[{Event()},{Event("time", "null", "data", "null")}]", Many);

        Assert.All(Service.Reported, read => Assert.Equal(new ReportedObservation { Id = "1", Node = "n", Detector = "d", Kind = "alive" }, read));
        Assert.Equal(2, Service.Reported.Length);
    }

    [Theory]
    [InlineData("specversion", "\"0.3\"", "specversion is '0.3'; expected 1.0")]
    [InlineData("specversion", null, "specversion is missing; expected 1.0")]
    [InlineData("id", null, "id is missing; expected the id of the observation")]
    [InlineData("id", "\"\"", "id is empty; expected the id of the observation")]
    [InlineData("id", "5", "id is a number; expected a text")]
    [InlineData("source", null, "source is missing; expected the id of the detector")]
    [InlineData("source", "null", "source is missing; expected the id of the detector")]
    [InlineData("subject", null, "subject is missing; expected the id or the name of the node")]
    [InlineData("subject", "[\"n\"]", "subject is an array; expected a text")]
    [InlineData("type", null, "type is missing; expected one that ends in .failure, .join, .alive or .leave")]
    [InlineData("type", "\"org.example.rebooted\"", "type is 'org.example.rebooted'; expected one that ends in .failure, .join, .alive or .leave")]
    [InlineData("type", "\"failure\"", "type is 'failure'; expected one that ends in .failure, .join, .alive or .leave")]
    [InlineData("type", "\"org.example.FAILURE\"", "type is 'org.example.FAILURE'; expected one that ends in .failure, .join, .alive or .leave")]
    [InlineData("time", "\"noon\"", "time is 'noon'; expected an RFC 3339 time such as 2026-01-31T12:00:00Z")]
    [InlineData("time", "1769860800", "time is a number; expected a text")]
    [InlineData("data_base64", "\"e30=\"", "data_base64 is not taken; expected data, as JSON")]
    [InlineData("datacontenttype", "\"text/xml\"", "datacontenttype is 'text/xml'; expected application/json")]
    [InlineData("data", "\"<a/>\"", "data is a text; expected an object")]
    [InlineData("data", "[1]", "data is an array; expected an object")]
    [InlineData("data", "{\"hardware\":7}", "data.hardware is a number; expected a text")]
    [InlineData("data", "{\"reason\":{}}", "data.reason is an object; expected a text")]
    [InlineData("data", "{\"labels\":{\"rack\":null}}", "data.labels.rack is null; expected a text")]
    [InlineData("data", "{\"labels\":[]}", "data.labels is an array; expected an object of texts")]
    [InlineData("Extension", "1", "event: Invalid character 'E' in attribute name 'Extension'")]
    [InlineData("extension", "1.5", "event: ", true)]
    [InlineData("extension", "3000000000", "event: ", true)]
    [InlineData("datacontenttype", "\"application/json; q=\\\"\\\\\\\"\"", "event: ", true)]
    [InlineData("extension", "{}", "event: Invalid token type 'Object' for CloudEvent attribute")]
    [InlineData("subject", "\"\\ud800\"", "event has a name or a value that is no valid Unicode text")]
    [Trait("Rule", "R2.8")]
    public async Task What_is_wrong_with_one_event_is_its_own_fault_alone_and_named(string attribute, string? value, string fault, bool more = false)
    {
        Service.Replies(Stored);

        var reply = await Edge.Post(Path, $"[{Event("subject", "\"before\"")},{Event(attribute, value)},{Event("subject", "\"after\"")}]", Many);

        Assert.Equal(200, reply.Status);
        Assert.Equal([null, fault, null], Service.Reported.Select(read => more ? read.Fault?[..Math.Min(fault.Length, read.Fault.Length)] : read.Fault));
        Assert.Equal(("before", "after"), (Service.Reported[0].Node, Service.Reported[2].Node));
    }

    [Theory]
    [InlineData("7", "event is a number; expected an object")]
    [InlineData("null", "event is null; expected an object")]
    [InlineData("[]", "event is an array; expected an object")]
    [Trait("Rule", "R2.7")]
    public async Task What_is_no_event_is_rejected_by_itself(string json, string fault)
    {
        Service.Replies(Stored);

        await Edge.Post(Path, $"[{Event()},{json}]", Many);

        Assert.Equal([null, fault], Service.Reported.Select(read => read.Fault));
    }

    [Theory]
    [InlineData(One, "", "the body is empty; expected one event")]
    [InlineData(Many, " \n", "the body is empty; expected an array of events")]
    [InlineData(One, "[]", "the body is an array; expected one event: one is application/cloudevents+json, an array is application/cloudevents-batch+json")]
    [InlineData(Many, "{}", "the body is an object; expected an array of events: one is application/cloudevents+json, an array is application/cloudevents-batch+json")]
    [InlineData(Many, "[{\"id\":\"1\"},\n {\"id\" \"b\"}]", "the body is not JSON at line 2, byte 8: ")]
    [InlineData(One, "{} x", "the body is not JSON at line 1, byte 4: ")]
    [Trait("Rule", "R2.8")]
    public async Task What_is_no_batch_or_no_JSON_is_refused_as_a_whole(string type, string json, string detail)
    {
        var body = AssertProblem(await Edge.Post(Path, json, type), 400, "malformed-json");

        Assert.StartsWith(detail, (string?)body["detail"], StringComparison.Ordinal);
        Assert.Equal("""{"accepted":0,"duplicates":0,"rejected":[],"retry":[]}""", ReportOutcomeTests.FourMembers(body));
        Assert.Empty(Service.Requests);
    }

    [Fact]
    [Trait("Rule", "R2.8")]
    public async Task Ten_thousand_events_are_taken_and_one_more_is_not()
    {
        Service.Replies(new ObservationsRecorded(10_000, 0, [], []));

        Assert.Equal(200, (await Edge.Post(Path, Batch(10_000), Many)).Status);
        Assert.Equal(10_000, Service.Reported.Length);

        var body = AssertProblem(await Edge.Post(Path, Batch(10_001), Many), 413, "too-large");
        Assert.Equal("the batch has over 10,000 observations; send it in parts", (string?)body["detail"]);
        Assert.Single(Service.Requests);

        static string Batch(int count) => $"[{string.Join(',', Enumerable.Repeat(Event(), count))}]";
    }

    [Fact]
    public async Task Detectors_are_not_registered_by_events() =>
        AssertProblem(await Edge.Send(HttpMethod.Put, "/v1/detectors/d", new StringContent("{}", Encoding.UTF8, One)), 415, "unsupported-media-type");

    [Fact]
    public async Task No_bytes_whatever_make_it_fail()
    {
        Service.Replies(Stored);
        var valid = Encoding.UTF8.GetBytes($"[{Event("time", "\"2026-01-31T12:00:01Z\"", "data", "{\"reason\":\"\\u00e4\",\"labels\":{\"k\":\"ä\"}}")}]");
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
                content.Headers.ContentType = new(Many);
                return (await Edge.Send(HttpMethod.Post, Path, content)).Status is 200 or 400;
            }, iter: 300, threads: 1);
    }

    // A good event, with attributes set to other JSON, or taken out.
    private static string Event(params string?[] changes)
    {
        var attributes = new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["specversion"] = "\"1.0\"", ["id"] = "\"1\"", ["source"] = "\"d\"", ["subject"] = "\"n\"", ["type"] = "\"org.example.alive\"",
        };
        for (var i = 0; i < changes.Length; i += 2)
        {
            attributes[changes[i]!] = changes[i + 1];
        }

        return $"{{{string.Join(',', attributes.Where(a => a.Value is not null).Select(a => $"\"{a.Key}\":{a.Value}"))}}}";
    }
}
