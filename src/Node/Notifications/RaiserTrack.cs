namespace FailureHistory.Node.Notifications;

/// <summary>What this member has of another's numbered notices (R8.3).</summary>
internal sealed class RaiserTrack
{
    private readonly SortedSet<long> ahead = [];

    /// <summary>The raiser's epoch; 0 before anything is known of it.</summary>
    public long Epoch { get; private set; }

    /// <summary>Everything up to this number has come.</summary>
    public long UpTo { get; private set; }

    /// <summary>How many checks in a row it has not answered.</summary>
    public int Unanswered { get; set; }

    /// <summary>Whether it was given up on: what it raised last is read from the histories instead, until it answers again.</summary>
    public bool IsGone { get; set; }

    /// <summary>A batch came: whether it is news, and whether what came before it can't be known (another epoch).</summary>
    public (bool IsNews, bool Broke) Take(long epoch, long sequence)
    {
        if (epoch < Epoch)
        {
            return (false, false);
        }

        var broke = epoch > Epoch && (Epoch != 0 || sequence > 1);
        if (epoch > Epoch)
        {
            Start(epoch, sequence);
            return (true, broke);
        }

        if (sequence <= UpTo || !ahead.Add(sequence))
        {
            return (false, false);
        }

        while (ahead.Remove(UpTo + 1))
        {
            UpTo++;
        }

        return (true, false);
    }

    /// <summary>Where the raiser stands, as it says: whether what it raised can't be known up to there.</summary>
    public bool Jump(long epoch, long sequence, bool lost)
    {
        if (epoch < Epoch || (epoch == Epoch && !lost))
        {
            return false;
        }

        var broke = Epoch != 0 || lost || sequence > 0;
        Start(epoch, sequence);
        return broke;
    }

    private void Start(long epoch, long sequence)
    {
        Epoch = epoch;
        UpTo = sequence;
        ahead.Clear();
    }
}
