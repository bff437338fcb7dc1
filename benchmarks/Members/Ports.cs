using System.Net;
using System.Net.Sockets;

namespace FailureHistory.Members;

/// <summary>
/// Free ports of 127.0.0.1. They lie below the range from which the system takes ports for outgoing connections: a member that is dead for a
/// while must find its port free when it is started again.
/// </summary>
internal static class Ports
{
    private const int First = 15_000;
    private const int Last = 32_000;

    private static readonly Lock Gate = new();
    private static readonly HashSet<int> Given = [];

    /// <summary>A port that nobody listens on and that was not given before.</summary>
    public static int Free()
    {
        lock (Gate)
        {
            for (var attempt = 0; attempt < 1000; attempt++)
            {
                var port = Random.Shared.Next(First, Last);
                if (!Given.Contains(port) && IsFree(port))
                {
                    Given.Add(port);
                    return port;
                }
            }
        }

        throw new InvalidOperationException($"no free port found from {First} to {Last} in 1000 attempts");
    }

    private static bool IsFree(int port)
    {
        using var listener = new TcpListener(IPAddress.Loopback, port);
        try
        {
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
