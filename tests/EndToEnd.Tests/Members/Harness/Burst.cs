using System.Collections.Concurrent;
using Xunit;
using Xunit.Sdk;

namespace FailureHistory.EndToEnd.Tests.Members.Harness;

/// <summary>
/// Reports at all members of a ring at once, which takes down what was acknowledged; whatever is killed meanwhile, all of that must be found
/// again (R9.3).
/// </summary>
internal sealed class Burst
{
    private static readonly ParallelOptions AtOnce = new() { MaxDegreeOfParallelism = 6 };

    private readonly MemberRing ring;
    private readonly string name = $"burst{Random.Shared.Next():x}";
    private readonly ConcurrentDictionary<string, byte> acknowledged = new();
    private readonly List<Task> reporters;
    private bool ended;

    /// <summary>Begins.</summary>
    public Burst(MemberRing ring)
    {
        this.ring = ring;
        reporters = [.. ring.Members.SelectMany(member => new[] { 1, 2 }.Select(half => Task.Run(() => Report(member, half))))];
    }

    public int Acknowledged => acknowledged.Count;

    /// <summary>Waits until so many more are acknowledged.</summary>
    public Task More(int count)
    {
        var goal = Acknowledged + count;
        return Wait.Until($"{count} observations more to be acknowledged", TimeSpan.FromSeconds(60), () =>
        {
            var fault = reporters.FirstOrDefault(reporter => reporter.IsFaulted);
            return fault is null ? Task.FromResult(Acknowledged >= goal ? null : $"{Acknowledged} of {goal}") : throw new XunitException($"a reporter failed: {fault.Exception}");
        }, () => ring.Logs);
    }

    /// <summary>No more is reported.</summary>
    public Task End()
    {
        Volatile.Write(ref ended, true);
        return Task.WhenAll(reporters);
    }

    /// <summary>All that was acknowledged is stored at a majority.</summary>
    public async Task NothingIsLost()
    {
        var stored = new ConcurrentDictionary<string, byte>();
        await Parallel.ForEachAsync(acknowledged.Keys.Select(key => key.Split(' ')[0]).Distinct(), AtOnce, async (node, _) =>
        {
            var page = (await ring[node[^1] % ring.Members.Count].Http.Observations(node, "majority")).Ok();
            foreach (var observation in page["observations"].AsArray())
            {
                stored.TryAdd($"{node} {observation!["id"]}", 0);
            }
        });
        Assert.NotEmpty(acknowledged);
        var lost = acknowledged.Keys.Where(key => !stored.ContainsKey(key)).ToList();
        Assert.True(lost.Count == 0, $"expected all {acknowledged.Count} acknowledged observations; {lost.Count} are gone: {string.Join("; ", lost.Take(10))}");
    }

    private async Task Report(MemberProcess member, int half)
    {
        for (var batch = 0; !Volatile.Read(ref ended); batch++)
        {
            var observations = Batch($"{name}-{member.Port}-{half}-{batch}");
            try
            {
                var reply = await member.Http.Report([.. observations]);
                if (!reply.IsOk)
                {
                    await Task.Delay(20); // nobody takes anything just now: the cores are for those that recover
                    continue;
                }

                Assert.Empty(reply["rejected"].AsArray());
                var put = reply["retry"].AsArray().Select(index => (int)index!).ToHashSet();
                foreach (var (observation, index) in observations.Select((o, i) => (o, i)).Where(pair => !put.Contains(pair.i)))
                {
                    acknowledged.TryAdd($"{observation.Node} {observation.Id}", 0);
                }
            }
            catch (HttpRequestException)
            {
                await Task.Delay(20); // killed while it was asked: not acknowledged
            }
        }
    }

    // A hundred: two of each of five detectors on ten nodes, none a repeat of a standing verdict (R2.6).
    private static List<Observed> Batch(string batch) =>
    [
        .. from node in Enumerable.Range(0, 10)
           from detector in Enumerable.Range(0, 5)
           from kind in new[] { "failure", "alive" }
           select new Observed($"{detector}/{kind}", $"{batch}-{node}", $"burst-{detector}", kind),
    ];

    private sealed record Observed(string Id, string Node, string Detector, string Kind);
}
