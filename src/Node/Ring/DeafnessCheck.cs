using System.Net.Sockets;
using Akka.Actor;
using FailureHistory.Node.Member;

namespace FailureHistory.Node.Ring;

/// <summary>
/// Whether a member that is alone only seems to be: nobody answers its probes, but at one of their addresses somebody takes TCP connections. A peer
/// that is dead refuses them, and one behind a cut link does not answer; this one is there, and the remoting in between is stuck.
/// </summary>
internal sealed class DeafnessCheck(TimeProvider time)
{
    /// <summary>How long nobody must have answered.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan ConnectLimit = TimeSpan.FromSeconds(1);

    private long heardAt = time.GetTimestamp();
    private bool looking;

    /// <summary>Whether nobody has answered for so long.</summary>
    public bool IsDue => time.GetElapsedTime(heardAt) >= Patience;

    /// <summary>Somebody answered, or there is nobody who could: the patience begins anew.</summary>
    public void Heard() => (heardAt, looking) = (time.GetTimestamp(), false);

    /// <summary>Looks, where it is time to, whether somebody listens; tells <paramref name="self"/> by <see cref="Found"/>.</summary>
    public void Look(IReadOnlyList<Address> addresses, IActorRef self)
    {
        if (looking || !IsDue || addresses.Count == 0)
        {
            return;
        }

        looking = true;
        FirstListener(addresses).PipeTo(self, success: found => new Found(found), failure: _ => new Found(null));
    }

    private static async Task<Address?> FirstListener(IReadOnlyList<Address> addresses)
    {
        foreach (var address in addresses.Where(a => a.Host is not null && a.Port is not null))
        {
            using var limit = new CancellationTokenSource(ConnectLimit);
            using var client = new TcpClient();
            try
            {
                await client.ConnectAsync(address.Host!, address.Port!.Value, limit.Token).ConfigureAwait(false);
                return address;
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException)
            {
                // Nobody there, or not to be reached.
            }
        }

        return null;
    }

    /// <summary>Who listens, or null.</summary>
    internal sealed record Found(Address? Listener) : ILocalMessage;
}
