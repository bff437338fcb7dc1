using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using FailureHistory.Fhs.Output;

namespace FailureHistory.Fhs.Http;

/// <summary>An open stream of server-sent events of one member.</summary>
internal sealed class EventStream(Uri member, HttpResponseMessage response, TimeProvider time) : IDisposable
{
    public const string MediaType = "text/event-stream";

    /// <summary>A member sends at least a comment line every 15 s; after three that did not come it is taken for gone.</summary>
    public static readonly TimeSpan LongestSilence = TimeSpan.FromSeconds(45);

    /// <summary>Its address.</summary>
    public Uri Member => member;

    /// <summary>The events until the member ends the stream.</summary>
    /// <exception cref="StreamBrokenException">The connection broke, or nothing came for too long.</exception>
    public async IAsyncEnumerable<SseItem<string>> ReadAsync([EnumeratorCancellation] CancellationToken cancel)
    {
        await using var body = new Watched(await response.Content.ReadAsStreamAsync(cancel), time);
        await foreach (var item in SseParser.Create(body).EnumerateAsync(cancel))
        {
            yield return item;
        }
    }

    public void Dispose() => response.Dispose();

    /// <summary>A stream that tells every way of breaking off by one exception.</summary>
    private sealed class Watched(Stream inner, TimeProvider time) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            using var silence = new CancellationTokenSource(LongestSilence, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(silence.Token, cancellationToken);
            try
            {
                return await inner.ReadAsync(buffer, either.Token);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                throw new StreamBrokenException($"nothing came for {Wording.Span(LongestSilence)}");
            }
            catch (Exception e) when (e is IOException or HttpRequestException)
            {
                throw new StreamBrokenException(e.InnerException?.Message ?? e.Message);
            }
        }

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush() => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            inner.Dispose();
            base.Dispose(disposing);
        }
    }
}

/// <summary>A stream of events ended in the middle.</summary>
internal sealed class StreamBrokenException(string message) : Exception(message);

/// <summary>No member opened a stream now; one may do so later.</summary>
/// <param name="failure">What it means when nobody tries again.</param>
/// <param name="retryAfter">When to try again, as a member said, or null.</param>
internal sealed class NotOpenedException(CommandFailure failure, TimeSpan? retryAfter) : Exception(failure.Message)
{
    public CommandFailure Failure => failure;

    public TimeSpan? RetryAfter => retryAfter;
}
