using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Text;

namespace FailureHistory.EndToEnd.Tests.Operating;

/// <summary>systemd's end of <c>NOTIFY_SOCKET</c>.</summary>
internal sealed class ServiceManagerSocket : IDisposable
{
    private readonly ConcurrentQueue<string> received = new();
    private readonly Socket socket = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);

    public ServiceManagerSocket(string path)
    {
        Path = path;
        socket.Bind(new UnixDomainSocketEndPoint(path));
        _ = Receive();
    }

    public string Path { get; }

    /// <summary>The lines that came, in order.</summary>
    public IReadOnlyList<string> Lines => [.. received];

    public void Dispose() => socket.Dispose();

    private async Task Receive()
    {
        var buffer = new byte[4096];
        while (true)
        {
            int count;
            try
            {
                count = await socket.ReceiveAsync(buffer);
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                return;
            }

            foreach (var line in Encoding.UTF8.GetString(buffer, 0, count).Split('\n'))
            {
                received.Enqueue(line);
            }
        }
    }
}
