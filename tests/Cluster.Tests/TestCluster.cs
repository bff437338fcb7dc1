using System.Diagnostics;
using Akka.Actor;
using Akka.Remote.Transport;
using FailureHistory.Messages;

namespace FailureHistory.Cluster.Tests;

/// <summary>Members of one cluster in this process, each with a folder of its own below a temporary one, real remoting and SQLite.</summary>
internal sealed class TestCluster(string hocon = "") : IAsyncDisposable
{
    /// <summary>Links can be cut (DESIGN §4).</summary>
    public const string Throttler = """
        akka.remote.dot-netty.tcp.applied-adapters = ["trttl"]
        """;

    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);

    private readonly string root = Directory.CreateTempSubdirectory("fh-cluster-").FullName;
    private readonly List<TestMember> members = [];
    private readonly HashSet<(TestMember, Address)> cut = [];

    public IReadOnlyList<TestMember> Members => members;

    public TestMember this[int i] => members[i];

    /// <summary>Starts a member; the first one, without seeds, forms the cluster.</summary>
    public TestMember Start(string name, string zone = "", string extra = "", IEnumerable<Address>? seeds = null, string? folder = null)
    {
        var member = TestMember.Start(
            name,
            folder ?? Path.Combine(root, name),
            (seeds ?? members.Select(m => m.Address)).Select(a => a.ToString()),
            $"failure-history.zone = \"{zone}\"\n{hocon}\n{extra}");
        members.Add(member);
        return member;
    }

    /// <summary>Takes in a member that was started elsewhere.</summary>
    public void Adopt(TestMember member) => members.Add(member);

    public string FolderOf(string name) => Path.Combine(root, name);

    /// <summary>Starts so many members and waits until all are ready.</summary>
    public async Task StartAndWait(int count)
    {
        Start("a");
        for (var i = 1; i < count; i++)
        {
            Start(((char)('a' + i)).ToString());
        }

        await Ready(count);
    }

    /// <summary>Stops a member; its folder stays.</summary>
    public async Task Stop(TestMember member)
    {
        members.Remove(member);
        await member.DisposeAsync();
    }

    /// <summary>Ends a member without a word to anybody, as SIGKILL would; its folder stays.</summary>
    public async Task Kill(TestMember member)
    {
        members.Remove(member);
        await member.Host.Kill();
        await member.DisposeAsync();
    }

    /// <summary>Waits until every member is ready, in one ring of so many, and every copy serves, complete.</summary>
    public async Task Ready(int ringSize)
    {
        await Until($"all {members.Count} members to be ready in a ring of {ringSize}, every copy serving", async () =>
        {
            foreach (var member in members)
            {
                if (await member.AskAny(new GetReadiness()) is not Readiness { Ready: true } ready)
                {
                    return (false, $"{member.Name}: {Describe(await member.AskAny(new GetReadiness()))}");
                }

                if (await member.AskAny(new GetRing()) is not RingInfo ring || ring.Members.Count != ringSize)
                {
                    return (false, $"{member.Name}: {Describe(await member.AskAny(new GetRing()))}");
                }

                var waiting = ring.Segments.Count(s => s.Serving.Count < s.Members.Count);
                if (waiting > 0)
                {
                    return (false, $"{member.Name}: ring version {ring.Version}, {waiting} segments wait for copies to serve");
                }
            }

            return (true, string.Empty);
        });
    }

    /// <summary>Cuts every link between two groups, on both sides.</summary>
    public async Task Cut(IEnumerable<TestMember> left, IEnumerable<TestMember> right)
    {
        foreach (var (a, b) in left.SelectMany(a => right.Select(b => (a, b))))
        {
            await Throttle(a, b.Address);
            await Throttle(b, a.Address);
        }
    }

    /// <summary>Heals every link that was cut.</summary>
    public async Task Heal()
    {
        foreach (var (member, peer) in cut)
        {
            await member.Throttle(peer, Unthrottled.Instance);
        }

        cut.Clear();
    }

    /// <summary>Waits for a condition that says what it saw.</summary>
    public static async Task Until(string expected, Func<Task<(bool Holds, string Seen)>> condition, TimeSpan? within = null)
    {
        var clock = Stopwatch.StartNew();
        var seen = "nothing yet";
        while (clock.Elapsed < (within ?? Bound))
        {
            (var holds, seen) = await condition();
            if (holds)
            {
                return;
            }

            // Between two looks; how long in all is bounded above.
            await Task.Delay(50);
        }

        throw new TimeoutException($"waited {clock.Elapsed.TotalSeconds:0.0} s for {expected}; last seen: {seen}\n{string.Join('\n', AkkaByReferenceSerializer.Refused.Keys)}\n{MemberLogFile.Last(40)}");
    }

    public async ValueTask DisposeAsync()
    {
        await Heal();
        await Task.WhenAll(members.Select(m => m.DisposeAsync().AsTask()));
        Directory.Delete(root, recursive: true);
    }

    private async Task Throttle(TestMember member, Address peer)
    {
        cut.Add((member, peer));
        await member.Throttle(peer, Blackhole.Instance);
    }

    private static string Describe(object reply) => reply switch
    {
        Readiness r => $"{r.Status} (ring {r.RingVersion}): {string.Join("; ", r.WaitsFor)}",
        RingInfo r => $"ring version {r.Version} of {r.Members.Count}",
        _ => reply.ToString()!,
    };
}
