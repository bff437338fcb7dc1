using System.Collections.Concurrent;
using Akka.Actor;
using Akka.Serialization;

namespace FailureHistory.Node.Tests;

/// <summary>Lets messages of Akka's own that never leave the process pass through <c>serialize-messages</c>: the bytes are a claim ticket for the object itself.</summary>
public sealed class ByReferenceSerializer(ExtendedActorSystem system) : Serializer(system)
{
    private readonly ConcurrentDictionary<Guid, object> left = new();

    /// <inheritdoc/>
    public override int Identifier => 19_480;

    /// <inheritdoc/>
    public override bool IncludeManifest => false;

    /// <inheritdoc/>
    public override byte[] ToBinary(object obj)
    {
        var ticket = Guid.NewGuid();
        left[ticket] = obj;
        return ticket.ToByteArray();
    }

    /// <inheritdoc/>
    public override object FromBinary(byte[] bytes, Type type) =>
        left.TryRemove(new Guid(bytes), out var obj) ? obj : throw new InvalidOperationException("this ticket was claimed before");
}
