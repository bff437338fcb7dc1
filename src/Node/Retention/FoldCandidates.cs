using FailureHistory.Core.Identity;
using FailureHistory.Core.Replication;
using FailureHistory.Core.Retention;
using FailureHistory.Core.Time;
using FailureHistory.Node.Member;
using FailureHistory.Node.Queries;

namespace FailureHistory.Node.Retention;

/// <summary>Which nodes of a segment's copy have something to fold (R10.3). A node whose contents did not change is not looked at twice for one day. Reads frozen views, on any thread, one look at a time.</summary>
internal sealed class FoldCandidates(MemberContext context)
{
    /// <summary>Fewer observations than this are not worth a fold.</summary>
    public const int Least = 16;

    private readonly Lock door = new();
    private readonly Dictionary<NodeId, (ulong Digest, Stamp Until)> nothing = [];

    /// <summary>What is older than <c>full-detail</c> is folded once none of it was received for a <c>fold-interval</c>.</summary>
    public static Stamp QuietSince(MemberContext context) => context.Now - context.Settings.FoldInterval;

    /// <summary>The nodes; at most <paramref name="max"/>.</summary>
    public IReadOnlyList<NodeId> Of(IReadOnlyList<NodeView> copy, Stamp until, int max)
    {
        lock (door)
        {
            return Find(copy, until, max);
        }
    }

    private List<NodeId> Find(IReadOnlyList<NodeView> copy, Stamp until, int max)
    {
        if (nothing.Count > 2 * copy.Count)
        {
            nothing.Clear(); // most of it was removed
        }

        var found = new List<NodeId>();
        var quietSince = QuietSince(context);
        foreach (var view in copy)
        {
            var (node, digest) = (view.Node, view.Digest);
            if (view.Count < Least || (nothing.TryGetValue(node, out var known) && known == (digest, until)))
            {
                continue;
            }

            var source = view.ToSource();
            if (source.Observations.Any(o => o.At < until && o.ReceivedAt > quietSince))
            {
                continue; // not yet
            }

            if (Folding.Make(source, until, Replies.Options(context), context.Settings.FailedThreshold, quietSince, Least) is null)
            {
                nothing[node] = (digest, until);
                continue;
            }

            found.Add(node);
            if (found.Count == max)
            {
                break;
            }
        }

        return found;
    }
}
