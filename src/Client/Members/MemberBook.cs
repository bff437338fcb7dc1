using System.Collections.Concurrent;
using Akka.Actor;

namespace FailureHistory.Client.Members;

/// <summary>
/// The members that the client knows, and whom to ask first: those that answer take turns; one that did not answer in time comes last for a while,
/// twice as long each time, until it answers. Reports go to one gate as long as it takes them: what one client says of a node then stays in its order.
/// </summary>
internal sealed class MemberBook(ActorSystem system, TimeProvider time)
{
    private static readonly TimeSpan FirstDistrust = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan LongestDistrust = TimeSpan.FromSeconds(60);

    private readonly IActorRefProvider provider = ((ExtendedActorSystem)system).Provider;
    private readonly ConcurrentDictionary<Address, Member> members = new();
    private volatile Member[] sorted = [];
    private TaskCompletionSource known = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Member? gate;
    private int turn = Random.Shared.Next(1000);

    /// <summary>How many are known.</summary>
    public int Count => members.Count;

    /// <summary>Takes in who the members are; those that are not named any more are forgotten, unless nobody is named.</summary>
    public void Learn(IReadOnlyCollection<Address> addresses)
    {
        if (addresses.Count == 0)
        {
            return;
        }

        foreach (var address in addresses)
        {
            members.GetOrAdd(address, a => new Member(a, EntryAt(a)));
        }

        foreach (var gone in members.Keys.Except(addresses).ToList())
        {
            members.TryRemove(gone, out _);
        }

        sorted = [.. members.Values.OrderBy(m => m.Address.ToString(), StringComparer.Ordinal)];
        known.TrySetResult();
    }

    /// <summary>Ends once somebody is known.</summary>
    public Task SomebodyIsKnown(CancellationToken ct) => known.Task.WaitAsync(ct);

    /// <summary>The entry actor of a member.</summary>
    public IActorRef EntryAt(Address address) => provider.ResolveActorRef(new RootActorPath(address) / "user" / "failure-history");

    /// <summary>Whom to ask, in turn.</summary>
    public IReadOnlyList<Member> InTurn(bool forReports)
    {
        var now = time.GetTimestamp();
        var all = sorted;
        if (all.Length == 0)
        {
            return all;
        }

        var first = forReports && gate is { } kept && Array.IndexOf(all, kept) is var at and >= 0 ? at : (int)((uint)Interlocked.Increment(ref turn) % all.Length);
        Member[] order = [.. all[first..], .. all[..first]];
        Member[] inTurn = Array.TrueForAll(order, m => m.IsTrusted(now)) ? order : [.. order.OrderBy(m => m.IsTrusted(now) ? 0 : m.DistrustedUntil)];
        if (forReports)
        {
            gate = inTurn[0];
        }

        return inTurn;
    }

    /// <summary>It answered.</summary>
    public void Answered(Member member) => member.Trust(time.GetTimestamp());

    /// <summary>It answered, and can't do it now: reports had better go to another gate.</summary>
    public void Refused(Member member) => Interlocked.CompareExchange(ref gate, null, member);

    /// <summary>It did not answer in time.</summary>
    public void Silent(Member member) => member.Distrust(time.GetTimestamp(), time.TimestampFrequency);

    /// <summary>The connection to an address broke, or none could be made: nothing that waits for an answer from there need wait any longer.</summary>
    public void Broken(Address address)
    {
        if (members.TryGetValue(address, out var member))
        {
            Silent(member);
            member.Break();
        }
    }

    /// <summary>A member.</summary>
    internal sealed class Member(Address address, IActorRef entry)
    {
        private TaskCompletionSource broken = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private long distrustedUntil;
        private long answeredAt;
        private long begun;
        private int times;

        public Address Address { get; } = address;

        public IActorRef Entry { get; } = entry;

        public long DistrustedUntil => Volatile.Read(ref distrustedUntil);

        public bool IsTrusted(long now) => DistrustedUntil <= now;

        /// <summary>Ends when the connection that there is now breaks.</summary>
        public Task Broken => Volatile.Read(ref broken).Task;

        public void Break() => Interlocked.Exchange(ref broken, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();

        /// <summary>When it answered last, whomever.</summary>
        public long AnsweredAt => Volatile.Read(ref answeredAt);

        public void Trust(long now)
        {
            Volatile.Write(ref answeredAt, now);
            lock (this)
            {
                (distrustedUntil, times) = (0, 0);
            }
        }

        public void Distrust(long now, long frequency)
        {
            lock (this)
            {
                if (distrustedUntil > now && now - begun < frequency)
                {
                    return; // many asks find out the same at once
                }

                var span = TimeSpan.FromTicks(Math.Min(FirstDistrust.Ticks << Math.Min(times++, 10), LongestDistrust.Ticks));
                (begun, distrustedUntil) = (now, now + (long)(span.TotalSeconds * frequency));
            }
        }
    }
}
