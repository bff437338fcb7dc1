using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;

namespace FailureHistory.Faults.Links;

/// <summary>
/// Listens where the others think that a member does, and passes on what comes and what the member answers, as the <see cref="Network"/> lets it.
/// So links are cut and slowed between real processes, without rights over the machine's network.
/// </summary>
internal sealed class Relay : IAsyncDisposable
{
    private const int Chunk = 32 * 1024;
    private const int ChunksHeld = 64; // beyond, whoever sends has to wait, as before a full window of TCP

    private readonly CancellationTokenSource stop = new();
    private readonly TcpListener listener;
    private readonly Network network;
    private readonly int publicPort;
    private readonly int port;
    private readonly ConcurrentDictionary<Task, byte> connections = new();
    private readonly Task listening;

    public Relay(Network network, int publicPort, int port)
    {
        (this.network, this.publicPort, this.port) = (network, publicPort, port);
        listener = new TcpListener(IPAddress.Loopback, publicPort);
        listener.Start();
        listening = Task.Run(Listen);
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync().ConfigureAwait(false);
        listener.Stop();
        await listening.ConfigureAwait(false);
        await Task.WhenAll(connections.Keys).ConfigureAwait(false);
        listener.Dispose();
        stop.Dispose();
    }

    private async Task Listen()
    {
        try
        {
            while (true)
            {
                var incoming = await listener.AcceptTcpClientAsync(stop.Token).ConfigureAwait(false);
                var connection = Task.Run(() => Connection(incoming));
                connections[connection] = 0;
                _ = connection.ContinueWith(t => connections.TryRemove(t, out _), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // Disposed of.
        }
    }

    private async Task Connection(TcpClient incoming)
    {
        using var _ = incoming;
        using var outgoing = new TcpClient();
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop.Token);
        try
        {
            incoming.NoDelay = outgoing.NoDelay = true;
            var near = incoming.GetStream();
            var first = await FirstFrame(near, either.Token).ConfigureAwait(false);
            var origin = Handshake.OriginPort(first[4..]);
            await network.Passes(origin, publicPort, either.Token).ConfigureAwait(false);
            await outgoing.ConnectAsync(IPAddress.Loopback, port, either.Token).ConfigureAwait(false);
            var far = outgoing.GetStream();
            await Task.WhenAny(Pump(near, far, origin, first, either.Token), Pump(far, near, origin, [], either.Token)).ConfigureAwait(false);
        }
        catch (Exception e) when (IsEnd(e))
        {
            // One of the two ends is gone: so is the connection.
        }

        await either.CancelAsync().ConfigureAwait(false);
    }

    private static async Task<byte[]> FirstFrame(NetworkStream from, CancellationToken ct)
    {
        var length = new byte[4];
        await from.ReadExactlyAsync(length, ct).ConfigureAwait(false);
        var frame = new byte[4 + Math.Clamp(BinaryPrimitives.ReadInt32LittleEndian(length), 0, 65_536)];
        length.CopyTo(frame, 0);
        await from.ReadExactlyAsync(frame.AsMemory(4), ct).ConfigureAwait(false);
        return frame;
    }

    // Until one end closes and all that it sent before has been passed on.
    private async Task Pump(NetworkStream from, NetworkStream to, int? origin, byte[] first, CancellationToken ct)
    {
        var held = Channel.CreateBounded<(byte[] Bytes, long At)>(ChunksHeld);
        var reading = Read(from, held.Writer, first, ct);
        try
        {
            await foreach (var (bytes, at) in held.Reader.ReadAllAsync(ct).ConfigureAwait(false))
            {
                var left = network.Lateness(origin, publicPort) - Stopwatch.GetElapsedTime(at);
                if (left > TimeSpan.Zero)
                {
                    await Task.Delay(left, ct).ConfigureAwait(false); // the link is as slow as that
                }

                await network.Passes(origin, publicPort, ct).ConfigureAwait(false);
                await to.WriteAsync(bytes, ct).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (IsEnd(e))
        {
            // As above.
        }

        await reading.ConfigureAwait(false);
    }

    private static async Task Read(NetworkStream from, ChannelWriter<(byte[], long)> held, byte[] first, CancellationToken ct)
    {
        try
        {
            if (first.Length > 0)
            {
                await held.WriteAsync((first, Stopwatch.GetTimestamp()), ct).ConfigureAwait(false);
            }

            var buffer = new byte[Chunk];
            while (await from.ReadAsync(buffer, ct).ConfigureAwait(false) is var read and > 0)
            {
                await held.WriteAsync((buffer[..read], Stopwatch.GetTimestamp()), ct).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (IsEnd(e))
        {
            // As above.
        }

        held.TryComplete();
    }

    private static bool IsEnd(Exception e) => e is IOException or SocketException or OperationCanceledException or ObjectDisposedException;
}
