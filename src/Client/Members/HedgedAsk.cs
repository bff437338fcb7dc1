using Akka.Actor;
using FailureHistory.Messages;
using FailureHistory.Messages.Wire;

namespace FailureHistory.Client.Members;

/// <summary>
/// Asks one member, and another one as well when it has not answered after a while: the first good reply wins. "Try again", a report of which
/// nothing was stored, and silence are no good replies; the next member is asked, round after round, until the time is up. So a member that falls
/// silent with the ask in hand costs the delay, no more, and one whose connection breaks nothing. Where a member answers others, but more asks than <see cref="HedgeBudget"/> allows are slow, the others wait for 2 s.
/// </summary>
internal sealed class HedgedAsk(MemberBook book, MemberFinder finder, TimeProvider time, CancellationToken ended)
{
    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);

    // So long nobody is asked again who has not answered yet; so long waits, too, what there is no budget for.
    private static readonly TimeSpan RoundAgainAfter = TimeSpan.FromSeconds(2);

    private readonly HedgeBudget budget = new();

    /// <summary>The first good reply, of whatever type.</summary>
    /// <exception cref="UnavailableException">Who answered said to try again, to the end.</exception>
    /// <exception cref="NoAnswerException">Nobody answered.</exception>
    /// <exception cref="InvalidRequestException">The request is too large to be sent.</exception>
    /// <param name="request">What is asked.</param>
    /// <param name="hedgeAfter">When another member is asked as well; null for never: nobody else is asked before the one who was has answered. For what must not be done late, when a stalled member wakes, after the caller went on.</param>
    /// <param name="within">How long it may take in all.</param>
    /// <param name="forReports">Whether it goes to the gate that this client's reports go to, as long as that answers.</param>
    /// <param name="ct">Gives up.</param>
    public async Task<object> Ask(object request, TimeSpan? hedgeAfter, TimeSpan within, bool forReports, CancellationToken ct)
    {
        var size = FailureHistorySerializer.SizeOf(request);
        if (size > FailureHistorySerializer.MaxMessageBytes)
        {
            throw new InvalidRequestException("request", $"{request.GetType().Name} has {size} bytes; expected at most {FailureHistorySerializer.MaxMessageBytes}");
        }

        using var over = new CancellationTokenSource(within, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, over.Token, ended);
        var attempt = new Attempt(request, within, time.GetTimestamp(), either.Token);
        try
        {
            await book.SomebodyIsKnown(either.Token).ConfigureAwait(false);
            while (true)
            {
                if (await Round(attempt, hedgeAfter, forReports).ConfigureAwait(false) is { } reply)
                {
                    return reply;
                }
            }
        }
        catch (OperationCanceledException) when (ended.IsCancellationRequested && !ct.IsCancellationRequested)
        {
            throw new UnavailableException("the client, or its actor system, has ended", null);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            throw attempt.Refusal is { } refusal
                ? new UnavailableException(refusal.Reason, refusal.RetryAfter)
                : new NoAnswerException($"{request.GetType().Name} was not answered within {within.TotalSeconds:0.#} s by any of {book.Count} members known{(finder.Fault.Length == 0 ? string.Empty : $"; {finder.Fault}")}");
        }
        catch (OperationCanceledException e) when (attempt.Refusal is { } refusal)
        {
            throw new OperationCanceledException(e.Message, new UnavailableException(refusal.Reason, refusal.RetryAfter), ct); // why it took so long
        }
        finally
        {
            either.Cancel(); // whoever has not answered need not any more
        }
    }

    // Each member once; null where none of them had a good reply.
    private async Task<object?> Round(Attempt attempt, TimeSpan? hedgeAfter, bool forReports)
    {
        var targets = new Queue<MemberBook.Member>(book.InTurn(forReports));
        var pause = ShortestPause;
        var waitsOn = false;
        while (true)
        {
            if (!waitsOn && targets.TryDequeue(out var target))
            {
                attempt.Start(target);
            }
            else if (attempt.Pending.Count == 0)
            {
                // All refused for now: as long as they asked for, before the next round.
                await Task.Delay(pause, time, attempt.Ended).ConfigureAwait(false);
                return null;
            }

            var wait = hedgeAfter is not { } hedge ? Timeout.InfiniteTimeSpan : (targets.Count > 0 && !waitsOn) || hedge > RoundAgainAfter ? hedge : RoundAgainAfter;
            using var enough = CancellationTokenSource.CreateLinkedTokenSource(attempt.Ended);
            // The hedge: who has not answered by then is not waited for alone.
            var patience = Task.Delay(wait, time, enough.Token);
            IEnumerable<Task> breaks = hedgeAfter is null ? [] : attempt.Pending.Select(p => p.Broken);
            var first = await Task.WhenAny([.. attempt.Pending.Select(p => p.Reply), .. breaks, patience]).ConfigureAwait(false);
            enough.Cancel();
            if (first == patience)
            {
                attempt.Ended.ThrowIfCancellationRequested();
                waitsOn = !waitsOn && targets.Count > 0 && attempt.Pending.Any(p => p.Member.AnsweredAt > attempt.Began) && !budget.Spend();
                if (waitsOn)
                {
                    continue;
                }

                attempt.Pending.ForEach(p => book.Silent(p.Member));
                if (targets.Count == 0)
                {
                    return null;
                }

                continue;
            }

            waitsOn = false;
            if (attempt.Pending.RemoveAll(p => p.Broken == first) > 0)
            {
                continue; // its answer, if there ever was one, has no way to come
            }

            if (Take(attempt, first, out var again) is { } reply)
            {
                return reply;
            }

            pause = again ?? pause;
        }
    }

    private object? Take(Attempt attempt, Task ended, out TimeSpan? again)
    {
        again = null;
        var done = attempt.Pending.First(p => p.Reply == ended);
        attempt.Pending.Remove(done);
        if (!done.Reply.IsCompletedSuccessfully)
        {
            attempt.Ended.ThrowIfCancellationRequested();
            book.Silent(done.Member);
            return null;
        }

        book.Answered(done.Member);
        if (Refusal(done.Reply.Result) is not { } refusal)
        {
            budget.Earn();
            return done.Reply.Result;
        }

        attempt.Refusal = refusal;
        book.Refused(done.Member);
        var after = refusal.RetryAfter ?? ShortestPause;
        again = after < ShortestPause ? ShortestPause : after > LongestPause ? LongestPause : after;
        return null;
    }

    private static TryAgain? Refusal(object reply) => reply switch
    {
        TryAgain refusal => refusal,
        ReportRejected { Fault: ReportFault.Busy } busy => new TryAgain(busy.Detail, TimeSpan.FromMilliseconds(200)),
        // Whose disk is full, or who is cut off from the others, takes nothing at all: another member may.
        ObservationsRecorded { Accepted: 0, Duplicates: 0, Rejected.Count: 0, Retry.Count: > 0 } none =>
            new TryAgain($"no majority of the replicas of {none.Retry.Count} observations took them in time", TimeSpan.FromMilliseconds(500)),
        _ => null,
    };

    private sealed class Attempt(object request, TimeSpan within, long began, CancellationToken ended)
    {
        public List<(MemberBook.Member Member, Task<object> Reply, Task Broken)> Pending { get; } = [];

        public long Began { get; } = began;

        public CancellationToken Ended { get; } = ended;

        public TryAgain? Refusal { get; set; }

        public void Start(MemberBook.Member member)
        {
            var broken = member.Broken; // before it is sent: a connection that breaks from now on may take it along
            var reply = member.Entry.Ask<object>(request, within, Ended);
            _ = reply.ContinueWith(t => _ = t.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default); // nobody may be left to see it
            Pending.Add((member, reply, broken));
        }
    }
}
