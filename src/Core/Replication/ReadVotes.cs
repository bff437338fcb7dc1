using FailureHistory.Core.Identity;
using FailureHistory.Core.Ring;

namespace FailureHistory.Core.Replication;

/// <summary>What a copy says that it stores of one node.</summary>
/// <param name="Member">Whose copy.</param>
/// <param name="Digest">The digest of the node's observations and tombstones.</param>
/// <param name="Count">How many observations there are.</param>
public readonly record struct NodeDigest(MemberId Member, ulong Digest, long Count);

/// <summary>What a majority's digests tell.</summary>
public enum MajorityReading
{
    /// <summary>None of them stores anything: not found (R6.6).</summary>
    NotFound,

    /// <summary>They agree: any of them answers for all.</summary>
    Agreed,

    /// <summary>They differ: what they store is to be merged.</summary>
    Differing,
}

/// <summary>
/// The answers to a read with <c>majority</c> (R6.5, R9.9): a majority of the replica set, each given under the version of the ring that was asked
/// under, by a copy that counts (<see cref="CopyReadiness.Counts"/>). Members that are down or still fetching count in the set's size.
/// </summary>
/// <param name="replicas">How many replicas there are.</param>
/// <param name="ringVersion">The version asked under.</param>
public sealed class ReadVotes(int replicas, long ringVersion)
{
    private readonly List<NodeDigest> digests = [];

    /// <summary>How many replicas there are.</summary>
    public int Replicas => replicas;

    /// <summary>The version asked under.</summary>
    public long RingVersion => ringVersion;

    /// <summary>The answers that count, in the order in which they came.</summary>
    public IReadOnlyList<NodeDigest> Digests => digests;

    /// <summary>Whether they are a majority.</summary>
    public bool IsMajority => digests.Count >= Segments.Majority(replicas);

    /// <summary>What they tell, once they are a majority.</summary>
    public MajorityReading Reading =>
        digests.TrueForAll(d => d.Count == 0) ? MajorityReading.NotFound
        : digests.TrueForAll(d => d.Digest == digests[0].Digest) ? MajorityReading.Agreed
        : MajorityReading.Differing;

    /// <summary>Takes an answer in; true once they are a majority.</summary>
    public bool Take(NodeDigest answer, bool counts, long version)
    {
        if (counts && version == ringVersion && !IsMajority && !digests.Exists(d => d.Member == answer.Member))
        {
            digests.Add(answer);
        }

        return IsMajority;
    }

    /// <summary>Of answers that differ, one of each content, in the given order: merged they are what the majority stores.</summary>
    public static IEnumerable<NodeDigest> ToMerge(IEnumerable<NodeDigest> answers) => answers.DistinctBy(d => d.Digest);
}

/// <summary>
/// The answers to a read with <c>one</c>: the first complete copy that knows the node answers for itself (R6.5); that it is unknown takes a majority
/// of copies that would know (R6.6).
/// </summary>
/// <param name="replicas">How many replicas there are.</param>
/// <param name="ringVersion">The version asked under.</param>
public sealed class UnknownVotes(int replicas, long ringVersion)
{
    private int unknown;

    /// <summary>A copy does not know the node; true when it is not found.</summary>
    public bool Take(bool counts, long version)
    {
        if (counts && version == ringVersion)
        {
            unknown++;
        }

        return unknown >= Segments.Majority(replicas);
    }
}
