using FailureHistory.Core.Identity;
using FailureHistory.Messages;
using FailureHistory.Messages.Wire;

namespace FailureHistory.Client.Reporting;

/// <summary>
/// A report in parts that fit a message (DESIGN D7). The parts of one lane are sent one after the other and hold all of their nodes' observations in
/// the caller's order, so that what is said of one node is stamped in that order (R2.3); lanes go side by side.
/// </summary>
internal static class ReportParts
{
    /// <summary>The most observations of a part: with what may have to be said of each the answer fits a message, too.</summary>
    public const int MostOfAPart = 500;

    private const int MostBytes = FailureHistorySerializer.MaxMessageBytes - 2_000;

    /// <summary>The parts of each lane, as indices.</summary>
    /// <param name="observations">What is reported.</param>
    /// <param name="lanes">How many lanes at most.</param>
    /// <param name="rejected">Takes what can't be sent at all.</param>
    public static IReadOnlyList<IReadOnlyList<int[]>> Of(IReadOnlyList<ReportedObservation> observations, int lanes, ICollection<Rejection> rejected)
    {
        var parts = new List<int[]>[lanes];
        var open = new (List<int> Indices, int Bytes)[lanes];
        for (var lane = 0; lane < lanes; lane++)
        {
            (parts[lane], open[lane]) = ([], ([], 0));
        }

        for (var i = 0; i < observations.Count; i++)
        {
            if (Fault(observations[i], out var bytes) is { } fault)
            {
                rejected.Add(new Rejection(i, fault));
                continue;
            }

            // By the id, since a node may be named by its name here and by its id there.
            var lane = (int)(NodeNames.IdOfReference(observations[i].Node ?? string.Empty).Value % (uint)lanes);
            if (open[lane].Indices.Count == MostOfAPart || open[lane].Bytes + bytes > MostBytes)
            {
                parts[lane].Add([.. open[lane].Indices]);
                open[lane] = ([], 0);
            }

            open[lane].Indices.Add(i);
            open[lane].Bytes += bytes;
        }

        for (var lane = 0; lane < lanes; lane++)
        {
            if (open[lane].Indices.Count > 0)
            {
                parts[lane].Add([.. open[lane].Indices]);
            }
        }

        return [.. parts.Where(p => p.Count > 0)];
    }

    private static string? Fault(ReportedObservation observation, out int bytes)
    {
        bytes = 0;
        if (observation.Fault is { } fault)
        {
            return fault;
        }

        bytes = FailureHistorySerializer.SizeOf(new ReportObservations([observation]));
        return bytes > MostBytes ? $"the observation has {bytes} bytes; expected at most {MostBytes}" : null;
    }
}
