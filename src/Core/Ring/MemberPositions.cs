using FailureHistory.Core.Identity;

namespace FailureHistory.Core.Ring;

/// <summary>
/// Where a member stands on the ring: as many virtual positions as there are segments, so strewn that it is at distance 0 from one
/// segment, at distance 1 from another, and so on up to the number of segments less one.
/// </summary>
/// <remarks>
/// <para>
/// The distances of a member are a permutation of the segments, keyed by its id. With distances drawn freely (plain rendezvous hashing)
/// some members are near to many segments by luck; here every member is near to as many segments as any other, which halves the variance
/// of the loads before any bound is applied, and a bound that seldom binds seldom moves a copy.
/// </para>
/// <para>
/// The permutation is a Feistel network over the smallest even number of bits that holds the segments, walked until it lands on one: it
/// needs no memory, so that ten thousand members with forty thousand segments are placed without a table of all pairs. Nothing here may
/// ever change (DESIGN D14): members of different builds must compute the same placement.
/// </para>
/// </remarks>
internal readonly struct MemberPositions
{
    private const int Rounds = 6;
    private const ulong LimitSalt = 0x6C696D6974000000;
    private const ulong TieSalt = 0x7469650000000000;

    private readonly ulong key;
    private readonly int segments;
    private readonly int halfBits;
    private readonly uint halfMask;

    internal MemberPositions(MemberId id, int segments)
    {
        key = Mix(Mix((ulong)(id.Value >> 64)) ^ (ulong)id.Value);
        this.segments = segments;
        halfBits = 1;
        while (1L << (2 * halfBits) < segments)
        {
            halfBits++;
        }

        halfMask = (1u << halfBits) - 1;
    }

    /// <summary>The member's share of a fraction of a copy, as a fraction of 2^32: it rounds the load bound up or down for this member.</summary>
    internal uint RoundingShare => (uint)(Mix(key ^ LimitSalt) >> 32);

    /// <summary>The segment at a distance of 0 to the number of segments less one.</summary>
    internal int SegmentAt(int distance)
    {
        var x = (uint)distance;
        do
        {
            x = Forward(x);
        }
        while (x >= (uint)segments);
        return (int)x;
    }

    /// <summary>The inverse of <see cref="SegmentAt"/>.</summary>
    internal int DistanceTo(int segment)
    {
        var x = (uint)segment;
        do
        {
            x = Backward(x);
        }
        while (x >= (uint)segments);
        return (int)x;
    }

    /// <summary>Which of two members at the same distance from a segment is the nearer one: the lower value.</summary>
    internal ulong TieBreak(int segment) => Mix(key ^ TieSalt ^ (uint)segment);

    private uint Forward(uint x)
    {
        var (left, right) = (x >> halfBits, x & halfMask);
        for (var round = 0; round < Rounds; round++)
        {
            (left, right) = (right, left ^ Scramble(round, right));
        }

        return (left << halfBits) | right;
    }

    private uint Backward(uint x)
    {
        var (left, right) = (x >> halfBits, x & halfMask);
        for (var round = Rounds - 1; round >= 0; round--)
        {
            (left, right) = (right ^ Scramble(round, left), left);
        }

        return (left << halfBits) | right;
    }

    private uint Scramble(int round, uint half) => (uint)(Mix(key ^ ((ulong)(round + 1) << 32) ^ half) >> 40) & halfMask;

    /// <summary>The finalizer of SplitMix64 (Steele, Lea, Flood: "Fast Splittable Pseudorandom Number Generators", 2014).</summary>
    private static ulong Mix(ulong z)
    {
        z += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
