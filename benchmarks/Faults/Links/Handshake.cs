using Google.Protobuf;

namespace FailureHistory.Faults.Links;

/// <summary>
/// Who connects: the first frame of an Akka remoting connection, after its length in four bytes (little-endian), is an AkkaProtocolMessage whose
/// instruction (2) holds a handshake (2), that the address (1) of the origin, and that the port (3).
/// </summary>
internal static class Handshake
{
    /// <summary>The port that the one who connects is known by; null where the frame is none such.</summary>
    public static int? OriginPort(byte[] frame)
    {
        var address = Within(Within(Within(frame, 2), 2), 1);
        if (address is null)
        {
            return null;
        }

        var input = new CodedInputStream(address);
        while (input.ReadTag() is var tag and not 0)
        {
            if (WireFormat.GetTagFieldNumber(tag) == 3)
            {
                return (int)input.ReadUInt32();
            }

            input.SkipLastField();
        }

        return null;
    }

    private static byte[]? Within(byte[]? message, int field)
    {
        if (message is null)
        {
            return null;
        }

        var input = new CodedInputStream(message);
        while (input.ReadTag() is var tag and not 0)
        {
            if (WireFormat.GetTagFieldNumber(tag) == field && WireFormat.GetTagWireType(tag) == WireFormat.WireType.LengthDelimited)
            {
                return input.ReadBytes().ToByteArray();
            }

            input.SkipLastField();
        }

        return null;
    }
}
