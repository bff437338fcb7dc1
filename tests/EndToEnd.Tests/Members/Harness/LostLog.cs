using Xunit;

namespace FailureHistory.EndToEnd.Tests.Members.Harness;

/// <summary>
/// One of three loses its log while all are down, and with it what only it and another one had acknowledged. It must not vouch for that
/// beside a third which never had it, and must get it back once the other one is there (R9.3, R9.9).
/// </summary>
internal static class LostLog
{
    public static async Task IsNoticed(MemberRing ring, Func<MemberProcess, Task> lose)
    {
        var node = $"lost-{Random.Shared.Next():x}";
        var (first, second, third) = (ring[0], ring[1], ring[2]);

        // Acknowledged by the first two: the third is down.
        await third.Kill();
        await first.Http.ReportSurely(new { id = "1", node, detector = "lost", kind = "failure" });
        await Task.WhenAll(first.Kill(), second.Kill());
        await lose(second);

        second.Start();
        third.Start();
        foreach (var member in new[] { second, third })
        {
            await Wait.Until($"{member.Name} to be up with one copy that counts and one that lost its log", TimeSpan.FromSeconds(40), async () =>
            {
                var ready = await member.Http.Get("/readyz");
                return (string?)ready["status"] is "fetching" or "ready" ? null : ready.ToString();
            }, () => ring.Logs);
            var asked = await member.Http.State(node, "majority");
            Assert.True(asked.Status == 503, $"expected no answer from a majority of copies that count: what was acknowledged may be with neither of the two; came {asked}\n{ring.Logs}");
        }

        Assert.Contains("is not the one that this member wrote last", second.Log, StringComparison.Ordinal);
        first.Start();
        await ring.Ready(3);
        foreach (var member in ring.Members)
        {
            await Wait.Until($"{member.Name} to answer from a majority what was acknowledged", TimeSpan.FromSeconds(30), async () =>
            {
                var stored = await member.Http.Observations(node, "majority");
                return stored.IsOk && stored["observations"].AsArray().Count == 1 ? null : stored.ToString();
            }, () => ring.Logs);
        }
    }
}
