using FailureHistory.Members;

namespace FailureHistory.Faults.Scenarios;

/// <summary>Rings that grow and shrink.</summary>
internal static class Sizes
{
    private static readonly Ground One = new(1) { Arguments = "--replace-after 5s" };

    public static IEnumerable<Scenario> All =>
    [
        new("growth", "1 to 3 to 5 members", One, Grow) { Live = members => [members[0]] },
        new("shrinkage", "5 to 2: one is killed and taken out by itself, two are stopped and removed one by one", One, Shrink) { Live = members => [members[0]] },
        new("last-two", "2 to 1: one of two is stopped and removed", One with { Members = 2 }, LastTwo) { MajorityLives = false, Live = members => [members[0]] },
    ];

    private static async Task Grow(Trial trial)
    {
        await GrowTo(trial, 3).ConfigureAwait(false);
        await GrowTo(trial, 5).ConfigureAwait(false);
    }

    private static async Task GrowTo(Trial trial, int size)
    {
        while (trial.Members.Count < size)
        {
            trial.Set.Add().Start();
        }

        trial.Healed($"{size} started");
        trial.RingSize = size;
        await trial.Set.Whole(size, trial.Cancelled).ConfigureAwait(false);
        trial.Whole($"a ring of {size} that serves everywhere");
    }

    private static async Task Shrink(Trial trial)
    {
        if (trial.Members.Count < 5)
        {
            await Grow(trial).ConfigureAwait(false);
        }

        await trial.Members[4].Kill().ConfigureAwait(false);
        trial.Healed("the fifth killed");
        await Shrunk(trial, 4).ConfigureAwait(false);
        await StopAndRemove(trial, 3).ConfigureAwait(false);
        await StopAndRemove(trial, 2).ConfigureAwait(false);
    }

    private static Task LastTwo(Trial trial) => StopAndRemove(trial, 1);

    private static async Task StopAndRemove(Trial trial, int index)
    {
        using var http = new HttpClient();
        var member = trial.Members[index];
        await member.Stop(trial.Cancelled).ConfigureAwait(false);
        await trial.ExpectWithin($"{member.Name} can be removed from the ring", TimeSpan.FromSeconds(30), async () =>
        {
            using var reply = await http.DeleteAsync(new Uri(trial.Members[0].Url, $"/v1/ring/members/{member.Id}"), trial.Cancelled).ConfigureAwait(false);
            return (reply.IsSuccessStatusCode, $"{(int)reply.StatusCode} {await reply.Content.ReadAsStringAsync(trial.Cancelled).ConfigureAwait(false)}");
        }).ConfigureAwait(false);
        trial.Healed($"the {index + 1}th stopped and removed");
        await Shrunk(trial, index).ConfigureAwait(false);
    }

    private static async Task Shrunk(Trial trial, int size)
    {
        trial.RingSize = size;
        await trial.Set.Whole(size, trial.Cancelled).ConfigureAwait(false);
        trial.Whole($"a ring of {size} that serves everywhere (R9.6)");
    }
}
