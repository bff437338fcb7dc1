using System.Collections.Frozen;
using Akka.Actor;
using Akka.Configuration;
using Akka.Serialization;
using Google.Protobuf;

namespace FailureHistory.Messages.Wire;

/// <summary>
/// The only serializer of our messages (DESIGN D7): protobuf, found by a short manifest in <see cref="WireTypes"/>. Nothing is looked up by a
/// type's name, so bytes from outside can't make anything but these types (R13.1).
/// </summary>
public sealed class FailureHistorySerializer : SerializerWithStringManifest
{
    /// <summary>The serializer's number on the wire and in the journal; never to be changed (DESIGN D14).</summary>
    public const int Id = 1947;

    /// <summary>The most bytes of a message that goes over the network: well under the frame, which drops what exceeds it without a word (DESIGN D7).</summary>
    public const int MaxMessageBytes = 64_000;

    private static readonly FrozenDictionary<Type, WireType> ByType = WireTypes.All.ToFrozenDictionary(t => t.Type);
    private static readonly FrozenDictionary<string, WireType> ByManifest = WireTypes.All.ToFrozenDictionary(t => t.Manifest, StringComparer.Ordinal);

    /// <summary>Made by Akka, once for each actor system.</summary>
    public FailureHistorySerializer(ExtendedActorSystem system)
        : base(system)
    {
    }

    /// <summary>
    /// <c>hocon/serialization.conf</c>: registers this serializer, binds every type of <see cref="WireTypes"/> to it, and refuses all that no
    /// serializer is bound to. Goes in front of Akka's own configuration.
    /// </summary>
    public static Config Configuration { get; } = ReadConfiguration();

    /// <summary>
    /// This serializer for the types of <see cref="WireTypes"/> and nothing else: for actor systems of others, clients and hosted members, whose own
    /// serializers stay as they are.
    /// </summary>
    public static Config Bindings { get; } = ConfigurationFactory.ParseString($$"""
        akka.actor {
          serializers.fh = "{{typeof(FailureHistorySerializer).FullName}}, {{typeof(FailureHistorySerializer).Assembly.GetName().Name}}"
          serialization-bindings {
            {{string.Join('\n', WireTypes.All.Select(t => $"\"{t.Type.FullName}, {t.Type.Assembly.GetName().Name}\" = fh"))}}
          }
        }
        """);

    /// <summary>The bytes that a message takes on the wire.</summary>
    /// <exception cref="WireFormatException">The type is not in the register.</exception>
    public static int SizeOf(object message) => Find(message).ToWire(message).CalculateSize();

    /// <inheritdoc/>
    public override int Identifier => Id;

    /// <inheritdoc/>
    /// <exception cref="WireFormatException">The type is not in the register.</exception>
    public override string Manifest(object o) => Find(o).Manifest;

    /// <inheritdoc/>
    /// <exception cref="WireFormatException">The type is not in the register, or the message is over <see cref="MaxMessageBytes"/>.</exception>
    public override byte[] ToBinary(object obj)
    {
        var type = Find(obj);
        var message = type.ToWire(obj);
        var size = message.CalculateSize();
        if (type.Sent && size > MaxMessageBytes)
        {
            throw new WireFormatException(
                $"{type.Type.Name} has {size} bytes; expected at most {MaxMessageBytes}: remoting would drop it without a word. Send it in parts or page it");
        }

        return message.ToByteArray();
    }

    /// <inheritdoc/>
    /// <exception cref="WireFormatException">The manifest is unknown to this version, or the bytes are not what it says.</exception>
    public override object FromBinary(byte[] bytes, string manifest)
    {
        ArgumentNullException.ThrowIfNull(bytes);
        if (manifest is null || !ByManifest.TryGetValue(manifest, out var type))
        {
            throw new WireFormatException(
                $"manifest '{manifest}' ({bytes.Length} bytes) is unknown to this version: a newer member or client sent it; upgrade this one");
        }

        try
        {
            return type.FromWire(bytes);
        }
        catch (InvalidProtocolBufferException e)
        {
            throw new WireFormatException($"{type.Type.Name} (manifest '{manifest}', {bytes.Length} bytes) is corrupt: {e.Message}", e);
        }
        catch (WireFormatException e)
        {
            throw new WireFormatException($"{type.Type.Name} (manifest '{manifest}', {bytes.Length} bytes) can't be read: {e.Message}", e);
        }
    }

    private static WireType Find(object message)
    {
        ArgumentNullException.ThrowIfNull(message);
        return ByType.TryGetValue(message.GetType(), out var type)
            ? type
            : throw new WireFormatException($"{message.GetType().FullName} has no manifest; add it to {nameof(WireTypes)} and docs/WIRE.md");
    }

    private static Config ReadConfiguration()
    {
        using var stream = typeof(FailureHistorySerializer).Assembly.GetManifestResourceStream("hocon/serialization.conf")
            ?? throw new InvalidOperationException("hocon/serialization.conf is not in the assembly");
        using var reader = new StreamReader(stream);
        return ConfigurationFactory.ParseString(reader.ReadToEnd());
    }
}
