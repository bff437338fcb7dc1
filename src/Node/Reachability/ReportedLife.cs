using FailureHistory.Core.Identity;

namespace FailureHistory.Node.Reachability;

/// <summary>How the Akka cluster sees one life of a member.</summary>
internal enum Sight
{
    /// <summary>It is up and reached.</summary>
    Up = 0,

    /// <summary>It is up, but somebody does not reach it.</summary>
    Unreachable = 1,

    /// <summary>It said that it goes. That stays so, whatever happens to it on its way out.</summary>
    Left = 2,

    /// <summary>It was downed, or was replaced by its next life, without having said that it goes.</summary>
    Gone = 3,
}

/// <summary>
/// What has been reported of one life of a member (one Akka uid), and what is to be reported next so that its history says what the cluster
/// sees. A life is reported as
/// <code>join (failure-n alive-n)* [failure-n | leave]</code>
/// The numbers come from what is stored, not from counting in memory: whoever leads next goes on with the same ones, and the second failure of a
/// life is no duplicate of its first.
/// </summary>
/// <remarks>
/// A report that was sent and not acknowledged may be on a minority and spread later. It is taken for stored where it must be answered (a
/// failure perhaps stored is withdrawn once the member is reached) and for not stored where it must be repeated.
/// </remarks>
internal sealed class ReportedLife(MemberId member, int uid)
{
    private bool joined;
    private bool left;
    private int failures;
    private int alives;
    private int failuresSent;
    private int alivesSent;

    /// <summary>Akka's uid.</summary>
    public int Uid => uid;

    /// <summary>Puts what the node's history holds in the place of what was known; what was sent stays known.</summary>
    public void Restore(IEnumerable<ReachabilityReport> stored)
    {
        (joined, left, failures, alives) = (false, false, 0, 0);
        foreach (var report in stored)
        {
            Stored(report);
        }
    }

    /// <summary>This report is on a majority; one of another life changes nothing.</summary>
    public void Stored(ReachabilityReport report)
    {
        if (report.Member != member || report.Uid != uid)
        {
            return;
        }

        switch (report.Kind)
        {
            case ReachabilityReport.Join:
                joined = true;
                break;
            case ReachabilityReport.Leave:
                left = true;
                break;
            case ReachabilityReport.Failure:
                failures = Math.Max(failures, report.Number);
                break;
            case ReachabilityReport.Alive:
                alives = Math.Max(alives, report.Number);
                break;
        }
    }

    /// <summary>This report is under way and may be stored anywhere.</summary>
    public void Sent(ReachabilityReport report)
    {
        if (report.Kind == ReachabilityReport.Failure)
        {
            failuresSent = Math.Max(failuresSent, report.Number);
        }
        else if (report.Kind == ReachabilityReport.Alive)
        {
            alivesSent = Math.Max(alivesSent, report.Number);
        }
    }

    /// <summary>The next report that the history lacks; null when it says what is seen.</summary>
    public ReachabilityReport? Due(Sight sight)
    {
        var (mayStandAt, mayEndAt) = (Math.Max(failures, failuresSent), Math.Max(alives, alivesSent));
        return sight switch
        {
            _ when left => null, // a life that has left neither fails nor returns
            Sight.Left => Report(ReachabilityReport.Leave, 1),
            Sight.Up or Sight.Unreachable when !joined => Report(ReachabilityReport.Join, 1),
            Sight.Up => mayStandAt > alives ? Report(ReachabilityReport.Alive, mayStandAt) : null,
            _ => mayEndAt >= failures ? Report(ReachabilityReport.Failure, mayEndAt + 1) : null,
        };
    }

    private ReachabilityReport Report(string kind, int number) => new(member, uid, kind, number);
}
