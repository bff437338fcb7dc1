using Akka.Actor;
using Akka.Event;
using FailureHistory.Core.Replication;
using FailureHistory.Core.Time;
using FailureHistory.Messages.Wire;
using FailureHistory.Node.Actors;
using FailureHistory.Node.Member;
using FailureHistory.Node.Retention;

namespace FailureHistory.Node.Stewards;

/// <summary>
/// The one in the cluster for a segment (DESIGN D3), at the member that holds its first serving copy: makes the segment's exchange due (R9.5),
/// has the copy beside it raise what no holder raised in time (R8.6), forgets what has failed for long (R10.1) and folds what is old (R10.3). Owns nothing and survives nothing: where it is absent, the holders
/// compare their copies by themselves after a while (<see cref="ExchangeRounds"/>), and the next one begins with what may have been missed.
/// </summary>
internal sealed class SegmentSteward : ReceiveActor, IWithTimers
{
    // What is being raised at this moment by the holders whose turn it is, by rank and the round before, is not yet unseen.
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(30);

    private readonly int segment;
    private readonly MemberContext context;
    private readonly IActorRef stewards;
    private readonly IActorRef exchanger;
    private readonly Forgetter forgetter;
    private readonly HistoryFolder folder;
    private readonly ILoggingAdapter log = Context.GetLogger();
    private long lookedAt;
    private long foldedAt;
    private bool forgetting;
    private bool folding;
    private Stamp watched;

