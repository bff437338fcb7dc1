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
/// A report that was sent and not acknowledged may be on a minority and spread later, with its old stamp, also when it is sent again (R2.4: of
/// two copies the earlier wins). So it is taken for stored where it must be answered (a failure perhaps stored is withdrawn once the member is
/// reached) and for not stored where it must be repeated; and whether the suspicion stands is read off the order of what is stored, not off the
/// numbers: a late copy may lie before what was meant to come before it. Then the next report gets a number that was never used.
/// </remarks>
internal sealed class ReportedLife(MemberId member, int uid)
{
    private bool joined;
    private bool left;
    private bool suspected;
    private int failures;
    private int alives;
    private int failuresSent;
    private int alivesSent;

    /// <summary>Akka's uid.</summary>
    public int Uid => uid;

    /// <summary>Puts what the node's history holds, in its order, in the place of what was known; what was sent stays known.</summary>
    public void Restore(IEnumerable<ReachabilityReport> stored)
    {
        (joined, left, suspected, failures, alives) = (false, false, false, 0, 0);
        foreach (var report in stored)
        {
            Stored(report);
        }
    }

    /// <summary>This report is on a majority, behind those before; one of another life changes nothing.</summary>
    public void Stored(ReachabilityReport report)
    {
        if (report.Member != member || report.Uid != uid)
        {
            return;
        }

        switch (report.Kind)
        {
            case ReachabilityReport.Join:
                (joined, suspected) = (true, false);
                break;
            case ReachabilityReport.Leave:
                left = true;
                break;
            case ReachabilityReport.Failure:
                (suspected, failures) = (true, Math.Max(failures, report.Number));
                break;
            case ReachabilityReport.Alive:
                (suspected, alives) = (false, Math.Max(alives, report.Number));
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
    public ReachabilityReport? Due(Sight sight) => sight switch
    {
        _ when left => null, // a life that has left neither fails nor returns
        Sight.Left => Report(ReachabilityReport.Leave, 1),
        Sight.Up or Sight.Unreachable when !joined => Report(ReachabilityReport.Join, 1),
        Sight.Up => suspected || MayBeSuspected ? Report(ReachabilityReport.Alive, Math.Max(Math.Max(failures, failuresSent), suspected ? alives + 1 : 0)) : null,
        _ => !suspected || MayBeWithdrawn ? Report(ReachabilityReport.Failure, Math.Max(failures, Math.Max(alives, alivesSent)) + 1) : null,
    };

    // By a failure that was sent, not acknowledged, and not withdrawn.
    private bool MayBeSuspected => failuresSent > Math.Max(failures, alives);

    // By an alive that was sent, not acknowledged, and not followed by a failure.
    private bool MayBeWithdrawn => alivesSent > alives && alivesSent >= failures;

    private ReachabilityReport Report(string kind, int number) => new(member, uid, kind, number);
}
