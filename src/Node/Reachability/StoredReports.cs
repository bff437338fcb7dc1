using Akka.Actor;
using FailureHistory.Core.Identity;
using FailureHistory.Messages;

namespace FailureHistory.Node.Reachability;

/// <summary>What a node's history holds of <c>akka.reachability</c>, by majority, so that nothing acknowledged is missing (R6.5).</summary>
internal static class StoredReports
{
    private const int PageSize = 10_000;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Reads the reports about one member under a node name, in their order.</summary>
    /// <returns>The reports, none for an unknown node; or why it can't be told now.</returns>
    public static async Task<(IReadOnlyList<ReachabilityReport> Reports, string? Trouble)> Read(IActorRef entry, string node, MemberId member)
    {
        var reports = new List<ReachabilityReport>();
        string? cursor = null;
        do
        {
            var reply = await entry.Ask<object>(new GetObservations(node, Limit: PageSize, Cursor: cursor, Consistency: Consistency.Majority), Patience).ConfigureAwait(false);
            switch (reply)
            {
                case NodeObservations page:
                    foreach (var observation in page.Observations)
                    {
                        if (observation.Detector == ReachabilityDetector.Id && ReachabilityReport.TryParse(observation.Id, out var report) && report.Member == member)
                        {
                            reports.Add(report);
                        }
                    }

                    cursor = page.Next;
                    break;
                case NodeNotFound:
                    return ([], null);
                case TryAgain again:
                    return ([], again.Reason);
                default:
                    return ([], $"its history can't be read: {reply}");
            }
        }
        while (cursor is not null);
        return (reports, null);
    }
}
