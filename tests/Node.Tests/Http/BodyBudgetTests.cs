using FailureHistory.Messages;
using FailureHistory.Node.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace FailureHistory.Node.Tests.Http;

/// <summary>What all bodies together may hold.</summary>
public sealed class BodyBudgetTests : EdgeTest
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    // As much as the smallest body takes.
    private protected override HttpEdgeOptions Options => new() { BodyBudgetBytes = 16 * 1024 };

    [Fact]
    [Trait("Rule", "R2.8")]
    public async Task While_the_budget_is_spent_reports_are_told_to_come_again_and_then_it_is_given_back()
    {
        Service.Replies(new ObservationsRecorded(1, 0, [], []));
        await using var half = new HaltingStream("""{"node":"slow",""", "\"kind\":\"join\"}");
        var context = new DefaultHttpContext { RequestServices = new ServiceCollection().BuildServiceProvider() };
        context.Request.Method = "POST";
        context.Request.ContentType = "application/json";
        context.Request.Body = half;
        var slow = Edge.Endpoints.Single(endpoint => endpoint.RoutePattern.RawText == "/v1/observations").RequestDelegate!(context);
        await Task.WhenAny(slow, half.Halted).WaitAsync(Patience);
        Assert.False(slow.IsCompleted, $"ended early with {context.Response.StatusCode}");

        var refused = await Edge.Post("/v1/observations", """{"node":"fast"}""");

        var body = AssertProblem(refused, 503, "try-again");
        Assert.Equal("the member is reading as many reports as it has memory for; nothing of this one was stored", (string?)body["detail"]);
        Assert.Equal("1", refused.RetryAfter);
        Assert.Equal("""{"accepted":0,"duplicates":0,"rejected":[],"retry":[]}""", ReportOutcomeTests.FourMembers(body));

        half.Continue();
        await slow.WaitAsync(Patience);
        Assert.Equal(200, context.Response.StatusCode);
        Assert.Equal("slow", Assert.Single(Service.Reported).Node);
        Assert.Equal(200, (await Edge.Post("/v1/observations", """{"node":"fast"}""")).Status);
    }

    [Theory]
    [InlineData("nonsense", 400)]
    [InlineData("[1", 400)]
    public async Task A_body_that_is_refused_gives_its_memory_back(string json, int status)
    {
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(status, (await Edge.Post("/v1/observations", json)).Status);
        }
    }

    [Fact]
    public async Task A_body_that_outgrows_the_budget_gives_back_what_it_had()
    {
        Service.Replies(new ObservationsRecorded(1, 0, [], []));
        for (var i = 0; i < 3; i++)
        {
            AssertProblem(await Edge.Post("/v1/observations", new string(' ', 100_000)), 503, "try-again");
        }

        Assert.Equal(200, (await Edge.Post("/v1/observations", "{}")).Status);
    }

    /// <summary>Gives its first part, then says that it is asked for more, and goes on when told.</summary>
    private sealed class HaltingStream(string first, string second) : Stream
    {
        private readonly TaskCompletionSource halted = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource released = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int reads;

        public Task Halted => halted.Task;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public void Continue() => released.SetResult();

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (buffer.IsEmpty)
            {
                // Asks whether there is anything at all.
                return 0;
            }

            switch (reads++)
            {
                case 0:
                    return System.Text.Encoding.UTF8.GetBytes(first, buffer.Span);
                case 1:
                    halted.SetResult();
                    await released.Task;
                    return System.Text.Encoding.UTF8.GetBytes(second, buffer.Span);
                default:
                    return 0;
            }
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
