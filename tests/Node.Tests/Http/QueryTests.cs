using FailureHistory.Core.Time;
using FailureHistory.Messages;
using Xunit;

namespace FailureHistory.Node.Tests.Http;

public sealed class QueryTests : EdgeTest
{
    [Fact]
    [Trait("Rule", "R6.7")]
    public async Task Every_parameter_of_the_fleet_is_understood()
    {
        Service.Replies(new NodeList([], [], null));

        await Edge.Get("/v1/nodes?status=failed,suspected&status=left&minProbability=0.25&name=gpu-*&label=rack%3Dr1,r2&label=zone&sort=since&limit=7&cursor=c%2B1");

        var asked = Assert.IsType<GetNodes>(Assert.Single(Service.Requests));
        Assert.Equal([NodeStatus.Failed, NodeStatus.Suspected, NodeStatus.Left], asked.Statuses);
        Assert.Equal(["rack=r1,r2", "zone"], asked.Labels!);
        Assert.Equal((0.25, "gpu-*", NodeSort.Since, 7, "c+1"), (asked.MinProbability, asked.Name, asked.Sort, asked.Limit, asked.Cursor));
    }

    [Fact]
    public async Task Without_parameters_the_defaults_hold()
    {
        Service.Replies(new TryAgain("x"));

        foreach (var path in new[] { "/v1/nodes", "/v1/nodes/a/state", "/v1/nodes/a/history", "/v1/nodes/a/observations" })
        {
            await Edge.Get(path);
        }

        await Edge.Delete("/v1/nodes/a");

        var fleet = Assert.IsType<GetNodes>(Service.Requests[0]);
        Assert.Empty(fleet.Statuses);
        Assert.Empty(fleet.Labels!);
        Assert.Equal((null, null, NodeSort.Name, 100, null), (fleet.MinProbability, fleet.Name, fleet.Sort, fleet.Limit, fleet.Cursor));
        Assert.Equal([new GetState("a"), new GetHistory("a"), new GetObservations("a"), new RemoveHistory("a", null, false)], Service.Requests[1..]);
    }

    [Fact]
    [Trait("Rule", "R6.2")]
    public async Task History_and_observations_take_a_span_a_page_and_a_consistency()
    {
        Service.Replies(new TryAgain("x"));

        await Edge.Get("/v1/nodes/a/history?from=2026-01-31T12:00:00Z&to=2026-01-31T12:00:01.5Z&limit=10000&cursor=c&consistency=majority");
        await Edge.Get("/v1/nodes/a/observations?to=2026-01-31T12:00:01.5Z&limit=1");

        var end = Samples.At(1, 5_000_000);
        Assert.Equal(
            [new GetHistory("a", Samples.At(0), end, 10_000, "c", Consistency.Majority), new GetObservations("a", null, end, 1)], Service.Requests);
    }

    [Fact]
    [Trait("Rule", "R10.2")]
    public async Task A_removal_takes_hardware_and_force()
    {
        Service.Replies(new TryAgain("x"));

        await Edge.Delete("/v1/nodes/a?hardware=AA-BB&force=true");

        Assert.Equal(new RemoveHistory("a", "AA-BB", true), Assert.Single(Service.Requests));
    }

    [Theory]
    [InlineData("2026-01-31T12:00:00Z", 0)]
    [InlineData("2026-01-31t12:00:00z", 0)]
    [InlineData("2026-01-31T12:00:00.0000000Z", 0)]
    [InlineData("2026-01-31T12:00:00.1Z", 1_000_000)]
    [InlineData("2026-01-31T12:00:00.1234567Z", 1_234_567)]
    [InlineData("2026-01-31T12:00:00.123456789Z", 1_234_567)]
    [InlineData("2026-01-31T13:30:00%2B01:30", 0)]
    [InlineData("2026-01-31T13:30:00+01:30", 0)]
    [InlineData("2026-01-31T00:00:00-12:00", 0)]
    public async Task Times_are_RFC_3339(string text, int ticks)
    {
        Service.Replies(new TryAgain("x"));

        Assert.Equal(503, (await Edge.Get("/v1/nodes/a/history?from=" + text)).Status);

        Assert.Equal(Samples.At(0, ticks), Assert.IsType<GetHistory>(Assert.Single(Service.Requests)).From);
    }

    [Theory]
    [InlineData("yesterday")]
    [InlineData("12:00")]
    [InlineData("2026-01-31")]
    [InlineData("2026-01-31T12:00:00")]
    [InlineData("2026-01-31T12:00Z")]
    [InlineData("2026-02-30T12:00:00Z")]
    [InlineData("2026-01-31T24:00:00Z")]
    [InlineData("2026-01-31T12:00:00.Z")]
    [InlineData("2026-01-31T12:00:00-1:00")]
    [InlineData("2026-01-31T12:00:00-25:00")]
    [InlineData("2026-01-31T12:00:00ZZ")]
    [InlineData("1969-12-31T23:59:59.9999999Z")]
    [InlineData("9999-12-31T23:59:59-01:00")]
    [InlineData("0001-01-01T00:00:00-01:00")]
    [InlineData("1769853600")]
    [Trait("Rule", "R2.8")]
    public async Task What_is_no_time_is_told(string text)
    {
        AssertBadRequest(
            await Edge.Get("/v1/nodes/a/history?from=" + text), "from", $"from is '{text}'; expected an RFC 3339 time such as 2026-01-31T12:00:00Z, from 1970 on");
        Assert.Empty(Service.Requests);
    }