    public SegmentSteward(int segment, MemberContext context, IActorRef stewards, IActorRef exchanger, IActorRef node)
    {
        this.segment = segment;
        this.context = context;
        this.stewards = stewards;
        this.exchanger = exchanger;
        watched = context.Now - Margin; // who would have raised it may have died before this one was started
        forgetter = new Forgetter(context, node);
        folder = new HistoryFolder(context, node);
        lookedAt = foldedAt = context.Time.GetTimestamp();
        Receive<FoldableListed>(OnFoldable);
        Receive<FoldingEnded>(OnFoldingEnded);
        Receive<WakeSteward>(_ => { });
        Receive<ForgettableListed>(OnForgettable);
        Receive<ForgettingEnded>(m => OnForgettingEnded(m.Outcomes));
        Receive<ForgettingFailed>(m => OnForgettingFailed(m.Cause));
        Receive<Round>(_ => OnRound());
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(int segment, MemberContext context, IActorRef stewards, IActorRef exchanger, IActorRef node) =>
        Akka.Actor.Props.Create(() => new SegmentSteward(segment, context, stewards, exchanger, node));

    /// <summary>How long between two looks for what to forget: a twentieth of <c>forget-after</c>, 1 s at least and 5 min at most.</summary>
    public static TimeSpan BetweenLooks(TimeSpan forgetAfter) => TimeSpan.FromSeconds(Math.Clamp(forgetAfter.TotalSeconds / 20, 1, 300));

    /// <summary>
    /// How long until the next round. All stewards at a member have theirs at the same instant, so that their segments are compared in one
    /// message per peer; those of different members at different ones. A little more often than the interval, so that what a round finds is
    /// healed within it (R9.3).
    /// </summary>
    public static TimeSpan UntilNext(MemberContext context)
    {
        var period = context.Settings.ExchangeInterval.Ticks * 9 / 10;
        var phase = (long)(context.Id.Value % (UInt128)period);
        var left = period - ((context.Wall.Ticks - phase) % period);
        return TimeSpan.FromTicks(left < period / 20 ? left + period : left);
    }

    protected override void PreStart()
    {
        stewards.Tell(new StewardRuns(segment, true));
        OnRound();
    }

    protected override void PostStop() => stewards.Tell(new StewardRuns(segment, false));

    private void OnRound()
    {
        exchanger.Tell(new ExchangeDue(segment));
        WatchNotices();
        LookForForgettable();
        LookForFoldable();
        Timers.StartSingleTimer("round", Round.Instance, UntilNext(context));
    }

    private void WatchNotices()
    {
        if (!context.Holds(segment) || context.Board[segment].Phase != CopyPhase.Serving)
        {
            return; // the copy beside it can raise nothing yet: the next round looks back as far as this one would have
        }

        if (context.AnyInterest)
        {
            context.SegmentActors[segment].Tell(new RaiseUnseen(segment, watched - Margin));
        }

        watched = context.Now;
    }

    // Not while rows are being restored: the join that ends a failure may come after it.
    private bool MayJudge => context.Now >= context.HeldUntil && !context.AwaitsRegistry && context.Holds(segment) && context.Board[segment].Phase == CopyPhase.Serving;

    private void LookForFoldable()
    {
        if (context.Settings.FullDetail is not { } detail || folding || !MayJudge || context.Time.GetElapsedTime(foldedAt) < context.Settings.FoldInterval)
        {
            return;
        }

        foldedAt = context.Time.GetTimestamp();
        var until = context.Now.Ticks - detail.Ticks;
        context.SegmentActors[segment].Tell(new ListFoldable(segment, new Stamp(until - (until % TimeSpan.TicksPerDay))));
    }

    private void OnFoldable(FoldableListed listed)
    {
        if (folding || listed.Nodes.Count == 0)
        {
            return;
        }

        folding = true;
        Task.Run(async () =>
        {
            var folded = 0;
            foreach (var node in listed.Nodes)
            {
                folded += await folder.Fold(node, listed.Until).ConfigureAwait(false) ? 1 : 0;
            }

            return new FoldingEnded(folded, listed.Until, null);
        }).PipeTo(Self, failure: cause => new FoldingEnded(0, listed.Until, cause));
    }

    private void OnFoldingEnded(FoldingEnded ended)
    {
        folding = false;
        if (ended.Cause is IOException or UnauthorizedAccessException)
        {
            log.Warning(ended.Cause, "the archive in {0} can't be written: the rest of segment {1} is not folded until it can", context.Settings.Archive!, segment);
        }
        else if (ended.Cause is not null)
        {
            log.Warning(ended.Cause, "segment {0} can't be folded now; it is tried again", segment);
        }
        else if (ended.Folded > 0)
        {
            log.Info("segment {0}: the histories of {1} nodes are folded up to {2} or the last quiet moment before it", segment, ended.Folded, ended.Until);
        }
    }

    private void LookForForgettable()
    {
        if (context.Settings.ForgetAfter is not { } after || forgetting || !MayJudge || context.Time.GetElapsedTime(lookedAt) < BetweenLooks(after))
        {
            return;
        }

        lookedAt = context.Time.GetTimestamp();
        context.SegmentActors[segment].Tell(new ListForgettable(segment, after));
    }

    private void OnForgettable(ForgettableListed listed)
    {
        if (forgetting || listed.Machines.Count == 0 || context.Settings.ForgetAfter is not { } after)
        {
            return;
        }

        forgetting = true;
        Task.Run(async () =>
        {
            var outcomes = new List<ForgetOutcome>();
            foreach (var machine in listed.Machines)
            {
                outcomes.Add(await forgetter.Forget(machine, after).ConfigureAwait(false));
            }

            return new ForgettingEnded(outcomes);
        }).PipeTo(Self, failure: cause => new ForgettingFailed(cause));
    }

    private void OnForgettingEnded(IReadOnlyList<ForgetOutcome> outcomes)
    {
        forgetting = false;
        foreach (var outcome in outcomes.Where(o => o.Why is not null))
        {
            log.Info(outcome.Why);
        }
    }

    private void OnForgettingFailed(Exception cause)
    {
        forgetting = false;
        log.Warning(cause, "what has failed for long in segment {0} can't be forgotten now; it is tried again", segment);
    }

    private sealed record ForgettingEnded(IReadOnlyList<ForgetOutcome> Outcomes) : ILocalMessage;

    private sealed record ForgettingFailed(Exception Cause) : ILocalMessage;

    private sealed record FoldingEnded(int Folded, Stamp Until, Exception? Cause) : ILocalMessage;

    private sealed record Round : ILocalMessage
    {
        public static Round Instance { get; } = new();
    }
}
