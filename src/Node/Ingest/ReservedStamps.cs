using Akka.Actor;
using FailureHistory.Core.Time;
using FailureHistory.Node.Member;

namespace FailureHistory.Node.Ingest;

/// <summary>
/// The stamps that a gate gives (R2.3): only such as lie below what the log holds of the clock, so that no restart gives one twice. The reservation is
/// renewed well before it ends; who wants stamps meanwhile waits for it, in order, until it is too late for them or the log can't be written.
/// </summary>
internal sealed class ReservedStamps(MemberContext context, IActorRef memberLog)
{
    private static readonly TimeSpan Ahead = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan AskAgainAfter = TimeSpan.FromSeconds(1);

    private readonly Queue<(int Count, Action<Stamp> Begin, Func<bool> IsLate, Action GiveUp)> waiting = new();
    private long askedAt;

    /// <summary>How many wait for stamps.</summary>
    public int Waiting => waiting.Count;

    // While the log is still being read there is something to wait for.
    private bool IsReadOnly => context.IsRecovered && !context.LogWritable;

    /// <summary>Begins with the first of so many consecutive stamps, now or when there are any; or gives up when it is late.</summary>
    public void Take(int count, Action<Stamp> begin, Func<bool> isLate, Action giveUp)
    {
        if (waiting.Count == 0 && context.Clock.TryNext(context.Wall, count, out var first, out _))
        {
            if (context.Clock.ReservedUntil - context.Now < Ahead / 2)
            {
                Reserve();
            }

            begin(first);
            return;
        }

        Reserve();
        if (!IsReadOnly)
        {
            waiting.Enqueue((count, begin, isLate, giveUp));
        }
        else
        {
            giveUp(); // the reporter had better go to another gate than wait for this one's disk
        }
    }

    /// <summary>The log holds a later bound.</summary>
    public void OnReserved()
    {
        askedAt = 0;
        while (waiting.TryPeek(out var next))
        {
            if (!context.Clock.TryNext(context.Wall, next.Count, out var first, out _))
            {
                Reserve();
                return;
            }

            waiting.Dequeue();
            next.Begin(first);
        }
    }

    /// <summary>Time has passed: who is late gives up, everybody where the log can't be written, and the log is asked again where it has not answered.</summary>
    public void OnTick()
    {
        while (waiting.TryPeek(out var next) && (next.IsLate() || IsReadOnly))
        {
            waiting.Dequeue().GiveUp();
        }

        if (waiting.Count > 0)
        {
            Reserve();
        }
    }

    private void Reserve()
    {
        if (askedAt != 0 && context.Time.GetElapsedTime(askedAt) < AskAgainAfter)
        {
            return;
        }

        askedAt = context.Time.GetTimestamp();
        memberLog.Tell(new ReserveClock(context.Now + Ahead));
    }
}
