using Akka.Actor;
using FailureHistory.Core.Replication;
using FailureHistory.Core.Time;
using FailureHistory.Messages.Wire;
using FailureHistory.Node.Actors;
using FailureHistory.Node.Member;

namespace FailureHistory.Node.Stewards;

/// <summary>
/// The one in the cluster for a segment (DESIGN D3), at the member that holds its first serving copy: makes the segment's exchange due (R9.5),
/// and has the copy beside it raise what no holder raised in time (R8.6). Owns nothing and survives nothing: where it is absent, the holders
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
    private Stamp watched;

    public SegmentSteward(int segment, MemberContext context, IActorRef stewards, IActorRef exchanger)
    {
        this.segment = segment;
        this.context = context;
        this.stewards = stewards;
        this.exchanger = exchanger;
        watched = context.Now - Margin; // who would have raised it may have died before this one was started
        Receive<WakeSteward>(_ => { });
        Receive<Round>(_ => OnRound());
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(int segment, MemberContext context, IActorRef stewards, IActorRef exchanger) =>
        Akka.Actor.Props.Create(() => new SegmentSteward(segment, context, stewards, exchanger));

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

    private sealed record Round : ILocalMessage
    {
        public static Round Instance { get; } = new();
    }
}
