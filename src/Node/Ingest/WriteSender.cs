using Akka.Actor;
using Akka.Event;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Ring;
using FailureHistory.Core.Time;
using FailureHistory.Messages.Wire;
using FailureHistory.Node.Member;
using Google.Protobuf;

namespace FailureHistory.Node.Ingest;

/// <summary>
/// Sends what is to be written to the members of its replica sets, the same bytes to each, and counts who has stored it (R2.7, R9.9). While
/// <see cref="MostUnderWay"/> messages to a set have no majority yet, what comes for it is gathered and goes together in the next: one report in flight waits for nothing,
/// and of many each costs a part of a message (docs/decisions/31). Belongs to the gate.
/// </summary>
internal sealed class WriteSender(MemberContext context, IActorRef memberLog, IActorRef gate, ILoggingAdapter log)
{
    private const int PayloadBytes = 56_000;
    private const int MostUnderWay = 2;
    private const int ResendAfterUsual = 4;
    private static readonly TimeSpan ResendAfter = TimeSpan.FromSeconds(1.5);
    private static readonly TimeSpan CatchUpAfter = TimeSpan.FromMilliseconds(100);

    private readonly Dictionary<long, WriteChunk> chunks = [];
    private readonly Dictionary<int, Lane> lanes = [];
    private readonly HashSet<Write> writes = [];
    private long nextBatch;
    private long sent;
    private TimeSpan usual; // from sending a chunk to its majority, lately

    /// <summary>How many bytes are gathered, or sent without a majority yet.</summary>
    public long InFlight => sent + lanes.Values.Sum(lane => lane.Bytes);

    /// <summary>How many writes are not over yet.</summary>
    public int UnderWay => writes.Count;

    /// <summary>Takes on a write, and ends it when it is over.</summary>
    public void Begin(Write write)
    {
        writes.Add(write);
        if (write.Items.Count == 0)
        {
            End(write);
            return;
        }

        Send(write);
    }

    /// <summary>A member has it in its log, and applied.</summary>
    public void OnWritten(BatchWritten written)
    {
        context.Clock.Observe(new Stamp(written.Clock));
        if (!chunks.TryGetValue(written.BatchId, out var chunk))
        {
            return;
        }

        // Its answer counts only for the version it was asked under (R9.9).
        if (!chunk.Votes.Counts(written.RingVersion))
        {
            // Who is ahead makes this gate send all anew as soon as the ring changes here; who is behind is asked again.
            chunk.SomeAreBehind |= written.RingVersion < chunk.Ring.Version;
            return;
        }

        foreach (var index in written.Duplicates.Where(i => i < chunk.Items.Count))
        {
            chunk.Items[(int)index].IsDuplicate = true;
        }

        // A removal that this gate's clock lagged behind covers the report: it is not stored. Sent again it gets a stamp after the removal.
        foreach (var index in written.Removed.Where(i => i < chunk.Items.Count))
        {
            chunk.Items[(int)index].IsRemoved = true;
        }

        foreach (var index in written.Folded.Where(i => i < chunk.Items.Count))
        {
            chunk.Items[(int)index].IsFolded = true;
        }

        if (chunk.Votes.Stored(WireIds.Member(written.Member), written.RingVersion))
        {
            usual += (context.Time.GetElapsedTime(chunk.Began) - usual) / 8;
            Settle(chunk, isDurable: true);
        }
    }

    /// <summary>A member will not store it.</summary>
    public void OnRefused(BatchRefused refused)
    {
        if (chunks.TryGetValue(refused.BatchId, out var chunk) && chunk.Votes.Refused(WireIds.Member(refused.Member)))
        {
            log.Warning("member {0} refused a batch: {1}", WireIds.Member(refused.Member), refused.Reason);
            GiveBackIfHopeless(chunk);
        }
    }

    /// <summary>Another version of the ring is in force: all that is under way is sent anew, and counted anew.</summary>
    public void OnRingChanged()
    {
        chunks.Clear();
        lanes.Clear();
        SetSent(0);
        foreach (var write in writes.ToList())
        {
            Send(write);
        }
    }

    /// <summary>From time to time: sends again what was not answered, and gives back what is late.</summary>
    public void OnTick()
    {
        foreach (var write in writes.Where(w => w.IsLate).ToList())
        {
            End(write);
        }

        // Where all answers take long nothing is lost: what was sent again would only make them take longer.
        var resendAfter = usual * ResendAfterUsual > ResendAfter ? usual * ResendAfterUsual : ResendAfter;
        foreach (var chunk in chunks.Values.ToList())
        {
            if (chunk.Items.All(item => item.Write!.IsOver))
            {
                Settle(chunk, isDurable: false);
            }
            else if (context.Time.GetElapsedTime(chunk.SentAt) > (chunk.SomeAreBehind ? CatchUpAfter : resendAfter))
            {
                chunk.SomeAreBehind = false;
                chunk.SentAt = context.Time.GetTimestamp();
                SendTo(chunk, chunk.Votes.ToSendAgain(context.Peers.IsReachable));
                GiveBackIfHopeless(chunk);
            }
        }

        // Whatever became of the messages before it: nothing waits longer than from one tick to the next.
        foreach (var lane in lanes.Values.Where(l => l.Items.Count > 0).ToList())
        {
            SendGathered(lane);
        }
    }

