namespace FailureHistory.Faults.Links;

/// <summary>
/// What the links between members do: pass, pass late, or hold. What a cut link holds is passed on when it heals, as TCP does, unless whoever sent
/// it has given up meanwhile. A link has two ends, named by the ports that the members are known by; someone who is no member is at no port.
/// </summary>
internal sealed class Network
{
    private readonly Lock guard = new();
    private readonly HashSet<(int, int)> cut = [];
    private readonly Dictionary<int, TimeSpan> late = [];
    private TaskCompletionSource changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Nothing passes between the two sides, either way, until <see cref="Heal"/>.</summary>
    public void Cut(IReadOnlyCollection<int> left, IReadOnlyCollection<int> right)
    {
        lock (guard)
        {
            foreach (var (a, b) in left.SelectMany(a => right.Select(b => (a, b))))
            {
                cut.Add((a, b));
                cut.Add((b, a));
            }
        }
    }

    /// <summary>What comes from or goes to a member takes so much longer.</summary>
    public void Slow(int port, TimeSpan by)
    {
        lock (guard)
        {
            late[port] = by;
        }
    }

    /// <summary>Every link passes again at once.</summary>
    public void Heal()
    {
        TaskCompletionSource waited;
        lock (guard)
        {
            cut.Clear();
            late.Clear();
            (waited, changed) = (changed, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        }

        waited.SetResult();
    }

    /// <summary>How late what goes between two ends is.</summary>
    public TimeSpan Lateness(int? from, int to)
    {
        lock (guard)
        {
            return (from is { } port ? late.GetValueOrDefault(port) : TimeSpan.Zero) + late.GetValueOrDefault(to);
        }
    }

    /// <summary>Ends once the link passes.</summary>
    public async Task Passes(int? from, int to, CancellationToken ct)
    {
        while (true)
        {
            Task wait;
            lock (guard)
            {
                if (from is not { } port || !cut.Contains((port, to)))
                {
                    return;
                }

                wait = changed.Task;
            }

            await wait.WaitAsync(ct).ConfigureAwait(false);
        }
    }
}
