using System.Runtime.CompilerServices;
using Akka.Actor;
using FailureHistory.Client.Members;
using FailureHistory.Messages;

namespace FailureHistory.Client.Subscribing;

/// <summary>
/// A subscription that outlives the members: when one is lost it goes on at another from the cursor of the last item (R8.3). The caller sees one
/// stream, numbered from 1: each crossing once, <c>synced</c> once, and again after a gap.
/// </summary>
internal sealed class Subscriber(IActorRef hub, MemberBook book, FailureHistoryClientOptions options, TimeProvider time, CancellationToken ended)
{
    private const int AckEvery = 50;
    private static readonly TimeSpan OpenLimit = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(300);

    public async IAsyncEnumerable<ISubscriptionItem> Items(Subscribe request, [EnumeratorCancellation] CancellationToken ct)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, ended);
        var stream = new ToldStream(request.LastId);
        var isFirst = true;
        while (true)
        {
            await using var session = await Open(request with { LastId = stream.Cursor }, isFirst, ct).ConfigureAwait(false);
            if (session is null)
            {
                yield break;
            }

            isFirst = false;
            var unseen = 0;
            while (await HasMore(session, either.Token, ct).ConfigureAwait(false))
            {
                while (session.Items.TryRead(out var item))
                {
                    if (stream.Take(item) is { } told)
                    {
                        yield return told;
                    }

                    if (++unseen >= AckEvery || !session.Items.TryPeek(out _))
                    {
                        unseen = 0;
                        session.Seen(item);
                    }
                }
            }

            if (ended.IsCancellationRequested)
            {
                yield break;
            }

            book.Silent(session.Member);
        }
    }

    // False where the session ends, or the client does.
    private async Task<bool> HasMore(SubscriptionSession session, CancellationToken either, CancellationToken ct)
    {
        try
        {
            return await session.Items.WaitToReadAsync(either).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (ended.IsCancellationRequested && !ct.IsCancellationRequested)
        {
            return false;
        }
    }

    // Null where the client, or the application's actor system, ends. The first time for as long as a call may take; later for as long as it takes, since who reads has no use for an error that goes away.
    private async Task<SubscriptionSession?> Open(Subscribe request, bool isFirst, CancellationToken ct)
    {
        using var over = new CancellationTokenSource(isFirst ? options.Timeout : Timeout.InfiniteTimeSpan, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, over.Token, ended);
        TryAgain? refusal = null;
        try
        {
            await book.SomebodyIsKnown(either.Token).ConfigureAwait(false);
            while (true)
            {
                foreach (var member in book.InTurn(forReports: false))
                {
                    var (session, reply) = await SubscriptionSession.Open(hub, member, request, options.SubscriptionSilence, OpenLimit, time, either.Token).ConfigureAwait(false);
                    if (session is not null)
                    {
                        book.Answered(member);
                        return session;
                    }

                    switch (reply)
                    {
                        case InvalidRequest invalid:
                            throw new InvalidRequestException(invalid.Field, invalid.Detail);
                        case TryAgain again:
                            refusal = again;
                            break;
                        default:
                            book.Silent(member);
                            break;
                    }
                }

                // No member takes it at present; they are asked again.
                await Task.Delay(Pause, time, either.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (ended.IsCancellationRequested && !ct.IsCancellationRequested)
        {
            return null;
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            throw refusal is null
                ? new NoAnswerException($"no member took the subscription within {options.Timeout.TotalSeconds:0.#} s")
                : new UnavailableException(refusal.Reason, refusal.RetryAfter);
        }
    }
}
