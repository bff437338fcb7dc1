using FailureHistory.Core.Identity;

namespace FailureHistory.Node.Reachability;

/// <summary>One life of a member as this member saw it: from the start of its actor system to its end.</summary>
internal sealed class WatchedLife(string name, ReportedLife? reported, Sight sight)
{
    /// <summary>The node name that it is reported under; it can't change within a life.</summary>
    public string Name { get; } = name;

    /// <summary>What is known to be reported of it; null while not even its uid is known.</summary>
    public ReportedLife? Reported { get; set; } = reported;

    /// <summary>How the cluster sees it.</summary>
    public Sight Sight { get; private set; } = sight;

    /// <summary>When its history was read last; null: it must be read before anything is reported of it.</summary>
    public long? ReadAt { get; set; }

    /// <summary>Whether it is over.</summary>
    public bool IsOver => Sight is Sight.Left or Sight.Gone;

    /// <summary>Takes in what the cluster says now: what has left stays so, and what is gone does not come back.</summary>
    public void See(Sight now)
    {
        if (Sight == Sight.Left || (Sight == Sight.Gone && now != Sight.Left))
        {
            return;
        }

        Sight = now;
    }
}

/// <summary>
/// A member as every member watches it, leading or not: its present life and those before it of which something may still have to be reported.
/// Every member keeps this, so that whoever leads next knows what happened while nobody could report.
/// </summary>
internal sealed class WatchedMember(MemberId id)
{
    private const int MaxLives = 4;

    private readonly List<WatchedLife> lives = [];

    /// <summary>Its id.</summary>
    public MemberId Id { get; } = id;

    /// <summary>Oldest first.</summary>
    public IReadOnlyList<WatchedLife> Lives => lives;

    /// <summary>The last one.</summary>
    public WatchedLife Current => lives[^1];

    /// <summary>Whether something was asked about it and the answer is not there yet: one at a time keeps the order.</summary>
    public bool IsBusy { get; set; }

    /// <summary>When it may be asked again after a failure.</summary>
    public long NotBefore { get; set; }

    /// <summary>The last pause after a failure; none after a success.</summary>
    public TimeSpan Pause { get; set; }

    /// <summary>What went wrong last, so that it is told once.</summary>
    public string? Trouble { get; set; }

    /// <summary>Takes in what the cluster says of the life with this uid.</summary>
    public void See(string name, int uid, Sight sight)
    {
        if (lives.Find(l => l.Reported?.Uid == uid) is { } known)
        {
            known.See(sight);
            return;
        }

        if (sight == Sight.Gone)
        {
            return; // it was downed before it was up
        }

        // A new life: the one before ended, and unless it said so, not as planned.
        foreach (var before in lives)
        {
            before.See(Sight.Gone);
        }

        lives.RemoveAll(l => l.Reported is null);
        if (lives.Count == MaxLives)
        {
            lives.RemoveAt(0); // one that restarts again and again while nobody can report: the last lives are told
        }

        lives.Add(new WatchedLife(name, new ReportedLife(Id, uid), sight));
    }

    /// <summary>A member of the ring that the cluster has not seen since this member is in it: it is not there, and its uid is yet to be read.</summary>
    public void Miss(string name) => lives.Add(new WatchedLife(name, null, Sight.Gone));

    /// <summary>Of the lives before the present one everything is reported.</summary>
    public void ForgetFormerLives() => lives.RemoveRange(0, lives.Count - 1);
}
