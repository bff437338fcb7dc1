using FailureHistory.Core.Identity;
using FailureHistory.Core.Retention;
using FailureHistory.Core.Time;

namespace FailureHistory.Core.Replication;

/// <summary>Which of a segment's nodes are pinned (R10.1): beside the tombstones, and like them part of the contents that replicas compare.</summary>
public sealed partial class SegmentMachine
{
    private readonly Dictionary<NodeId, Pin> pins = [];

    /// <summary>Takes in a pin, or the end of one, which must be of this segment; false when what is known of the node counts and not this.</summary>
    public bool Apply(Pin pin)
    {
        var known = pins.GetValueOrDefault(pin.Node);
        if (!pin.Supersedes(known))
        {
            return false;
        }

        SetPin(pin.Node, pin);
        return true;
    }

    /// <summary>The pin of a node, or its end; null where it was never pinned.</summary>
    public Pin? PinOf(NodeId node) => pins.GetValueOrDefault(node);

    private void SetPin(NodeId node, Pin? next)
    {
        Digest -= PinDigest(node);
        if (next is null)
        {
            pins.Remove(node);
        }
        else
        {
            pins[node] = next;
        }

        Digest += PinDigest(node);
        sortedNodes = null;
    }

    private void DropEndedPinsBefore(Stamp oldest)
    {
        foreach (var ended in pins.Values.Where(p => !p.IsPinned && p.At < oldest).ToList())
        {
            SetPin(ended.Node, null);
        }
    }

    private ulong PinDigest(NodeId node) => pins.TryGetValue(node, out var pin) ? ObservationHash.Digest(pin) : 0;
}
