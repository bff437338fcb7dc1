using FailureHistory.Core.Identity;
using FailureHistory.Core.Ring;

namespace FailureHistory.Core.Replication;

/// <summary>What came of comparing a copy with a peer's by digest.</summary>
public enum Compared
{
    /// <summary>The journal of the copy that was asked is still being read.</summary>
    Unavailable,

    /// <summary>Both hold the same: they have merged.</summary>
    Equal,

    /// <summary>They differ: who asked pulls, and in a round both do.</summary>
    Differing,
}

/// <summary>Who compares a segment's copy with whom, and what a comparison tells (R9.4, R9.5).</summary>
public static class DigestComparison
{
    /// <summary>Whether a copy asks the others at once, before the next round: it does not answer yet, or not for all.</summary>
    public static bool IsUrgent(CopyStatus ours) => ours.Phase != CopyPhase.Recovering && (ours.Phase == CopyPhase.Fetching || !ours.Complete || !ours.Counts);

    /// <summary>Whoever else holds the segment; for a copy that does not count also those that held it under the version before: from them a gained segment is fetched.</summary>
    public static IEnumerable<MemberId> Peers(RingView ring, MemberId self, int segment, CopyStatus ours) =>
        ring.Placement.Replicas(segment).Concat(ours.Counts ? [] : ring.Previous?.Replicas(segment) ?? []).Distinct().Where(m => m != self);

    /// <summary>What our copy tells a peer that holds contents of this digest.</summary>
    public static Compared With(CopyStatus ours, ulong theirs) =>
        ours.Phase == CopyPhase.Recovering ? Compared.Unavailable : ours.Digest == theirs ? Compared.Equal : Compared.Differing;

    /// <summary>Whether a peer that holds the same as our copy may rest on it, under the version that this member answers for.</summary>
    public static bool Vouches(CopyStatus ours, long ringVersion) => ours.Vouches && ours.RingVersion == ringVersion;
}
