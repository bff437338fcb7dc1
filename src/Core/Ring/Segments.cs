using FailureHistory.Core.Identity;

namespace FailureHistory.Core.Ring;

/// <summary>The arcs that the circle of 2^128 ids is cut into (DESIGN D14: neither the number nor the rule can be changed later).</summary>
public static class Segments
{
    /// <summary>The number of segments of a real ring.</summary>
    public const int Count = 256;

    /// <summary>The segment of an id: its top eight bits.</summary>
    public static int Of(NodeId id) => (int)(id.Value >> 120);

    /// <summary>The highest id of a segment.</summary>
    public static NodeId LastOf(int segment) => new((((UInt128)segment + 1) << 120) - 1);

    /// <summary>The majority of a replica set of this size: more than half of it (R2.7, R9.9).</summary>
    public static int Majority(int replicas) => (replicas / 2) + 1;
}
