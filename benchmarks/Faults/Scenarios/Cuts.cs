using FailureHistory.Members;

namespace FailureHistory.Faults.Scenarios;

/// <summary>Links that are cut or slow. What is not cut is HTTP: whoever asks reaches both sides.</summary>
internal static class Cuts
{
    private static readonly Ground Five = new(5) { Relayed = true };

    public static IEnumerable<Scenario> All =>
    [
        new("partition-short", "2 of 5 cut off for 4 s: unreachable, not downed", Five, trial => Partition(trial, 3, 4, isDowned: false)) { Live = Majority },
        new("partition-long", "2 of 5 cut off for 25 s: downed meanwhile", Five, trial => Partition(trial, 3, 25, isDowned: true)) { Live = Majority },
        new("slow-link", "all links of 1 of 5 take 200 ms longer each way, for 15 s", Five, Slow) { Live = members => [.. members.Take(4)] },
    ];

    private static IReadOnlyList<MemberProcess> Majority(IReadOnlyList<MemberProcess> members) => [.. members.Take(3)];

    internal static async Task Partition(Trial trial, int majority, double seconds, bool isDowned)
    {
        var (left, right) = (trial.Members.Take(majority).ToList(), trial.Members.Skip(majority).ToList());
        var before = await trial.RingAt(left[0]).ConfigureAwait(false);
        trial.Network.Cut([.. left.Select(m => m.PublicPort)], [.. right.Select(m => m.PublicPort)]);
        trial.Say("cut");
        await trial.Hold(seconds).ConfigureAwait(false);
        foreach (var member in right)
        {
            var status = await trial.StatusAt(left[0], member).ConfigureAwait(false);
            trial.Expect(isDowned ? "the majority has removed it from the cluster" : "the majority has not removed it", status == "missing" == isDowned, status);
        }

        if (isDowned)
        {
            await Crashes.Refuses(trial, right[0]).ConfigureAwait(false);
        }

        trial.Network.Heal();
        trial.Healed("healed");
        await trial.ExpectWithin("all are ready again by themselves (R9.10)", TimeSpan.FromSeconds(60), async () =>
        {
            var seen = await Task.WhenAll(trial.Members.Select(trial.Readiness)).ConfigureAwait(false);
            return (seen.All(r => r.Code == 200), string.Join(", ", seen.Select(r => r.Status)));
        }).ConfigureAwait(false);
        var after = await trial.RingAt(right[0]).ConfigureAwait(false);
        trial.Expect("the ring is the one from before", after == before, after);
    }

    private static async Task Slow(Trial trial)
    {
        trial.Network.Slow(trial.Members[^1].PublicPort, TimeSpan.FromMilliseconds(200));
        await trial.Hold(15).ConfigureAwait(false);
        var status = await trial.StatusAt(trial.Members[0], trial.Members[^1]).ConfigureAwait(false);
        trial.Expect("the slow one is still up", status == "up", status);
        trial.Network.Heal();
        trial.Healed("fast again");
    }
}
