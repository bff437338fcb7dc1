using System.Text;
using Xunit;

namespace FailureHistory.Node.Tests.Http;

/// <summary>An answer that is still coming.</summary>
internal sealed class OpenStream(HttpResponseMessage head, Stream body) : IDisposable
{
    /// <summary>How long anything may take that should happen at once.</summary>
    public static readonly TimeSpan Bound = TimeSpan.FromSeconds(20);

    public HttpResponseMessage Head => head;

    /// <summary>The next bytes must be these.</summary>
    public async Task Expect(string expected)
    {
        var bytes = new byte[Encoding.UTF8.GetByteCount(expected)];
        var count = 0;
        using var bound = new CancellationTokenSource(Bound);
        try
        {
            // Compared on the way: where something else came, its rest may never come.
            while (count < bytes.Length && expected.StartsWith(Encoding.UTF8.GetString(bytes, 0, count), StringComparison.Ordinal))
            {
                var read = await body.ReadAsync(bytes.AsMemory(count), bound.Token);
                if (read == 0)
                {
                    break;
                }

                count += read;
            }
        }
        catch (OperationCanceledException)
        {
            Assert.Fail($"expected within {Bound}: {expected}\nbut only this came: {Encoding.UTF8.GetString(bytes, 0, count)}");
        }

        Assert.Equal(expected, Encoding.UTF8.GetString(bytes, 0, count));
    }

    /// <summary>The stream must end here, orderly.</summary>
    public async Task ExpectEnd() => Assert.Equal("", await Rest());

    /// <summary>All that comes until the end.</summary>
    public async Task<string> Rest()
    {
        using var bound = new CancellationTokenSource(Bound);
        using var reader = new StreamReader(body, Encoding.UTF8, leaveOpen: true);
        return await reader.ReadToEndAsync(bound.Token);
    }

    public void Dispose() => head.Dispose();
}
