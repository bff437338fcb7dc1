using System.Text;
using CsCheck;
using FailureHistory.Messages;
using Xunit;

namespace FailureHistory.Node.Tests.Http;

/// <summary>Names and ids in a path are percent-decoded exactly once, <c>%2F</c> included (R1.1).</summary>
[Trait("Rule", "R1.1")]
public sealed class PathTests : EdgeTest
{
    private static readonly NodeState Known = new(new NodeRef("00", null, null), Samples.At(0), NodeStatus.Up, 0, null, [], true, 1, "m");

    private string AskedNode => Assert.IsType<GetState>(Service.Requests[^1]).Node;

    [Theory]
    [InlineData("gpu-7")]
    [InlineData("rack/7/gpu")]
    [InlineData("/")]
    [InlineData("a%2Fb")]
    [InlineData("100%")]
    [InlineData("%2525")]
    [InlineData("two words")]
    [InlineData("a+b")]
    [InlineData("Zürich-日本-🖥")]
    [InlineData("hw:AA:BB:CC:DD:EE:01")]
    [InlineData("what?#[]@!$&'()*,;=")]
    [InlineData("back\\slash")]
    [InlineData("...")]
    public async Task A_name_arrives_as_it_was_before_it_was_encoded(string name)
    {
        Service.Replies(Known);

        var answer = await Edge.GetRaw($"/v1/nodes/{EncodeAll(name)}/state");

        Assert.StartsWith("HTTP/1.1 200", answer, StringComparison.Ordinal);
        Assert.Equal(name, AskedNode);
        Assert.Equal(200, (await Edge.Get($"/v1/nodes/{Uri.EscapeDataString(name)}/state")).Status);
        Assert.Equal(name, AskedNode);
    }

    [Fact]
    public async Task Any_printable_name_survives_the_path()
    {
        Service.Replies(Known);
        string[] awkward = ["%2F", "%", "/", "ß", "漢", "🖥", "%25", "+"];
        var characters = Gen.OneOf(Gen.Char[' ', '~'].Select(c => c.ToString()), Gen.Int[0, awkward.Length - 1].Select(i => awkward[i]));
        await characters.Array[1, 12].Select(string.Concat).Where(name => name.Trim().Length > 0 && name is not ("." or "..")).SampleAsync(
            async name =>
            {
                await Edge.Get($"/v1/nodes/{Uri.EscapeDataString(name)}/state");
                return AskedNode == name;
            }, iter: 200, threads: 1);
    }

    [Theory]
    [InlineData("/x/../v1/nodes/a%2Fb/state")]
    [InlineData("/./v1/nodes/a%2Fb/state")]
    [InlineData("/v1/%2e%2E/v1/nodes/a%2Fb/state")]
    [InlineData("/v1/nodes/a%2Fb/state/")]
    public async Task Unusual_request_lines_find_the_same_name(string target)
    {
        Service.Replies(Known);

        Assert.StartsWith("HTTP/1.1 200", await Edge.GetRaw(target), StringComparison.Ordinal);
        Assert.Equal("a/b", AskedNode);
    }

    [Theory]
    [InlineData("//v1/nodes/a/state")]
    [InlineData("/v1//nodes/a/state")]
    [InlineData("/v1/nodes//state")]
    [InlineData("/v1/nodes/a/b/state")]
    public async Task Other_paths_lead_nowhere(string target)
    {
        Assert.StartsWith("HTTP/1.1 404", await Edge.GetRaw(target), StringComparison.Ordinal);
        Assert.Empty(Service.Requests);
    }

    [Theory]
    [InlineData("http://localhost/v1/nodes/a%2520b/state?consistency=one")]
    [InlineData("http://localhost/x/../v1/nodes/a%2520b/state")]
    public async Task A_request_line_as_proxies_get_it_finds_the_same_name(string target)
    {
        Service.Replies(Known);

        Assert.StartsWith("HTTP/1.1 200", await Edge.GetRaw(target), StringComparison.Ordinal);
        Assert.Equal("a%20b", AskedNode);
    }

    [Theory]
    [InlineData("a%zz")]
    [InlineData("a%2")]
    [InlineData("a%")]
    [InlineData("%FF%FE")]
    [InlineData("%C3")]
    public async Task Malformed_encoding_is_told(string segment)
    {
        var answer = await Edge.GetRaw($"/v1/nodes/{segment}/state");

        Assert.StartsWith("HTTP/1.1 400", answer, StringComparison.Ordinal);
        Assert.Contains($"node in the path is '{segment}'; expected UTF-8 text in percent-encoding", answer, StringComparison.Ordinal);
        Assert.Empty(Service.Requests);
    }

    [Theory]
    [InlineData("%20", "node is empty; expected 1 to 256 printable characters")]
    [InlineData("a%0Ab", "node has an unprintable character (U+000A) at position 1; expected 1 to 256 printable characters")]
    [Trait("Rule", "R2.8")]
    public async Task A_name_that_is_none_is_told(string segment, string detail)
    {
        AssertBadRequest(await Edge.Get($"/v1/nodes/{segment}/state"), "node", detail);
        Assert.Empty(Service.Requests);
    }

    [Fact]
    [Trait("Rule", "R2.8")]
    public async Task A_name_of_257_characters_is_too_long()
    {
        AssertBadRequest(await Edge.Get($"/v1/nodes/{new string('a', 257)}/state"), "node", "node has 257 characters; expected 1 to 256");
        Service.Replies(Known);
        Assert.Equal(200, (await Edge.Get($"/v1/nodes/{new string('a', 256)}/state")).Status);
    }

    [Fact]
    public async Task Ids_of_detectors_are_decoded_alike()
    {
        Service.Replies(new DetectorNotFound("x"));

        await Edge.Post("/v1/detectors/a%2Fb%252F%20c/heartbeat", "");

        Assert.Equal(new DetectorHeartbeat("a/b%2F c"), Assert.Single(Service.Requests));
    }

    [Fact]
    public async Task A_prefix_of_the_routes_is_respected()
    {
        await using var prefixed = await EdgeHost.Start(prefix: "/fhs/api");
        prefixed.Service.Replies(Known);

        Assert.Equal(200, (await prefixed.Get("/fhs/api/v1/nodes/a%2Fb/state")).Status);
        Assert.Equal(new GetState("a/b"), Assert.Single(prefixed.Service.Requests));
    }

    // Every byte as %XX, except where an unreserved character makes no difference.
    private static string EncodeAll(string name) =>
        string.Concat(Encoding.UTF8.GetBytes(name).Select(b => char.IsAsciiLetterOrDigit((char)b) || b == '.' ? ((char)b).ToString() : $"%{b:x2}"));
}
