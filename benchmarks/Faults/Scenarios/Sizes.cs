using FailureHistory.Members;

namespace FailureHistory.Faults.Scenarios;

/// <summary>Rings that grow and shrink.</summary>
internal static class Sizes
{
    private static readonly Ground One = new(1) { Arguments = "--replace-after 5s" };

    public static IEnumerable<Scenario> All =>
    [
        new("growth", "1 to 3 to 5 members", One, Grow) { Live = members => [members[0]] },
        new("shrinkage", "5 to 1: one is killed and taken out by itself, the others are stopped and removed one by one", One, Shrink) { MajorityLives = false, Live = members => [members[0]] },
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
        using var http = new HttpClient();
        for (var left = 3; left >= 1; left--)
        {
            var member = trial.Members[left];
            await member.Stop(trial.Cancelled).ConfigureAwait(false);
            await trial.ExpectWithin($"{member.Name} can be removed from the ring", TimeSpan.FromSeconds(30), async () =>
            {
                using var reply = await http.DeleteAsync(new Uri(trial.Members[0].Url, $"/v1/ring/members/{member.Id}"), trial.Cancelled).ConfigureAwait(false);
                return (reply.IsSuccessStatusCode, $"{(int)reply.StatusCode} {await reply.Content.ReadAsStringAsync(trial.Cancelled).ConfigureAwait(false)}");
            }).ConfigureAwait(false);
            trial.Healed($"the {left + 1}th stopped and removed");
            await Shrunk(trial, left).ConfigureAwait(false);
        }
    }

    private static async Task Shrunk(Trial trial, int size)
    {
        trial.RingSize = size;
        await trial.Set.Whole(size, trial.Cancelled).ConfigureAwait(false);
        trial.Whole($"a ring of {size} that serves everywhere (R9.6)");
    }
}
