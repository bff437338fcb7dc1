using FailureHistory.Core.Time;

namespace FailureHistory.Messages.Wire;

/// <summary>Pinning.cs to and from public.proto.</summary>
public static class PinningMapping
{
    internal static PinInfoP ToWire(PinInfo pin) => new() { Reason = pin.Reason, By = pin.By, Since = pin.Since.Ticks };

    internal static PinInfo FromWire(PinInfoP wire) => new(wire.Reason, wire.By, new Stamp(wire.Since));

    /// <summary>As it travels.</summary>
    public static PinNodeP ToWire(this PinNode message)
    {
        var wire = new PinNodeP { Node = message.Node, Reason = message.Reason };
        if (message.By is not null)
        {
            wire.By = message.By;
        }

        return wire;
    }

    /// <summary>As it came.</summary>
    public static PinNode ToRecord(this PinNodeP wire) => new(wire.Node, wire.Reason, wire.HasBy ? wire.By : null);

    /// <summary>As it travels.</summary>
    public static UnpinNodeP ToWire(this UnpinNode message)
    {
        var wire = new UnpinNodeP { Node = message.Node };
        if (message.By is not null)
        {
            wire.By = message.By;
        }

        return wire;
    }

    /// <summary>As it came.</summary>
    public static UnpinNode ToRecord(this UnpinNodeP wire) => new(wire.Node, wire.HasBy ? wire.By : null);

    /// <summary>As it travels.</summary>
    public static PinChangedP ToWire(this PinChanged message) =>
        new() { Node = CommonMapping.ToWire(message.Node), Pinned = message.Pinned is { } pin ? ToWire(pin) : null };

    /// <summary>As it came.</summary>
    public static PinChanged ToRecord(this PinChangedP wire) => new(CommonMapping.FromWire(wire.Node), wire.Pinned is { } pin ? FromWire(pin) : null);

    /// <summary>As it travels.</summary>
    public static NodeIsPinnedP ToWire(this NodeIsPinned message) => new() { Node = CommonMapping.ToWire(message.Node), Pin = ToWire(message.Pin) };

    /// <summary>As it came.</summary>
    public static NodeIsPinned ToRecord(this NodeIsPinnedP wire) => new(CommonMapping.FromWire(wire.Node), FromWire(CommonMapping.Need(wire.Pin, "pin")));
}
