using System.Collections.Immutable;
using Akka.Actor;
using Akka.Cluster.Tools.Client;
using Akka.Event;
using FailureHistory.Messages;

namespace FailureHistory.Client.Members;

/// <summary>
/// Finds out who the members are (DESIGN D6), at first and again and again: by any known member; where none answers by the contacts themselves; where
/// they don't either, or are seeds, by their ClusterClient receptionists. So it survives the death of all contacts as long as one member lives that it
/// ever heard of.
/// </summary>
internal sealed class MemberFinder(ActorSystem system, MemberBook book, IReadOnlyList<Address> contacts, TimeSpan refresh, TimeProvider time)
{
    private static readonly TimeSpan AskLimit = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan TunnelLimit = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan TunnelAfter = TimeSpan.FromMilliseconds(700);
    private static readonly TimeSpan AgainAfter = TimeSpan.FromMilliseconds(500);

    private readonly ILoggingAdapter log = Logging.GetLogger(system, typeof(MemberFinder));
    private string lastFault = string.Empty;

    /// <summary>Why nobody is known yet, in words.</summary>
    public string Fault => Volatile.Read(ref lastFault);

    /// <summary>Runs until it is cancelled.</summary>
    public async Task Run(CancellationToken ct)
    {
        try
        {
            while (true)
            {
                var found = await Look(ct).ConfigureAwait(false);
                // Members come and go without a word to those outside: they are asked for now and then.
                await Task.Delay(found ? refresh : AgainAfter, time, ct).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // The client is disposed of.
        }
    }

    private async Task<bool> Look(CancellationToken ct)
    {
        try
        {
            using var enough = CancellationTokenSource.CreateLinkedTokenSource(ct);
            var asks = new List<Task<ClusterInfo?>>();
            asks.AddRange(book.InTurn(forReports: false).Take(3).Select(m => AskEntry(m.Entry, enough.Token)));
            if (asks.Count == 0)
            {
                asks.AddRange(contacts.Select(c => AskEntry(book.EntryAt(c), enough.Token)));
                asks.Add(AskReceptionists(enough.Token));
            }

            while (asks.Count > 0)
            {
                var first = await Task.WhenAny(asks).ConfigureAwait(false);
                asks.Remove(first);
                if (await first.ConfigureAwait(false) is { } cluster && Take(cluster))
                {
                    await enough.CancelAsync().ConfigureAwait(false);
                    return true;
                }

                if (asks.Count == 0 && book.Count > 0 && !enough.IsCancellationRequested)
                {
                    // Whom it knows is silent, all of them: the contacts may know better.
                    asks.AddRange(contacts.Select(c => AskEntry(book.EntryAt(c), enough.Token)));
                    asks.Add(AskReceptionists(enough.Token));
                    await Task.WhenAll(asks).ConfigureAwait(false);
                    var any = asks.Select(a => a.Result).FirstOrDefault(c => c is not null);
                    return any is not null && Take(any);
                }
            }

            Volatile.Write(ref lastFault, $"no member answers at {string.Join(", ", contacts)}");
            return false;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            log.Warning(e, "looking for the members of the Failure History Service failed; it is tried again");
            Volatile.Write(ref lastFault, e.Message);
            return false;
        }
    }

    // Who is in the ring and here; where there is no ring yet, who is a member of the cluster at all.
    private bool Take(ClusterInfo cluster)
    {
        var up = cluster.Members.Where(m => m.InRing && m.Status is "up" or "unreachable" or "leaving").ToList();
        var addresses = up.Select(m => Address.TryParse(m.Address, out var address) ? address : null).OfType<Address>().ToHashSet();
        book.Learn(addresses);
        Volatile.Write(ref lastFault, addresses.Count == 0 ? "a member answers, but no member is in the ring yet" : string.Empty);
        return addresses.Count > 0;
    }

    private static async Task<ClusterInfo?> AskEntry(IActorRef entry, CancellationToken ct)
    {
        try
        {
            return await entry.Ask<object>(new GetCluster(), AskLimit, ct).ConfigureAwait(false) as ClusterInfo;
        }
        catch (Exception e) when (e is AskTimeoutException or OperationCanceledException)
        {
            return null;
        }
    }

    private async Task<ClusterInfo?> AskReceptionists(CancellationToken ct)
    {
        var tunnel = ActorRefs.Nobody as IActorRef;
        try
        {
            // ClusterClient is slow to make and to end: it is tried only where no contact answers by itself.
            await Task.Delay(TunnelAfter, time, ct).ConfigureAwait(false);
            var settings = ClusterClientSettings.Create(system)
                .WithInitialContacts([.. contacts.Select(c => new RootActorPath(c) / "system" / "receptionist")]);
            tunnel = system.ActorOf(ClusterClient.Props(settings));
            return await tunnel.Ask<object>(new ClusterClient.Send("/user/failure-history", new GetCluster(), localAffinity: true), TunnelLimit, ct).ConfigureAwait(false) as ClusterInfo;
        }
        catch (Exception e) when (e is AskTimeoutException or OperationCanceledException)
        {
            return null;
        }
        finally
        {
            if (!tunnel.IsNobody())
            {
                system.Stop(tunnel);
            }
        }
    }
}
