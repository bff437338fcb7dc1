using System.Diagnostics;
using Akka.Actor;
using FailureHistory.Client;
using FailureHistory.Messages;

namespace FailureHistory.Load.Driving;

/// <summary>
/// Subscribers at one member: an actor each, in one actor system, or a stream of events each. All are told of the same nodes; what is timed is when
/// each has been told of one observation.
/// </summary>
internal sealed class Listeners : IAsyncDisposable
{
    private static readonly TimeSpan SyncBound = TimeSpan.FromSeconds(60);

    // Subscribers come one after the other, as they do in life: a thousand at once would be a figure of its own.
    private readonly SemaphoreSlim opening = new(20);
    private readonly TaskCompletionSource synced = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource ended = new();
    private readonly List<Task> readers = [];
    private readonly List<IActorRef> actors = [];
    private readonly int count;
    private readonly long[] told;
    private ActorSystem? system;
    private HttpClient? http;
    private volatile Round? round;
    private int inSync;

    private Listeners(int count)
    {
        this.count = count;
        told = new long[count];
    }

    /// <summary>Gaps, breaks, and what was told again: there should be none.</summary>
    public int Faults => Volatile.Read(ref faults);

    /// <summary>How many have not been told of the last observation.</summary>
    public int Missing => round?.Left ?? 0;

    private int faults;

    /// <summary>Actors that subscribe at a member's entry.</summary>
    public static async Task<Listeners> OfAkka(ActorSystem system, IActorRef entry, Subscribe request, int count, CancellationToken ct)
    {
        var listeners = new Listeners(count) { system = system };
        for (var i = 0; i < count; i++)
        {
            var place = i;
            listeners.actors.Add(system.ActorOf(Props.Create(() => new Listener(listeners, place, entry, request))));
        }

        return await listeners.InSync(ct).ConfigureAwait(false);
    }

    /// <summary>Actors that subscribe at a member's entry as one group.</summary>
    public static async Task<Listeners> OfGroup(ActorSystem system, IActorRef entry, Subscribe request, int count, CancellationToken ct)
    {
        var listeners = new Listeners(count) { system = system };
        var grouped = request with { Grouped = true };
        listeners.actors.Add(system.ActorOf(Props.Create(() => new Group(listeners, entry, grouped))));
        return await listeners.InSync(ct).ConfigureAwait(false);
    }

    /// <summary>Subscriptions of one typed client, at whatever members it chooses.</summary>
    public static async Task<Listeners> OfClient(FailureHistoryClient client, Subscribe request, int count, CancellationToken ct)
    {
        var listeners = new Listeners(count);
        listeners.readers.AddRange(Enumerable.Range(0, count).Select(i => Task.Run(() => listeners.Read(client, request, i), ct)));
        return await listeners.InSync(ct).ConfigureAwait(false);
    }

