using System.Diagnostics;
using System.Net;
using FailureHistory.Load.Results;
using FailureHistory.Members;

namespace FailureHistory.Load.Driving;

/// <summary>Starts members and tells how long it took until they serve.</summary>
internal static class Starts
{
    private static readonly TimeSpan Bound = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(20);

    /// <summary>Seconds from the start of the process, or of the first of them, until <c>/readyz</c> of all says 200.</summary>
    public static async Task<Figure> Time(string name, MemberSet set, IReadOnlyList<MemberProcess> members, bool isWhole, CancellationToken ct)
    {
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { Timeout = TimeSpan.FromSeconds(5) };
        var others = set.Members.Except(members).ToArray();
        var (before, begun) = (Cpu.Now(others), Stopwatch.GetTimestamp());
        foreach (var member in members)
        {
            member.Start();
        }

        await Task.WhenAll(members.Select(member => Ready(client, member, begun, ct))).ConfigureAwait(false);
        var seconds = Stopwatch.GetElapsedTime(begun).TotalSeconds;
        if (isWhole)
        {
            await set.Whole(set.Members.Count, Bound, ct).ConfigureAwait(false);
            seconds = Stopwatch.GetElapsedTime(begun).TotalSeconds;
        }

        var after = Cpu.Now(set.Members);
        return new Figure(name, seconds, Units.Seconds)
        {
            Calls = 1,
            MembersCores = Math.Round(((after.Members ?? 0) - (before.Members ?? 0)) / seconds, 2),
            DriverCores = Math.Round((after.Driver - before.Driver) / seconds, 2),
        };
    }

    private static async Task Ready(HttpClient client, MemberProcess member, long begun, CancellationToken ct)
    {
        var seen = "nothing";
        while (Stopwatch.GetElapsedTime(begun) < Bound)
        {
            try
            {
                using var reply = await client.GetAsync(new Uri(member.Url, "/readyz"), ct).ConfigureAwait(false);
                if (reply.StatusCode == HttpStatusCode.OK)
                {
                    return;
                }

                seen = await reply.Content.ReadAsStringAsync(ct).ConfigureAwait(false);
            }
            catch (Exception e) when (e is HttpRequestException || (e is TaskCanceledException && !ct.IsCancellationRequested))
            {
                seen = e.Message;
            }

            if (!member.IsRunning)
            {
                throw new InvalidOperationException($"expected {member.Name} to become ready; it ended\n{member.Log}");
            }

            // Nobody tells from outside when a member is ready: it is asked, for a bounded time.
            await Task.Delay(Look, ct).ConfigureAwait(false);
        }

        throw new InvalidOperationException($"expected {member.Name} to be ready within {Bound.TotalSeconds:0} s; seen: {seen}\n{member.Log}");
    }
}
