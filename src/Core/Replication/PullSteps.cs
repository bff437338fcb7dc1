using FailureHistory.Core.Identity;

namespace FailureHistory.Core.Replication;

/// <summary>What a pull does next.</summary>
public abstract record PullStep;

/// <summary>Ask the peer for the page of its node digests after this node, or the first.</summary>
public sealed record AskDigests(NodeId? After) : PullStep;

/// <summary>Ask the peer for what it stores of these nodes, after the cursor of the page before (empty for the first).</summary>
public sealed record AskNodes(IReadOnlyList<NodeId> Nodes, string Cursor) : PullStep;

/// <summary>Write to the log, and apply, what the page holds; then <see cref="PullSteps.OnStored"/>.</summary>
public sealed record StorePage : PullStep;

/// <summary>It is over.</summary>
/// <param name="Merged">Whether all that the peer held is here too.</param>
/// <param name="Counts">Whether the peer's copy vouched, from the first page to the last (<see cref="CopyReadiness.Vouches"/>).</param>
public sealed record PullOver(bool Merged, bool Counts) : PullStep;

/// <summary>
/// The steps of pulling what a peer's copy of a segment has more than ours (R9.4, R9.5): pages of its node digests, then pages of the observations
/// of the nodes that differ, each stored before the next is asked for. Answers in, one step out.
/// </summary>
/// <param name="machine">Our copy.</param>
/// <param name="ringVersion">The version of the ring that the pull is under; a peer on another ends it, and it begins anew once both agree.</param>
public sealed class PullSteps(SegmentMachine machine, long ringVersion)
{
    /// <summary>The nodes asked for in one go.</summary>
    public const int NodesAtATime = 200;

    private readonly Queue<NodeId> differing = new();
    private IReadOnlyList<NodeId> asked = [];
    private NodeId? after;
    private bool lastDigests;
    private bool counts = true;
    private string cursor = string.Empty;

    /// <summary>Begins.</summary>
    public PullStep Start() => new AskDigests(after);

    /// <summary>A page of the peer's digests.</summary>
    /// <param name="version">The peer's version of the ring.</param>
    /// <param name="digests">The nodes, ascending, and the digests of what the peer stores of them.</param>
    /// <param name="isLast">Whether no page follows.</param>
    /// <param name="vouches">Whether the peer's copy vouches. Who came to vouch between two pages did not yet when it listed the first.</param>
    public PullStep OnDigests(long version, IEnumerable<(NodeId Node, ulong Digest)> digests, bool isLast, bool vouches)
    {
        if (version != ringVersion)
        {
            return new PullOver(false, false);
        }

        counts &= vouches;
        foreach (var (node, digest) in digests)
        {
            if (machine.DigestOf(node) != digest)
            {
                differing.Enqueue(node);
            }

            after = node;
        }

        lastDigests = isLast;
        return NextNodes();
    }

    /// <summary>A page of observations.</summary>
    /// <param name="isEmpty">Whether there is nothing to store in it.</param>
    /// <param name="next">The cursor of the page that follows; empty for none.</param>
    public PullStep OnPage(bool isEmpty, string next)
    {
        cursor = next;
        return isEmpty ? OnStored(true) : new StorePage();
    }

    /// <summary>The page is in the log, or was refused.</summary>
    public PullStep OnStored(bool stored)
    {
        if (!stored)
        {
            return new PullOver(false, counts);
        }

        return cursor.Length > 0 ? new AskNodes(asked, cursor) : NextNodes();
    }

    private PullStep NextNodes()
    {
        if (differing.Count == 0)
        {
            return lastDigests ? new PullOver(true, counts) : new AskDigests(after);
        }

        var next = new List<NodeId>(Math.Min(NodesAtATime, differing.Count));
        while (next.Count < NodesAtATime && differing.TryDequeue(out var node))
        {
            next.Add(node);
        }

        asked = next;
        cursor = string.Empty;
        return new AskNodes(asked, cursor);
    }
}
