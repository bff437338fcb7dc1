using Akka.Actor;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Ring;
using FailureHistory.Messages.Wire;
using FailureHistory.Node.Member;
using FailureHistory.Node.Queries;

namespace FailureHistory.Node.Ring;

/// <summary>
/// Asks the members of the ring whether the version known here is the latest (<see cref="RingConfirmation"/>), as a read with majority must (R6.5). What is
/// asked is asked for all reads that came before: a read waits for the first round that began after it.
/// </summary>
internal sealed class LatestRing(MemberContext context)
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);

    private readonly Lock gate = new();
    private Task<long> current = Task.FromResult(0L);
    private Task<long>? next;

    /// <summary>
    /// Whether this version was the latest at some time after the call. While another is being voted for it is asked again, later each time: it ends with
    /// that version in force, or with a renewed one (<see cref="RingChanges.Renew"/>).
    /// </summary>
    /// <returns>False when the ring has changed here, or the time is over.</returns>
    public async Task<bool> Confirm(RingView ring, Deadline deadline)
    {
        for (var pause = context.Settings.HedgeAfter; ; pause = Longer(pause))
        {
            if (await NextRound().ConfigureAwait(false) == ring.Version)
            {
                return true;
            }

            var left = deadline.Left;
            if (left <= TimeSpan.Zero || context.Ring?.Version != ring.Version)
            {
                return false;
            }

            // What the vote is given to end before it is asked about again.
            await Task.Delay(pause < left ? pause : left, context.Time).ConfigureAwait(false);
        }
    }

    /// <summary>The pause after this one: twice as long, a second at most.</summary>
    public static TimeSpan Longer(TimeSpan pause) => pause * 2 < LongestPause ? pause * 2 : LongestPause;

    private Task<long> NextRound()
    {
        lock (gate)
        {
            if (next is null && current.IsCompleted)
            {
                return current = Task.Run(Round);
            }

            // On another thread: where the round before has just ended it would begin at once, and be over before it is noted as the next.
            var before = current;
            return next ??= Task.Run(() => RoundAfter(before));
        }
    }

    private async Task<long> RoundAfter(Task before)
    {
        // One round at a time, so that reads gather for the next; but none waits long for an answer that does not come.
        await Task.WhenAny(before, Task.Delay(context.Settings.HedgeAfter, context.Time)).ConfigureAwait(false);
        Task<long> round;
        lock (gate)
        {
            next = null;
            round = current = Task.Run(Round);
        }

        return await round.ConfigureAwait(false);
    }

    // The version that is the latest; 0 when no majority says so. Who is out of reach may answer all the same, but is not waited for long: while the others
    // vote, only another round can tell.
    private async Task<long> Round()
    {
        if (context.Ring is not { } ring)
        {
            return 0;
        }

        var confirmation = new RingConfirmation(ring.Record);
        var waiting = ring.Record.Members.ToDictionary(m => HasNoLater(m.Id, ring), m => m.Id);
        var patience = Task.Delay(context.Settings.HedgeAfter, context.Time); // not a pause: for how long who is out of reach is waited for
        while (confirmation.CanBeConfirmedBy(waiting.Values.Count(m => !patience.IsCompleted || context.Peers.IsReachable(m))))
        {
            IEnumerable<Task> first = patience.IsCompleted ? waiting.Keys : [.. waiting.Keys, patience];
            if (await Task.WhenAny(first).ConfigureAwait(false) is Task<(MemberId Member, bool IsLatest)> done)
            {
                waiting.Remove(done);
                var (member, isLatest) = await done.ConfigureAwait(false);
                if (confirmation.Take(member, isLatest))
                {
                    return ring.Version;
                }
            }
        }

        return 0;
    }

    private async Task<(MemberId Member, bool IsLatest)> HasNoLater(MemberId member, RingView ring)
    {
        if (context.Peers.Ref(member, "fh-ring") is not { } voter)
        {
            return (member, false);
        }

        try
        {
            var answer = await voter.Ask<RingChecked>(new RingCheck { Member = WireIds.Bytes(context.Id) }, context.Settings.QueryTimeout).ConfigureAwait(false);
            if (answer.Version > ring.Version)
            {
                voter.Tell(new RingQuery { Member = WireIds.Bytes(context.Id) }, context.Peers.Ref(context.Id, "fh-ring")); // it answers with the record
            }

            return (member, answer is { VotedForNext: false } && answer.Version == ring.Version && WireIds.Cluster(answer.ClusterId) == ring.Record.ClusterId);
        }
        catch (AskTimeoutException)
        {
            return (member, false);
        }
    }
}
