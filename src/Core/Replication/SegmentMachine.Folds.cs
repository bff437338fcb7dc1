using FailureHistory.Core.History;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Retention;

namespace FailureHistory.Core.Replication;

/// <summary>Which of a segment's histories are folded up to where (R10.3).</summary>
public sealed partial class SegmentMachine
{
    private readonly Dictionary<NodeId, Fold> folds = [];

    /// <summary>Takes in a fold, which must be of this segment, and drops what it drops; false when another one counts, or a removal took it.</summary>
    public bool Apply(Fold fold)
    {
        if (!fold.Supersedes(folds.GetValueOrDefault(fold.Node)) || tombstones.GetValueOrDefault(fold.Node, []).Any(fold.IsRemovedBy))
        {
            return false;
        }

        SetFold(fold.Node, fold);
        if (logs.TryGetValue(fold.Node, out var log))
        {
            var left = Decode(log);
            if (left.RemoveAll(o => fold.Removes(o, ObservationHash.Digest(o))) > 0)
            {
                Touch(Rewrite(log, left));
                RenewVocabulary();
            }
        }

        return true;
    }

    /// <summary>The fold of a node, or null.</summary>
    public Fold? FoldOf(NodeId node) => folds.GetValueOrDefault(node);

    private bool IsFolded(Observation observation) =>
        folds.TryGetValue(observation.Node, out var fold) && fold.Removes(observation, ObservationHash.Digest(observation));

    private void DropFoldRemovedBy(Tombstone tombstone)
    {
        if (folds.TryGetValue(tombstone.Node, out var fold) && fold.IsRemovedBy(tombstone))
        {
            SetFold(tombstone.Node, null);
        }
    }

    private void SetFold(NodeId node, Fold? next)
    {
        Digest -= FoldDigest(node);
        if (next is null)
        {
            folds.Remove(node);
        }
        else
        {
            folds[node] = next;
        }

        Digest += FoldDigest(node);
        sortedNodes = null;
    }

    private ulong FoldDigest(NodeId node) => folds.TryGetValue(node, out var fold) ? ObservationHash.Digest(fold) : 0;
}