    /// <summary>Streams of server-sent events of a member.</summary>
    public static async Task<Listeners> OfHttp(Uri stream, int count, CancellationToken ct)
    {
        var listeners = new Listeners(count)
        {
            http = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = count + 1, UseProxy = false }) { Timeout = Timeout.InfiniteTimeSpan },
        };
        listeners.readers.AddRange(Enumerable.Range(0, count).Select(i => Task.Run(() => listeners.Read(stream, i), ct)));
        return await listeners.InSync(ct).ConfigureAwait(false);
    }

    /// <summary>The timestamps at which each was told of an observation; null where not all were within the bound.</summary>
    /// <param name="observation">The observation's id.</param>
    /// <param name="report">Reports it.</param>
    /// <param name="bound">How long to wait.</param>
    public async Task<ArraySegment<long>?> Told(string observation, Func<Task> report, TimeSpan bound)
    {
        var current = new Round(observation, count);
        round = current;
        await report().ConfigureAwait(false);
        try
        {
            await current.All.Task.WaitAsync(bound).ConfigureAwait(false);
            return told;
        }
        catch (TimeoutException)
        {
            return null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await ended.CancelAsync().ConfigureAwait(false);
        foreach (var actor in actors)
        {
            system!.Stop(actor);
        }

        await Task.WhenAll(readers).ConfigureAwait(false);
        http?.Dispose();
        opening.Dispose();
        ended.Dispose();
    }

    private async Task<Listeners> InSync(CancellationToken ct)
    {
        try
        {
            await synced.Task.WaitAsync(SyncBound, ct).ConfigureAwait(false);
            return this;
        }
        catch (TimeoutException)
        {
            var (seen, faulty) = (Volatile.Read(ref inSync), Faults);
            await DisposeAsync().ConfigureAwait(false);
            throw new InvalidOperationException($"expected {count} subscribers to be synced within {SyncBound.TotalSeconds:0} s; seen: {seen}, and {faulty} gaps or breaks");
        }
    }

    private void Synced()
    {
        if (Interlocked.Increment(ref inSync) == count)
        {
            synced.TrySetResult();
        }
    }

    private void Take(int place, ReadOnlySpan<char> observation)
    {
        if (round is { } current && observation.SequenceEqual(current.Observation))
        {
            told[place] = Stopwatch.GetTimestamp();
            current.OneMore();
        }
    }

    private void Fault() => Interlocked.Increment(ref faults);

    private async Task Read(FailureHistoryClient client, Subscribe request, int place)
    {
        await opening.WaitAsync(ended.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        var isOpening = true;
        try
        {
            await foreach (var item in client.SubscribeAsync(request, ended.Token).ConfigureAwait(false))
            {
                switch (item)
                {
                    case Crossing crossing:
                        Take(place, crossing.Observation);
                        break;
                    case SubscriptionSynced:
                        Synced();
                        opening.Release();
                        isOpening = false;
                        break;
                    default:
                        Fault();
                        break;
                }
            }
        }
        catch (OperationCanceledException) when (ended.IsCancellationRequested)
        {
            // the end
        }
        finally
        {
            if (isOpening)
            {
                opening.Release();
            }
        }
    }

    private async Task Read(Uri stream, int place)
    {
        const string observation = "\"observation\":\"";
        await opening.WaitAsync(ended.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        var isOpening = true;
        try
        {
            using var reader = new StreamReader(await http!.GetStreamAsync(stream, ended.Token).ConfigureAwait(false));
            while (await reader.ReadLineAsync(ended.Token).ConfigureAwait(false) is { } line)
            {
                if (line == "event: synced")
                {
                    Synced();
                    opening.Release();
                    isOpening = false;
                }
                else if (line == "event: gap")
                {
                    Fault();
                }
                else if (line.IndexOf(observation, StringComparison.Ordinal) is var at and >= 0)
                {
                    var rest = line.AsSpan(at + observation.Length);
                    Take(place, rest[..rest.IndexOf('"')]);
                }
            }

            Fault();
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or HttpRequestException)
        {
            if (!ended.IsCancellationRequested)
            {
                Fault();
            }
        }
        finally
        {
            if (isOpening)
            {
                opening.Release();
            }
        }
    }

    private sealed class Round(string observation, int count)
    {
        private int left = count;

        public string Observation { get; } = observation;

        public int Left => Volatile.Read(ref left);

        public TaskCompletionSource All { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void OneMore()
        {
            if (Interlocked.Decrement(ref left) == 0)
            {
                All.TrySetResult();
            }
        }
    }

    private sealed class Group : ReceiveActor
    {
        public Group(Listeners all, IActorRef entry, Subscribe request)
        {
            for (var i = 0; i < all.count; i++)
            {
                var place = i;
                Context.ActorOf(Props.Create(() => new Listener(all, place, entry, request)));
            }

            Receive<SubscriptionBundle>(bundle =>
            {
                foreach (var part in bundle.Parts)
                {
                    Context.Child(part.To).Tell(part.Crossing ?? (object?)part.Synced ?? part.Gap!);
                }
            });
        }
    }

    private sealed class Listener : ReceiveActor
    {
        private const int SeenEvery = 50;

        public Listener(Listeners all, int place, IActorRef entry, Subscribe request)
        {
            entry.Tell(request, Self);
            Receive<Subscribed>(_ => { });
            Receive<Crossing>(crossing =>
            {
                all.Take(place, crossing.Observation);
                if (crossing.Number % SeenEvery == 0)
                {
                    entry.Tell(new NotificationsSeen(crossing.Subscription, crossing.Number), Self);
                }
            });
            Receive<SubscriptionSynced>(_ => all.Synced());
            ReceiveAny(_ => all.Fault());
        }
    }
}
