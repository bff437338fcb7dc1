namespace FailureHistory.Core.Identity;

/// <summary>How an asker names a node (R6.3): by id, by name, or by <c>hw:</c> and a hardware address.</summary>
public readonly record struct NodeReference
{
    /// <summary>What marks a reference by hardware address.</summary>
    public const string AddressPrefix = "hw:";

    /// <summary>The id asked for; where <see cref="Address"/> is set, the place of its index entry (R1.5).</summary>
    public NodeId Id { get; private init; }

    /// <summary>The hardware address asked for, or null.</summary>
    public HardwareAddress? Address { get; private init; }

    /// <summary>The reference by an id.</summary>
    public static NodeReference Of(NodeId id) => new() { Id = id };

    /// <summary>Reads a reference.</summary>
    /// <exception cref="FormatException">Empty, too long, unprintable, or a placeholder address.</exception>
    public static NodeReference Parse(string? text)
    {
        if (Printable.Fault("node", text) is { } fault)
        {
            throw new FormatException(fault);
        }

        if (!text!.StartsWith(AddressPrefix, StringComparison.OrdinalIgnoreCase))
        {
            return new NodeReference { Id = NodeNames.IdOfReference(text) };
        }

        var address = HardwareAddress.Parse(text[AddressPrefix.Length..])
            ?? throw new FormatException($"node '{text}' names no hardware address; expected hw: and an address that is no placeholder");
        return new NodeReference { Id = NodeId.OfAddress(address), Address = address };
    }
}
