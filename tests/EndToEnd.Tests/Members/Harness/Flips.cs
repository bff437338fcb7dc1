using System.Diagnostics;
using System.Globalization;
using Xunit;
using Xunit.Sdk;

namespace FailureHistory.EndToEnd.Tests.Members.Harness;

/// <summary>
/// Nodes whose state turns with every report, while it is known which reports were acknowledged: the n-th report of a node has the id
/// <c>node/n</c> and is a failure where n is odd, else an alive. Whoever is asked for the state must name a report that is no older than the
/// last one acknowledged before it was asked, and no newer than the last one sent: a stale answer can't hide.
/// </summary>
internal sealed class Flips(string prefix, int count, int seed)
{
    private static readonly TimeSpan ReportBound = TimeSpan.FromSeconds(30);

    private readonly long[] sent = new long[count];
    private readonly long[] acknowledged = new long[count];
    private int refused;

    public int Count => count;

    public string Detector => "flips." + prefix;

    /// <summary>How many reports were acknowledged so far.</summary>
    public long Acknowledged
    {
        get
        {
            var sum = 0L;
            for (var i = 0; i < count; i++)
            {
                sum += Volatile.Read(ref acknowledged[i]);
            }

            return sum;
        }
    }

    /// <summary>How many times a report had to be sent again.</summary>
    public int Refused => refused;

    public string Node(int index) => string.Create(CultureInfo.InvariantCulture, $"{prefix}-{index}");

    /// <summary>Registers the detector, and waits until every running member knows it.</summary>
    public async Task Register(MemberRing ring)
    {
        (await ring[0].Http.Put($"/v1/detectors/{Detector}", new { accuracy = 80, scope = new[] { prefix + "-*" } })).Ok();
        foreach (var member in ring.Running)
        {
            await Wait.Until($"{member.Name} to know the detector {Detector}", TimeSpan.FromSeconds(15), async () =>
                await member.Http.Get($"/v1/detectors/{Detector}") is { IsOk: true } ? null : "it does not");
        }
    }

    /// <summary>Reports on all nodes, over and over, at random members, until told to stop; a report under way is brought to its end.</summary>
    public Task Write(MemberRing ring, int writers, CancellationToken stop) => Task.WhenAll(Enumerable.Range(0, writers).Select(writer => Task.Run(async () =>
    {
        var random = new Random(seed + 1000 + writer);
        while (!stop.IsCancellationRequested)
        {
            for (var node = writer; node < count && !stop.IsCancellationRequested; node += writers)
            {
                await Report(ring, node, random);
                // Leaves the members some of the processor.
                await Task.Delay(5, CancellationToken.None);
            }
        }
    }, CancellationToken.None)));

    /// <summary>Sends the next report on a node until it is acknowledged.</summary>
    public async Task Report(MemberRing ring, int index, Random random)
    {
        var number = acknowledged[index] + 1;
        Volatile.Write(ref sent[index], number);
        var report = new
        {
            id = string.Create(CultureInfo.InvariantCulture, $"{Node(index)}/{number}"), node = Node(index), detector = Detector, kind = number % 2 == 1 ? "failure" : "alive",
        };
        var begun = Stopwatch.GetTimestamp();
        var seen = "nothing";
        while (Stopwatch.GetElapsedTime(begun) < ReportBound)
        {
            try
            {
                var running = ring.Running.ToList();
                var reply = await running[random.Next(running.Count)].Http.Report(report);
                if (reply.IsOk && (int)reply["accepted"] + (int)reply["duplicates"] == 1)
                {
                    Volatile.Write(ref acknowledged[index], number);
                    return;
                }

                Assert.True(reply.Status == 503, $"expected report {report.id} to be acknowledged or put off; came {reply}");
                seen = reply.ToString();
            }
            catch (HttpRequestException e)
            {
                seen = e.Message;
            }

            Interlocked.Increment(ref refused);
            // Before it is reported again.
            await Task.Delay(50);
        }

        throw new XunitException($"expected report {report.id} to be acknowledged within {ReportBound.TotalSeconds} s; seen at last: {seen}\n{ring.Logs}");
    }

    /// <summary>
    /// Asks a member for the state of a node: null where the answer is right; a reason where it gave none and may be asked again.
    /// A wrong answer fails the test.
    /// </summary>
    public async Task<string?> Ask(MemberProcess member, int index, string consistency)
    {
        var known = Volatile.Read(ref acknowledged[index]);
        Reply reply;
        try
        {
            reply = await member.Http.State(Node(index), consistency);
        }
        catch (HttpRequestException e)
        {
            return e.Message;
        }

        var latest = Volatile.Read(ref sent[index]);
        if (reply.Status == 503)
        {
            return reply.ToString();
        }

        var fault = reply.Status == 404 ? (known == 0 ? null : "not found") : WrongState(reply.Ok(), known, latest);
        Assert.True(fault is null, $"{member.Name} was asked ({consistency}) for {Node(index)}: {known} reports were acknowledged before, {latest} sent by the end; {fault}: {reply}");
        return null;
    }

    /// <summary>Every report that was acknowledged is among the raw observations by majority read at every running member, and nothing else.</summary>
    public async Task NothingIsMissing(MemberRing ring)
    {
        foreach (var member in ring.Running)
        {
            for (var i = 0; i < count; i++)
            {
                var page = (await member.Http.Observations(Node(i), "majority")).Ok();
                var have = page["observations"].AsArray().Select(o => (string)o!["id"]!).Order(StringComparer.Ordinal);
                var want = Enumerable.Range(1, (int)acknowledged[i]).Select(n => $"{Node(i)}/{n}").Order(StringComparer.Ordinal);
                var missing = want.Except(have).ToList();
                Assert.True(missing.Count == 0, $"{member.Name}, {Node(i)}: expected {acknowledged[i]} acknowledged reports; missing: {string.Join(", ", missing)}");
                Assert.Equal(want, have);
            }
        }
    }

    private string? WrongState(Reply reply, long known, long latest)
    {
        var verdict = reply["verdicts"].AsArray().SingleOrDefault(v => (string?)v!["detector"] == Detector);
        if ((string?)verdict?["observation"] is not { } id)
        {
            return known == 0 ? null : "expected a verdict";
        }

        var number = long.Parse(id[(id.LastIndexOf('/') + 1)..], CultureInfo.InvariantCulture);
        var suspects = number % 2 == 1;
        var expected = (suspects, suspects ? "failed" : "up", suspects ? 1.0 : 0.0);
        var came = ((bool)verdict["suspects"]!, (string)reply["status"]!, (double?)reply.Body["probability"]);
        return number < known || number > latest ? $"the answer knows {number} of them"
            : came == (expected.Item1, expected.Item2, (double?)expected.Item3) ? null
            : $"expected {expected} of report {number}; came {came}";
    }
}
