using FailureHistory.Core.Replication;
using FailureHistory.Core.Ring;

namespace FailureHistory.Node.Member;

/// <summary>A notice board: each SegmentActor writes its own place, everybody reads without asking.</summary>
public sealed class SegmentBoard
{
    private readonly CopyStatus[] places = Enumerable.Repeat(CopyStatus.Initial, Segments.Count).ToArray();

    /// <summary>What a segment's copy is up to.</summary>
    public CopyStatus this[int segment]
    {
        get => Volatile.Read(ref places[segment]);
        set => Volatile.Write(ref places[segment], value);
    }
}
