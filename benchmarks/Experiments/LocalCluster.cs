using System.Diagnostics;
using FailureHistory.Messages;

namespace FailureHistory.Experiments;

/// <summary>Many members in this process, below one temporary folder.</summary>
internal sealed class LocalCluster(string hocon) : IAsyncDisposable
{
    // So many systems on a few cores: gossip and heartbeats at leisure, three monitors each.
    private const string Leisurely = """
        akka.cluster {
          gossip-interval = 2s
          leader-actions-interval = 2s
          unreachable-nodes-reaper-interval = 2s
          failure-detector { heartbeat-interval = 2s, acceptable-heartbeat-pause = 25s, monitored-by-nr-of-members = 3, expected-response-after = 5s }
          split-brain-resolver.stable-after = 10s
          distributed-data { gossip-interval = 2s, notify-subscribers-interval = 1s }
          pub-sub.gossip-interval = 2s
        }
        akka.actor.default-dispatcher.shutdown-timeout = 1s
        """;

    private const int Wave = 5;

    private readonly string root = Directory.CreateTempSubdirectory("fh-experiment-").FullName;

    public List<LocalMember> Members { get; } = [];

    public IEnumerable<LocalMember> Running => Members.Where(m => m.IsRunning);

    /// <summary>
    /// Starts so many and waits until all copies serve. A few at a time, each wave once the one before is up: starting takes the processor, and members
    /// that hear nothing for long take one another for dead.
    /// </summary>
    public async Task StartAsync(int count, CancellationToken cancel)
    {
        for (var i = 0; i < count; i++)
        {
            var member = new LocalMember(Path.Combine(root, $"m{i + 1}"), Leisurely + hocon);
            member.Start(Members.Select(m => m.Address));
            Members.Add(member);
            if (Members.Count % Wave == 0 || Members.Count == count)
            {
                await UpAsync(cancel);
            }
        }

        await SettledAsync(count, TimeSpan.FromMinutes(10), cancel);
    }

    private async Task UpAsync(CancellationToken cancel)
    {
        var clock = Stopwatch.StartNew();
        while (Members[0].MembersUp < Members.Count)
        {
            if (clock.Elapsed > TimeSpan.FromMinutes(3))
            {
                throw new TimeoutException($"waited 3 min for {Members.Count} members to be up in the Akka cluster; {Members[0].MembersUp} are");
            }

            await Task.Delay(100, cancel); // between two looks at the cluster
        }

        Console.Error.WriteLine($"{Members.Count} members up, the last of them after {clock.Elapsed.TotalSeconds:0} s");
    }

    /// <summary>Starts a member again where the others are.</summary>
    public void Restart(LocalMember member) => member.Start(Running.Select(m => m.Address).ToList());

    /// <summary>Waits until the ring has so many members, all ready, and every copy of every segment serves.</summary>
    public async Task SettledAsync(int ringSize, TimeSpan bound, CancellationToken cancel)
    {
        var clock = Stopwatch.StartNew();
        var seen = "nothing yet";
        while (clock.Elapsed < bound)
        {
            var ring = await RingAsync();
            var waiting = ring?.Segments.Count(s => s.Serving.Count < s.Members.Count) ?? -1;
            var whole = ring?.Members.Count == ringSize && waiting == 0;
            var ready = 0;
            foreach (var member in whole ? Running.ToList() : []) // who is not in the ring yet is slow to say so
            {
                ready += await member.AskAsync<Readiness>(new GetReadiness()) is { Ready: true } ? 1 : 0;
            }

            if (whole && ready == ringSize)
            {
                return;
            }

            var now = ring is null ? "no ring" : $"a ring of {ring.Members.Count}, {waiting} segments wait for copies{(whole ? $", {ready} members ready" : string.Empty)}";
            if (now != seen)
            {
                Console.Error.WriteLine($"{clock.Elapsed.TotalSeconds,5:0} s: {now}; {Members[0].MembersUp} members up in the Akka cluster");
                seen = now;
            }

            await Task.Delay(500, cancel); // between two looks at the ring
        }

        throw new TimeoutException($"waited {clock.Elapsed.TotalSeconds:0} s for a ring of {ringSize} with every copy serving; last seen: {seen}");
    }

    public async Task<RingInfo?> RingAsync() => Running.FirstOrDefault() is { } member ? await member.AskAsync<RingInfo>(new GetRing()) : null;

    public LocalMember ById(string id) => Members.Single(m => m.Id == id);

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(Members.Select(m => m.DisposeAsync().AsTask()));
        Directory.Delete(root, recursive: true);
    }
}
