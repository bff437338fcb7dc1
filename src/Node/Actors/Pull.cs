using Akka.Actor;
using FailureHistory.Core.Replication;
using FailureHistory.Messages.Wire;
using FailureHistory.Node.Member;
using FailureHistory.Node.Queries;
using Google.Protobuf;

namespace FailureHistory.Node.Actors;

/// <summary>
/// Carries out one pull of what a peer's copy of a segment has more than ours (DESIGN D4, D7): the steps are <see cref="PullSteps"/>'s. The receiver
/// drives; a step without an answer for 5 s ends the pull, and the next exchange begins anew.
/// </summary>
internal sealed class Pull(
    int segment, SegmentMachine machine, PullFrom request, ICanTell peer, IActorRef self, IActorRef node, ITimerScheduler timers, Action<bool, bool> ended)
{
    private static readonly TimeSpan StepTimeout = TimeSpan.FromSeconds(5);

    private readonly PullSteps steps = new(machine, request.RingVersion);
    private ByteString page = ByteString.Empty;
    private long step;
    private static long tokens;

    public void Start() => Carry(steps.Start());

    public void OnDigests(NodeDigestPage answer)
    {
        if (answer.Token == step)
        {
            Carry(steps.OnDigests(answer.RingVersion, ObservationPages.ReadDigests(answer), answer.Last, answer.Counts));
        }
    }

    public void OnNodes(NodesPage answer)
    {
        if (answer.Token == step)
        {
            page = answer.Payload;
            Carry(steps.OnPage(answer.Payload.IsEmpty, answer.Next));
        }
    }

    public void OnStored(PulledStored stored)
    {
        if (stored.Token.Equals(step))
        {
            Carry(steps.OnStored(stored.Stored));
        }
    }

    public void OnTimeout(PullTimedOut timeout)
    {
        if (timeout.Step == step)
        {
            End(false, false);
        }
    }

    private void Carry(PullStep next)
    {
        switch (next)
        {
            case AskDigests digests:
                Arm();
                var after = digests.After is { } last ? WireIds.Bytes(last) : ByteString.Empty;
                peer.Tell(new ListNodeDigests { RingVersion = request.RingVersion, Segment = (uint)segment, Horizon = request.Horizon.Ticks, After = after, Token = step }, self);
                break;
            case AskNodes nodes:
                Arm();
                var ask = new PullNodes { RingVersion = request.RingVersion, Segment = (uint)segment, Cursor = nodes.Cursor, Token = step };
                ask.Nodes.AddRange(nodes.Nodes.Select(WireIds.Bytes));
                peer.Tell(ask, self);
                break;
            case StorePage:
                Arm();
                node.Tell(new StorePulled(page.ToByteArray(), step), self);
                break;
            case PullOver over:
                End(over.Merged, over.Counts);
                break;
        }
    }

    private void Arm()
    {
        step = Interlocked.Increment(ref tokens); // none twice in a process: what belongs to an earlier pull is told from this one's
        timers.StartSingleTimer("pull", new PullTimedOut(step), StepTimeout);
    }

    private void End(bool merged, bool counts)
    {
        timers.Cancel("pull");
        ended(merged, counts);
    }
}

/// <summary>A step of a pull got no answer.</summary>
internal sealed record PullTimedOut(long Step) : ILocalMessage;
