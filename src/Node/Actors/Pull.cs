using Akka.Actor;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Replication;
using FailureHistory.Messages.Wire;
using FailureHistory.Node.Member;
using FailureHistory.Node.Queries;
using Google.Protobuf;

namespace FailureHistory.Node.Actors;

/// <summary>
/// One pull of what a peer's copy of a segment has more than ours (DESIGN D4, D7): pages of node digests, then pages of the observations of
/// nodes that differ, each logged before the next is asked for. The receiver drives; a step without an answer for 5 s ends the pull, and
/// the next exchange begins anew.
/// </summary>
internal sealed class Pull(
    int segment, SegmentMachine machine, PullFrom request, ICanTell peer, IActorRef self, IActorRef node, ITimerScheduler timers, Action<bool, bool> ended)
{
    private static readonly TimeSpan StepTimeout = TimeSpan.FromSeconds(5);
    private const int NodesAtATime = 200;

    private readonly Queue<NodeId> differing = new();
    private List<ByteString> asked = [];
    private ByteString after = ByteString.Empty;
    private bool lastDigests;
    private bool counts;
    private string cursor = string.Empty;
    private long step;
    private static long steps;

    public void Start() => AskDigests();

    public void OnDigests(NodeDigestPage page)
    {
        if (page.Token != step)
        {
            return;
        }

        if (page.RingVersion != request.RingVersion)
        {
            End(false); // the peer is on another version of the ring: begin anew once we agree
            return;
        }

        counts = page.Counts;
        foreach (var (id, digest) in ObservationPages.ReadDigests(page))
        {
            if (machine.DigestOf(id) != digest)
            {
                differing.Enqueue(id);
            }

            after = WireIds.Bytes(id);
        }

        lastDigests = page.Last;
        AskNodes();
    }

    public void OnNodes(NodesPage page)
    {
        if (page.Token != step)
        {
            return;
        }

        cursor = page.Next;
        if (page.Payload.IsEmpty)
        {
            OnStored(new PulledStored(step, true));
            return;
        }

        Arm();
        node.Tell(new StorePulled(page.Payload.ToByteArray(), step), self);
    }

    public void OnStored(PulledStored stored)
    {
        if (!stored.Token.Equals(step))
        {
            return;
        }

        if (!stored.Stored)
        {
            End(false);
        }
        else if (cursor.Length > 0)
        {
            AskPage();
        }
        else
        {
            AskNodes();
        }
    }

    public void OnTimeout(PullTimedOut timeout)
    {
        if (timeout.Step == step)
        {
            End(false);
        }
    }

    private void AskDigests()
    {
        Arm();
        peer.Tell(new ListNodeDigests { RingVersion = request.RingVersion, Segment = (uint)segment, Horizon = request.Horizon.Ticks, After = after, Token = step }, self);
    }

    private void AskNodes()
    {
        if (differing.Count == 0)
        {
            if (lastDigests)
            {
                End(true);
            }
            else
            {
                AskDigests();
            }

            return;
        }

        asked = [];
        while (asked.Count < NodesAtATime && differing.TryDequeue(out var id))
        {
            asked.Add(WireIds.Bytes(id));
        }

        cursor = string.Empty;
        AskPage();
    }

    private void AskPage()
    {
        Arm();
        var ask = new PullNodes { RingVersion = request.RingVersion, Segment = (uint)segment, Cursor = cursor, Token = step };
        ask.Nodes.AddRange(asked);
        peer.Tell(ask, self);
    }

    private void Arm()
    {
        step = Interlocked.Increment(ref steps); // none twice in a process: what belongs to an earlier pull is told from this one's
        timers.StartSingleTimer("pull", new PullTimedOut(step), StepTimeout);
    }

    private void End(bool merged)
    {
        timers.Cancel("pull");
        ended(merged, counts);
    }
}

/// <summary>A step of a pull got no answer.</summary>
internal sealed record PullTimedOut(long Step) : ILocalMessage;
