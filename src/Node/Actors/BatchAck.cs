using Akka.Actor;
using FailureHistory.Messages.Wire;
using FailureHistory.Node.Member;
using Google.Protobuf.Collections;

namespace FailureHistory.Node.Actors;

/// <summary>
/// The acknowledgement of one batch: told to the gate by whichever segment applies its part last. The ring version is read only then, so
/// that an answer never counts for a version that this member had left when it applied the batch (R9.9).
/// </summary>
internal sealed class BatchAck(int segments, long batchId, IActorRef gate, MemberContext context, bool countsSame) : IBatchAck
{
    public bool CountsSame => countsSame;

    private readonly Lock door = new();
    private readonly BatchWritten reply = new() { BatchId = batchId, Member = WireIds.Bytes(context.Id) };
    private int left = segments;

    public void Applied(IReadOnlyList<int> duplicates, IReadOnlyList<int> removed, IReadOnlyList<int> folded)
    {
        lock (door)
        {
            Add(reply.Duplicates, duplicates);
            Add(reply.Removed, removed);
            Add(reply.Folded, folded);
            if (--left > 0)
            {
                return;
            }
        }

        reply.RingVersion = context.Ring?.Version ?? 0;
        reply.Clock = context.Now.Ticks;
        gate.Tell(reply);
    }

    private static void Add(RepeatedField<uint> to, IReadOnlyList<int> places)
    {
        for (var i = 0; i < places.Count; i++)
        {
            to.Add((uint)places[i]);
        }
    }
}

/// <summary>Says that what was pulled from another replica is logged and applied.</summary>
internal sealed class PulledAck(int segments, object token, IActorRef segment) : IBatchAck
{
    private int left = segments;

    public void Applied(IReadOnlyList<int> duplicates, IReadOnlyList<int> removed, IReadOnlyList<int> folded)
    {
        if (Interlocked.Decrement(ref left) == 0)
        {
            segment.Tell(new PulledStored(token, true));
        }
    }
}
