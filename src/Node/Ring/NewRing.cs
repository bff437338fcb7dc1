using System.Security.Cryptography;
using FailureHistory.Core.Ring;
using FailureHistory.Messages.Wire;
using FailureHistory.Node.Member;

namespace FailureHistory.Node.Ring;

/// <summary>The first version of a ring: of this member alone (R9.2).</summary>
internal static class NewRing
{
    /// <summary>Puts it in force at this member and returns the id of the cluster, drawn for it.</summary>
    public static UInt128 Form(MemberContext context)
    {
        Span<byte> random = stackalloc byte[16];
        RandomNumberGenerator.Fill(random);
        var clusterId = new UInt128(BitConverter.ToUInt64(random), BitConverter.ToUInt64(random[8..]));
        var self = new RingMember(context.Id, context.Settings.Zone, context.Name, context.Peers.SelfAddress.ToString());
        context.System.ActorSelection("/user/fh-ring").Tell(new RingInForce { Record = RingChanges.Form(clusterId, self, context.Settings.ReplicationFactor).ToWire() });
        return clusterId;
    }
}
