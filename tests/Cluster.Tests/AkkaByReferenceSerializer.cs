using System.Collections.Concurrent;
using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Configuration;
using Akka.Serialization;

namespace FailureHistory.Cluster.Tests;

/// <summary>
/// For <c>serialize-messages = on</c> in a whole member: stands where the refusing serializer stands. Messages of Akka's own that never leave
/// the process, but are not marked so, pass as a claim ticket for the object itself; anything else is refused, and noted.
/// </summary>
public sealed class AkkaByReferenceSerializer(ExtendedActorSystem system, Config settings) : Serializer(system)
{
    /// <summary>Its settings, with the check switched on.</summary>
    public const string Settings = """
        akka.actor.serialize-messages = on
        akka.actor.serializers.fh-refuse = "FailureHistory.Cluster.Tests.AkkaByReferenceSerializer, FailureHistory.Cluster.Tests"

        # What a member asks its own replicator, and is told by it: Akka's serializer knows no keys but its own, and none of it leaves.
        akka.actor.serialization-bindings {
          "Akka.DistributedData.Subscribe, Akka.DistributedData" = fh-refuse
          "Akka.DistributedData.Changed, Akka.DistributedData" = fh-refuse
          "Akka.DistributedData.Get, Akka.DistributedData" = fh-refuse
          "Akka.DistributedData.GetSuccess, Akka.DistributedData" = fh-refuse
          "Akka.DistributedData.GetFailure, Akka.DistributedData" = fh-refuse
          "Akka.DistributedData.NotFound, Akka.DistributedData" = fh-refuse
          "Akka.DistributedData.Update, Akka.DistributedData" = fh-refuse
          "Akka.DistributedData.UpdateSuccess, Akka.DistributedData" = fh-refuse
          "Akka.DistributedData.UpdateTimeout, Akka.DistributedData" = fh-refuse
        }
        """;

    private static readonly ConcurrentDictionary<Guid, object> Left = new();

    /// <summary>The types that have neither a wire form nor a mark that they never leave, and who sent them.</summary>
    public static ConcurrentDictionary<string, int> Refused { get; } = new();

    /// <summary>The types that passed by reference, so that a test can show that the check was on.</summary>
    public static ConcurrentDictionary<string, int> Passed { get; } = new();

    /// <inheritdoc/>
    public override int Identifier { get; } = settings.GetInt("identifier");

    /// <inheritdoc/>
    public override bool IncludeManifest => false;

    /// <inheritdoc/>
    public override byte[] ToBinary(object obj)
    {
        var type = obj.GetType();
        var isAkkas = (type.Assembly.GetName().Name ?? string.Empty).StartsWith("Akka", StringComparison.Ordinal) && !MentionsOurs(type);
        if (!isAkkas && type != typeof(Exception[])) // in the failure by which Akka tells itself that nobody takes a connection
        {
            Refused.AddOrUpdate($"{type}, sent from{Environment.NewLine}{Environment.StackTrace}", 1, (_, n) => n + 1);
            throw new SerializationException($"{type} has no serializer");
        }

        Passed.AddOrUpdate(type.ToString(), 1, (_, n) => n + 1);
        var ticket = Guid.NewGuid();
        Left[ticket] = obj;
        return ticket.ToByteArray();
    }

    /// <inheritdoc/>
    public override object FromBinary(byte[] bytes, Type type) =>
        Left.TryRemove(new Guid(bytes), out var obj) ? obj : throw new SerializationException("this ticket was claimed before");

    private static bool MentionsOurs(Type type) => type.IsGenericType && type.GetGenericArguments().Any(a => a.Assembly == typeof(AkkaByReferenceSerializer).Assembly);
}
