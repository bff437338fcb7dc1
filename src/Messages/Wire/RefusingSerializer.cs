using Akka.Actor;
using Akka.Configuration;
using Akka.Serialization;

namespace FailureHistory.Messages.Wire;

/// <summary>
/// Stands in for the serializers that make whatever type the bytes name (JSON, Akka's generic protobuf, remote deployment) and for "no
/// serializer at all": refuses to write and to read, naming the type and what to do (DESIGN D7, R13.1).
/// </summary>
/// <remarks>
/// Registered under the identifiers of those that it replaces, because a peer chooses by identifier what reads its bytes:
/// <c>akka.actor.serialization-settings.NAME.identifier</c>.
/// </remarks>
public sealed class RefusingSerializer : Serializer
{
    private readonly int identifier;

    /// <summary>Made by Akka.</summary>
    /// <param name="system">The actor system.</param>
    /// <param name="settings">Has the key <c>identifier</c>.</param>
    public RefusingSerializer(ExtendedActorSystem system, Config settings)
        : base(system)
    {
        ArgumentNullException.ThrowIfNull(settings);
        identifier = settings.GetInt("identifier", -1);
        if (identifier < 0)
        {
            throw new ConfigurationException("a refusing serializer needs akka.actor.serialization-settings.<its name>.identifier");
        }
    }

    /// <inheritdoc/>
    public override int Identifier => identifier;

    /// <inheritdoc/>
    public override bool IncludeManifest => true;

    /// <summary>Always throws.</summary>
    /// <exception cref="WireFormatException">Names the type.</exception>
    public override byte[] ToBinary(object obj) => throw new WireFormatException(
        $"{obj?.GetType().FullName ?? "null"} has no serializer, and nothing may leave this process without one. "
        + $"A message of ours: add it to {nameof(WireTypes)} and hocon/serialization.conf. Else bind its type to a serializer in akka.actor.serialization-bindings");

    /// <summary>Always throws.</summary>
    /// <exception cref="WireFormatException">Names the type.</exception>
    public override object FromBinary(byte[] bytes, Type type) => throw new WireFormatException(
        $"{type?.FullName ?? "a message without a type"} came for serializer {identifier}, which is refused here because it makes whatever type the bytes name; "
        + "the sender must run with hocon/serialization.conf too");
}
