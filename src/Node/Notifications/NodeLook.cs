using FailureHistory.Core.Time;

namespace FailureHistory.Node.Notifications;

/// <summary>
/// A subscriber's look at a node of which something was noticed. A notice is one copy's view, and what is told is read from a majority, which may lack
/// yet what that copy knows; since nobody raises it a second time, the node is read again, later each time, until a majority has it.
/// </summary>
internal sealed class NodeLook
{
    // As long as nobody raises it again, and a little longer: what is stored later than that is raised anew.
    private static readonly TimeSpan Longest = NoticeRaiser.Memory + TimeSpan.FromSeconds(10);
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);
    private const int MostReports = 256;

    private readonly Dictionary<ulong, Stamp> lacking = []; // reports that no majority had when they were looked for, since when
    private TimeSpan pause = FirstPause;
    private NoticedNode? read;
    private NoticedNode? newer;
    private NoticedNode? last;

    /// <summary>Since when something lacks; nothing does where it is not said.</summary>
    public Stamp? LacksSince => lacking.Count == 0 ? null : lacking.Values.Min();

    /// <summary>Whether the node is being read now.</summary>
    public bool IsReading => read is not null;

    /// <summary>It is read now, because of this notice.</summary>
    public void Begin(NoticedNode noticed, Stamp now)
    {
        read = noticed;
        Lack(noticed, now);
    }

    /// <summary>It is read again. Gives the notice to read it by.</summary>
    public NoticedNode BeginAgain() => read = last!.Again;

    /// <summary>Something was noticed while it is read.</summary>
    public void Note(NoticedNode noticed, Stamp now)
    {
        newer = noticed;
        Lack(noticed, now);
    }

    /// <summary>It was read. Gives what was noticed meanwhile, where a majority does not have all of it by this reading.</summary>
    public NoticedNode? End(StoredPresents stored)
    {
        foreach (var report in lacking.Keys.Where(stored.Has).ToList())
        {
            lacking.Remove(report);
        }

        var noticed = newer;
        last = newer ?? read!;
        (read, newer) = (null, null);
        return noticed is not null && (noticed.Reading.Reports.Count == 0 || noticed.Reading.Reports.Any(lacking.ContainsKey)) ? noticed : null;
    }

    /// <summary>After how long to read it again; null where nothing lacks, or it has lacked for too long.</summary>
    public TimeSpan? NextAfter(Stamp now)
    {
        foreach (var (report, _) in lacking.Where(l => now - l.Value > Longest).ToList())
        {
            lacking.Remove(report);
        }

        if (lacking.Count == 0)
        {
            return null;
        }

        var after = pause;
        pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        return after;
    }

    private void Lack(NoticedNode noticed, Stamp now)
    {
        foreach (var report in noticed.Reading.Reports)
        {
            if (lacking.Count < MostReports && lacking.TryAdd(report, now))
            {
                pause = FirstPause;
            }
        }
    }
}
