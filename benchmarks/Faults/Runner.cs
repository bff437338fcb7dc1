using FailureHistory.Faults.Results;

namespace FailureHistory.Faults;

/// <summary>Runs scenarios, those on the same ground on the same members.</summary>
internal static class Runner
{
    public static async Task<IReadOnlyList<Outcome>> Run(IEnumerable<Scenario> scenarios, TextWriter log, CancellationToken ct)
    {
        var outcomes = new List<Outcome>();
        Stage? stage = null;
        Ground? ground = null;
        try
        {
            foreach (var scenario in scenarios)
            {
                if (Stage.Missing(scenario.On) is { } missing)
                {
                    log.WriteLine($"{scenario.Name}: left out: {missing}");
                    continue;
                }

                log.WriteLine($"{scenario.Name}: {scenario.What}");
                if (stage is not null && scenario.On != ground)
                {
                    await stage.DisposeAsync().ConfigureAwait(false);
                    stage = null;
                }

                ground = scenario.On;
                try
                {
                    stage ??= await Stage.Build(scenario.On, ct).ConfigureAwait(false);
                    outcomes.Add(await new Trial(scenario, stage, log, ct).Run().ConfigureAwait(false));
                }
                catch (Exception e) when (e is InvalidOperationException or IOException)
                {
                    // The next scenario begins with members that nothing was done to.
                    log.WriteLine($"  broke off: {e.Message}");
                    outcomes.Add(Outcome.BrokenOff(scenario, e.Message));
                    if (stage is not null)
                    {
                        await stage.DisposeAsync().ConfigureAwait(false);
                        stage = null;
                    }
                }
            }
        }
        finally
        {
            if (stage is not null)
            {
                await stage.DisposeAsync().ConfigureAwait(false);
            }
        }

        return outcomes;
    }
}
