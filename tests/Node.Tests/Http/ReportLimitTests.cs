using System.Globalization;
using FailureHistory.Messages;
using FailureHistory.Node.Http;
using Xunit;

namespace FailureHistory.Node.Tests.Http;

/// <summary>How much is taken in (R2.8).</summary>
[Trait("Rule", "R2.8")]
public sealed class ReportLimitTests : EdgeTest
{
    private const string Path = "/v1/observations";
    private static readonly string LimitText = ReportLimits.MaxBatchBytes.ToString("N0", CultureInfo.InvariantCulture);

    [Fact]
    public async Task Ten_thousand_observations_are_taken_and_one_more_is_not()
    {
        Service.Replies(new ObservationsRecorded(10_000, 0, [], []));

        Assert.Equal(200, (await Edge.Post(Path, Batch(10_000))).Status);
        Assert.Equal(10_000, Service.Reported.Length);

        var body = AssertProblem(await Edge.Post(Path, Batch(10_001)), 413, "too-large");
        Assert.Equal("the batch has over 10,000 observations; send it in parts", (string?)body["detail"]);
        Assert.Equal(10_000, (long?)body["limit"]);
        Assert.Single(Service.Requests);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Eight_mebibytes_are_taken_and_one_byte_more_is_not(bool lengthDeclared)
    {
        Service.Replies(new ObservationsRecorded(1, 0, [], []));

        Assert.Equal(200, (await PostBytes(Padded(ReportLimits.MaxBatchBytes), lengthDeclared)).Status);
        Assert.Single(Service.Reported);

        var body = AssertProblem(await PostBytes(Padded(ReportLimits.MaxBatchBytes + 1), lengthDeclared), 413, "too-large");
        Assert.Equal($"the body is over the limit of {LimitText} bytes; send it in parts", (string?)body["detail"]);
        Assert.Equal(ReportLimits.MaxBatchBytes, (long?)body["limit"]);
        Assert.Single(Service.Requests);
    }

    [Fact]
    public async Task The_limit_of_the_server_itself_is_a_413_too()
    {
        await using var small = await EdgeHost.Start(kestrel: server => server.Limits.MaxRequestBodySize = 100);

        AssertProblem(await small.Post(Path, Batch(100)), 413, "too-large");
    }

    [Fact]
    public async Task A_body_that_breaks_off_is_told()
    {
        var answer = await Edge.SendRaw("POST /v1/observations HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n");

        Assert.StartsWith("HTTP/1.1 400", answer, StringComparison.Ordinal);
        Assert.Empty(Service.Requests);
    }

    private static string Batch(int count) => "[" + string.Join(',', Enumerable.Repeat("""{"node":"a","kind":"join"}""", count)) + "]";

    private static byte[] Padded(int length)
    {
        var bytes = new byte[length];
        Array.Fill(bytes, (byte)' ');
        "{\"node\":\"a\"}"u8.CopyTo(bytes);
        return bytes;
    }

    private async Task<Reply> PostBytes(byte[] bytes, bool lengthDeclared)
    {
        using HttpContent content = lengthDeclared ? new ByteArrayContent(bytes) : new Unsized(bytes);
        content.Headers.ContentType = new("application/json");
        return await Edge.Send(HttpMethod.Post, Path, content);
    }

    /// <summary>A body that is sent in chunks.</summary>
    private sealed class Unsized(byte[] bytes) : HttpContent
    {
        protected override Task SerializeToStreamAsync(Stream stream, System.Net.TransportContext? context) => stream.WriteAsync(bytes, 0, bytes.Length);

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
