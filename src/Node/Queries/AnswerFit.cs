using Akka.Actor;
using FailureHistory.Messages;
using FailureHistory.Messages.Wire;

namespace FailureHistory.Node.Queries;

/// <summary>
/// Answers that fit a message (DESIGN D7): the serializer refuses what is larger where nobody sees it, and who asked from another process would wait in
/// vain. Askers in this process get everything.
/// </summary>
internal static class AnswerFit
{
    private const int MostVerdicts = 6;

    /// <summary>The answer as it may go to the asker.</summary>
    public static object To(IActorRef asker, object answer)
    {
        if (asker.Path.Address.HasLocalScope || FitsAnyway(answer) || FailureHistorySerializer.SizeOf(answer) is var bytes && bytes <= FailureHistorySerializer.MaxMessageBytes)
        {
            return answer;
        }

        return answer is ObservationsRecorded recorded
            ? Cut(recorded)
            : new InvalidRequest("answer", $"{answer.GetType().Name} has {bytes} bytes; a message holds {FailureHistorySerializer.MaxMessageBytes}. Ask for less of it, or by HTTP");
    }

    // To count the bytes takes about as long as to write them. A verdict has two texts of 256 characters at most and a reason of 1,024, of three bytes each; a page
    // of a history that has room for a second period was counted when it was made.
    private static bool FitsAnyway(object answer) => answer is NodeState { Verdicts.Count: <= MostVerdicts } or NodeHistory { Periods.Count: > 1 };

    /// <summary>A page of the detectors after the cursor: all of them to an asker in this process, as many as fit a message to others.</summary>
    public static DetectorList Detectors(IActorRef asker, GetDetectors request, IEnumerable<DetectorInfo> sorted)
    {
        var page = new List<DetectorInfo>();
        var bytes = 1000;
        foreach (var detector in sorted.Where(d => request.Cursor is null || string.CompareOrdinal(d.Id, request.Cursor) > 0))
        {
            var size = asker.Path.Address.HasLocalScope ? 0 : FailureHistorySerializer.SizeOf(detector) + 8;
            if (bytes + size > Replies.PageBytes && page.Count > 0)
            {
                return new DetectorList(page, page[^1].Id);
            }

            page.Add(detector);
            bytes += size;
        }

        return new DetectorList(page);
    }

    // What there is no room to say of is to be sent again: it is refused again then, with its reason.
    private static ObservationsRecorded Cut(ObservationsRecorded recorded)
    {
        var room = FailureHistorySerializer.MaxMessageBytes - FailureHistorySerializer.SizeOf(recorded with { Rejected = [] }) - (4 * recorded.Rejected.Count);
        var told = recorded.Rejected.TakeWhile(r => (room -= (3 * r.Error.Length) + 16) > 0).ToList();
        return recorded with { Rejected = told, Retry = [.. recorded.Retry.Concat(recorded.Rejected.Skip(told.Count).Select(r => r.Index)).Order()] };
    }
}