    [Theory]
    [InlineData("/v1/nodes?limit=0", "limit", "limit is '0'; expected a whole number from 1 to 10,000")]
    [InlineData("/v1/nodes?limit=10001", "limit", "limit is '10001'; expected a whole number from 1 to 10,000")]
    [InlineData("/v1/nodes?limit=1e3", "limit", "limit is '1e3'; expected a whole number from 1 to 10,000")]
    [InlineData("/v1/nodes?limit=-5", "limit", "limit is '-5'; expected a whole number from 1 to 10,000")]
    [InlineData("/v1/nodes?limit=5&limit=6", "limit", "limit was given 2 times; expected once")]
    [InlineData("/v1/nodes?limit=", "limit", "limit is empty; expected 1 to 256 printable characters")]
    [InlineData("/v1/nodes?minProbability=1.5", "minProbability", "minProbability is '1.5'; expected a number from 0 to 1")]
    [InlineData("/v1/nodes?minProbability=NaN", "minProbability", "minProbability is 'NaN'; expected a number from 0 to 1")]
    [InlineData("/v1/nodes?status=failed,down", "status", "status is 'down'; expected one of up, suspected, failed, left, unknown")]
    [InlineData("/v1/nodes?status=Failed", "status", "status is 'Failed'; expected one of up, suspected, failed, left, unknown")]
    [InlineData("/v1/nodes?status=", "status", "status is empty; expected 1 to 256 printable characters")]
    [InlineData("/v1/nodes?sort=age", "sort", "sort is 'age'; expected one of name, probability, since, status")]
    [InlineData("/v1/nodes?name=a%00", "name", "name has an unprintable character (U+0000) at position 1; expected 1 to 256 printable characters")]
    [InlineData("/v1/nodes/a/state?consistency=all", "consistency", "consistency is 'all'; expected one of one, majority")]
    [InlineData(
        "/v1/nodes/a/history?from=2026-01-31T12:00:01Z&to=2026-01-31T12:00:00Z", "from",
        "from is 2026-01-31T12:00:01.0000000Z, which is after to, 2026-01-31T12:00:00.0000000Z; expected from to be the earlier")]
    [Trait("Rule", "R2.8")]
    public async Task A_bad_value_names_the_parameter_what_was_expected_and_what_came(string path, string field, string detail)
    {
        AssertBadRequest(await Edge.Get(path), field, detail);
        Assert.Empty(Service.Requests);
    }

    [Theory]
    [InlineData("hardware=", "hardware", "hardware is empty; expected 1 to 128 printable characters")]
    [InlineData("hardware=None", "hardware", "hardware is 'None'; expected the address of one machine; this is a placeholder that many share")]
    [InlineData("hardware=00:00:00:00:00:00", "hardware", "hardware is '00:00:00:00:00:00'; expected the address of one machine; this is a placeholder that many share")]
    [InlineData("force=yes", "force", "force is 'yes'; expected true or false")]
    [Trait("Rule", "R10.2")]
    public async Task A_removal_never_takes_more_than_was_meant(string query, string field, string detail)
    {
        AssertBadRequest(await Edge.Delete("/v1/nodes/a?" + query), field, detail);
        Assert.Empty(Service.Requests);
    }

    [Fact]
    public async Task A_long_value_is_quoted_in_part()
    {
        var reply = await Edge.Get("/v1/nodes?sort=" + new string('x', 200));

        AssertBadRequest(reply, "sort", $"sort is '{new string('x', 80)}…'; expected one of name, probability, since, status");
    }

    [Fact]
    public async Task An_unknown_parameter_is_told_with_the_known_ones()
    {
        AssertBadRequest(await Edge.Get("/v1/nodes/a/state?consistancy=one"), "consistancy", "unknown query parameter 'consistancy'; known here: consistency");
        AssertBadRequest(await Edge.Get("/v1/nodes/a/state?Consistency=one"), "Consistency", "unknown query parameter 'Consistency'; known here: consistency");
        AssertBadRequest(await Edge.Get("/v1/ring?x=1"), "x", "unknown query parameter 'x'; none is known here");
        Assert.Empty(Service.Requests);
    }

    [Fact]
    public async Task A_label_may_be_a_long_key_and_a_long_value()
    {
        Service.Replies(new NodeList([], [], null));
        var label = $"{new string('k', 256)}={new string('v', 256)}";

        Assert.Equal(200, (await Edge.Get("/v1/nodes?label=" + label)).Status);

        Assert.Equal([label], Assert.IsType<GetNodes>(Assert.Single(Service.Requests)).Labels!);
    }
}
