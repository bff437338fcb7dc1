using System.Diagnostics;
using Akka.Actor;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Ring;
using FailureHistory.Node.Member;
using FailureHistory.Node.Telemetry;

namespace FailureHistory.Node.Queries;

/// <summary>A query that somebody waits for: answered once, by whoever is first, and counted and timed then.</summary>
/// <param name="name">What is asked, for metrics and spans.</param>
/// <param name="asker">Who waits.</param>
/// <param name="entry">Who answers, as the asker sees it.</param>
/// <param name="parent">The span that it was asked under.</param>
/// <param name="context">The member's.</param>
internal class Answering(string name, IActorRef asker, IActorRef entry, ActivityContext parent, MemberContext context)
{
    private int ended;

    /// <summary>Its span; null where nobody listens.</summary>
    public Activity? Span { get; } = Tracing.Begin("failure_history." + name, parent);

    /// <summary>When it came.</summary>
    public long Begun { get; } = context.Time.GetTimestamp();

    /// <summary>Whether it was answered.</summary>
    public bool IsEnded => Volatile.Read(ref ended) != 0;

    /// <summary>Answers, unless somebody has already.</summary>
    public virtual void End(object reply)
    {
        if (Interlocked.Exchange(ref ended, 1) != 0)
        {
            return;
        }

        var outcome = Tracing.OutcomeOf(reply);
        context.Metrics.Answered(name, outcome, context.Time.GetElapsedTime(Begun));
        Tracing.End(Span, outcome);
        asker.Tell(AnswerFit.To(asker, reply), entry);
    }
}

/// <summary>
/// A query to this member's own copy, which serves: it goes from actor to actor and the answer from the last of them to the asker. What the copy
/// can't say after all, or not in time, is asked on, as a query to any copy (R6.4).
/// </summary>
internal sealed class OwnCopyRead(string name, Question question, IActorRef asker, IActorRef entry, ActivityContext parent, MemberContext context)
    : Answering(name, asker, entry, parent, context), ILocalMessage
{
    private readonly IActorRef entry = entry;
    private Activity? ofCopy;

    /// <summary>What is asked.</summary>
    public Question Question => question;

    /// <summary>Whether other copies are asked; the entry's alone.</summary>
    public bool IsAskedOn { get; set; }

    /// <summary>Asks the copy.</summary>
    public void Ask(IActorRef copy, MemberId member)
    {
        ofCopy = Span is null ? null : Tracing.OfReplica(Span.Context, member, Segments.Of(question.Node.Id));
        copy.Tell(this);
    }

    /// <summary>The copy can't say.</summary>
    public void AskOn()
    {
        ofCopy?.Dispose();
        entry.Tell(new Unsaid(this));
    }

    /// <inheritdoc />
    public override void End(object reply)
    {
        ofCopy?.Dispose(); // before its parent
        base.End(reply);
    }

    /// <summary>A query that this member's own copy could not answer.</summary>
    internal sealed record Unsaid(OwnCopyRead Read) : ILocalMessage;
}