    private void Send(Write write)
    {
        if (context.Ring is not { } ring)
        {
            return; // sent when a ring comes into force, or given back when the time is up
        }

        HashSet<Lane> touched = [], overflowing = [];
        foreach (var item in write.Items.Where(i => !i.IsSettled).ToList())
        {
            item.Write = write;
            var set = ring.ReplicaSetOf(item.Node);
            // A number means other members under another version, and the ring changes here before this gate is told: what the lane before had gathered is sent anew then.
            if (!lanes.TryGetValue(set, out var lane) || lane.Ring.Version != ring.Version)
            {
                lanes[set] = lane = new Lane(ring.Placement.Replicas(set), ring);
            }

            touched.Add(lane);
            if (item.IsRestored || item.Observation is null)
            {
                lane.Apart.Add(item);
            }
            else if (!lane.TryAdd(item, PayloadBytes))
            {
                SendGathered(lane);
                lane.TryAdd(item, PayloadBytes);
                overflowing.Add(lane);
            }
        }

        foreach (var lane in touched)
        {
            SendApart(lane);
            if (overflowing.Contains(lane))
            {
                SendGathered(lane); // the rest of what is more than a message can hold does not wait for the first part
            }
            else
            {
                SendIfFree(lane);
            }
        }
    }

    private void SendIfFree(Lane lane)
    {
        if (lane.Items.Count > 0 && lane.UnderWay < MostUnderWay)
        {
            SendGathered(lane);
        }
    }

    private void SendGathered(Lane lane)
    {
        var (payload, items) = lane.Take();
        Send(lane, payload, items);
    }

    // What is answered otherwise, or is rare and has no place among the observations.
    private void SendApart(Lane lane)
    {
        if (lane.Apart.Count > 0)
        {
            List<WriteItem> apart = [.. lane.Apart];
            lane.Apart.Clear();
            foreach (var (payload, items) in Payloads.Of(apart, PayloadBytes).ToList())
            {
                Send(lane, payload, items, isApart: true);
            }
        }
    }

    private void Send(Lane lane, ByteString payload, IReadOnlyList<WriteItem> items, bool isApart = false)
    {
        var chunk = new WriteChunk(++nextBatch, items, payload, lane, isApart, context.Time.GetTimestamp());
        chunks[chunk.Id] = chunk;
        lane.UnderWay += isApart ? 0 : 1;
        SetSent(sent + payload.Length);
        SendTo(chunk, lane.Replicas, countsSame: items.Any(item => item.IsRestored));
        GiveBackIfHopeless(chunk);
    }

    private void SendTo(WriteChunk chunk, IEnumerable<MemberId> members, bool countsSame = false)
    {
        var message = new WriteBatch
        {
            BatchId = chunk.Id,
            From = WireIds.Bytes(context.Id),
            RingVersion = chunk.Ring.Version,
            Payload = chunk.Payload,
            HighestStamp = context.Now.Ticks,
            CountsSame = countsSame,
            Restored = chunk.Items.Any(item => item.IsRestored),
        };
        foreach (var member in members)
        {
            ICanTell? target = member == context.Id ? memberLog : context.Peers.Ref(member, "fh/log");
            target?.Tell(message, gate);
        }
    }

    private void GiveBackIfHopeless(WriteChunk chunk)
    {
        if (chunk.Votes.IsHopeless(context.Peers.IsReachable))
        {
            Settle(chunk, isDurable: false);
        }
    }

    private void Settle(WriteChunk chunk, bool isDurable)
    {
        if (!chunks.Remove(chunk.Id))
        {
            return;
        }

        SetSent(sent - chunk.Payload.Length);
        chunk.Lane.UnderWay -= chunk.IsApart ? 0 : 1;
        foreach (var item in chunk.Items)
        {
            var write = item.Write!;
            write.Settle(item, isDurable);
            if (write.IsSettled)
            {
                End(write);
            }
        }

        SendIfFree(chunk.Lane);
    }

    private void End(Write write)
    {
        writes.Remove(write);
        write.End();
    }

    private void SetSent(long bytes)
    {
        sent = bytes;
        context.Metrics.InFlightBytes = bytes;
    }
}
