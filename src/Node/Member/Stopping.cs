using Akka;
using Akka.Actor;
using Akka.Event;
using FailureHistory.Node.Actors;

namespace FailureHistory.Node.Member;

/// <summary>
/// The orderly stop of a member (R9.8, DESIGN D13), by tasks of its actor system's coordinated shutdown:
/// <list type="number">
/// <item>before anything else ends it says that it is not ready, waits until nothing is under way, and hands over what the other replicas lack. It goes on taking
/// reports and answering, also while it leaves the Akka cluster;</item>
/// <item>just before its actors end it turns newcomers away, and ends what is under way.</item>
/// </list>
/// Each is bounded: a member stops also where the others don't answer.
/// </summary>
internal sealed class Stopping
{
    /// <summary>
    /// Reports and questions come all the time until whoever sends them has seen that the member is not ready: it waits for a moment without any, no
    /// longer than this.
    /// </summary>
    private static readonly TimeSpan QuietLimit = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan CloseLimit = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private readonly MemberContext context;
    private readonly CoordinatedShutdown shutdown;
    private readonly IActorRef entry;
    private readonly IActorRef node;

    private Stopping(MemberContext context, IActorRef entry, IActorRef node)
    {
        this.context = context;
        this.entry = entry;
        this.node = node;
        shutdown = CoordinatedShutdown.Get(context.System);
    }

    // A member that was downed, that failed or that starts again has nothing to say to the others any more. Its own actor system is terminated only then, an application's also at its end.
    private bool IsOrderly => !context.Failure.Task.IsCompleted && !context.StartsAgain && shutdown.ShutdownReason switch
    {
        CoordinatedShutdown.ClusterDowningReason => false,
        CoordinatedShutdown.ActorSystemTerminateReason => context.IsGuest,
        _ => true,
    };

    /// <summary>Adds the tasks.</summary>
    public static void AddTo(MemberContext context, IActorRef entry, IActorRef node)
    {
        var stopping = new Stopping(context, entry, node);
        stopping.shutdown.AddTask(CoordinatedShutdown.PhaseBeforeServiceUnbind, "fh-hand-over", stopping.BeforeLeaving);
        stopping.shutdown.AddTask(CoordinatedShutdown.PhaseBeforeActorSystemTerminate, "fh-close", stopping.BeforeEnding);
    }

    private async Task<Done> BeforeLeaving()
    {
        if (!IsOrderly)
        {
            return Done.Instance;
        }

        context.IsStopping = true;
        try
        {
            await Quiet(QuietLimit).ConfigureAwait(false);
            var over = await node.Ask<HandedOver>(HandOverNow.Instance, HandOver.Limit + AnswerLimit).ConfigureAwait(false);
            if (over.Left > 0)
            {
                context.System.Log.Warning(
                    "after {0} s there are {1} segments of which other replicas in reach have not all that this member has; they get it by the exchange, where only this member has it once it is back",
                    HandOver.Limit.TotalSeconds,
                    over.Left);
            }
        }
        catch (AskTimeoutException)
        {
            context.System.Log.Warning("this member's actors don't answer; it stops without handing over");
        }

        return Done.Instance;
    }

    private async Task<Done> BeforeEnding()
    {
        if (context.IsStopping)
        {
            try
            {
                entry.Tell(CloseEntry.Instance);
                await Quiet(CloseLimit).ConfigureAwait(false);
            }
            catch (AskTimeoutException)
            {
                // What is under way is answered with "try again" when the entry ends.
            }
        }

        return Done.Instance;
    }

    // Polled, since it is to be seen from outside of the actors that are asked, and lasts for moments.
    private async Task Quiet(TimeSpan limit)
    {
        var begun = context.Time.GetTimestamp();
        while (await entry.Ask<UnderWay>(new GetUnderWay(0), AnswerLimit).ConfigureAwait(false) is { Count: > 0 } && context.Time.GetElapsedTime(begun) < limit)
        {
            await Task.Delay(Pause, context.Time).ConfigureAwait(false); // nobody tells when nothing is under way
        }
    }
}

/// <summary>Asks the entry how much is under way, and by it the gate, which adds what it has. Answered by <see cref="UnderWay"/>.</summary>
internal sealed record GetUnderWay(int Queries) : ILocalMessage;

/// <summary>So many reports and questions have no answer yet.</summary>
internal sealed record UnderWay(int Count) : ILocalMessage;

/// <summary>The member's actors are about to end: whoever comes from now on is to try again, elsewhere.</summary>
internal sealed record CloseEntry : ILocalMessage
{
    public static CloseEntry Instance { get; } = new();
}
