using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Numerics;

namespace FailureHistory.Node.Http;

/// <summary>
/// Reads bodies whole, since a batch is taken or refused as one, and yet in bounded memory: no body beyond its limit, and all of them together
/// within a budget. Memory is taken as bytes arrive; a declared length is not believed.
/// </summary>
internal sealed class BodyReader(long budgetBytes)
{
    private const int FirstRent = 16 * 1024;
    private long held;

    /// <exception cref="ProblemException">Another content type (415), over the limit (413), or the budget is spent (503).</exception>
    public async ValueTask<Body> Read(HttpContext context, IReadOnlyList<string> accepted, int limit, CancellationToken ct)
    {
        var type = MediaTypes.Require(context, accepted);
        if (context.Request.ContentLength > limit)
        {
            throw OverLimit(limit);
        }

        var body = new Body(this, type);
        try
        {
            await Fill(body, context.Request.BodyReader, limit, ct);
            return body;
        }
        catch
        {
            body.Dispose();
            throw;
        }
    }

    private static async Task Fill(Body body, PipeReader source, int limit, CancellationToken ct)
    {
        while (true)
        {
            var read = await source.ReadAsync(ct);
            try
            {
                Append(body, read.Buffer, limit);
            }
            finally
            {
                // Also where it is refused: the server can't go on to the answer while a read is open.
                source.AdvanceTo(read.Buffer.End);
            }

            if (read.IsCompleted)
            {
                return;
            }
        }
    }

    private static void Append(Body body, ReadOnlySequence<byte> bytes, int limit)
    {
        if (body.Length + bytes.Length > limit)
        {
            throw OverLimit(limit);
        }

        foreach (var part in bytes)
        {
            body.Append(part.Span);
        }
    }

    private static ProblemException OverLimit(int limit) => new(Problem.TooLarge(
        string.Create(CultureInfo.InvariantCulture, $"the body is over the limit of {limit:N0} bytes; send it in parts"), limit));

    private void Take(int bytes)
    {
        if (Interlocked.Add(ref held, bytes) > budgetBytes)
        {
            Interlocked.Add(ref held, -bytes);
            throw new ProblemException(Problem.TryAgain("the member is reading as many reports as it has memory for; nothing of this one was stored"));
        }
    }

    private void Return(int bytes) => Interlocked.Add(ref held, -bytes);

    /// <summary>The bytes of one body, until disposed of.</summary>
    internal sealed class Body(BodyReader owner, string type) : IDisposable
    {
        private byte[] bytes = [];
        private int taken;

        public int Length { get; private set; }

        /// <summary>What it is declared as.</summary>
        public string Type => type;

        public ReadOnlySpan<byte> Bytes => bytes.AsSpan(0, Length);

        public void Append(ReadOnlySpan<byte> part)
        {
            if (Length + part.Length > bytes.Length)
            {
                Grow(Length + part.Length);
            }

            part.CopyTo(bytes.AsSpan(Length));
            Length += part.Length;
        }

        public void Dispose()
        {
            var last = bytes;
            bytes = [];
            Length = 0;
            GiveBack(last, taken);
            taken = 0;
        }

        private void Grow(int needed)
        {
            var size = Math.Max(FirstRent, (int)BitOperations.RoundUpToPowerOf2((uint)needed));
            owner.Take(size);
            var larger = ArrayPool<byte>.Shared.Rent(size);
            Bytes.CopyTo(larger);
            GiveBack(bytes, taken);
            bytes = larger;
            taken = size;
        }

        private void GiveBack(byte[] array, int counted)
        {
            if (counted > 0)
            {
                ArrayPool<byte>.Shared.Return(array);
                owner.Return(counted);
            }
        }
    }
}
