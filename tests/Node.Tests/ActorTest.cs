using Akka.Configuration;
using Akka.TestKit.Xunit2;
using FailureHistory.Messages.Wire;
using Xunit.Abstractions;

namespace FailureHistory.Node.Tests;

/// <summary>
/// An actor system as members run it, without the network: our serialization, and every message that actors send is serialized and read
/// back (<c>serialize-messages</c>), so that one that could not leave the process fails here. A message that never leaves it says so by
/// implementing <see cref="Akka.Actor.INoSerializationVerificationNeeded"/>.
/// </summary>
public abstract class ActorTest : TestKit
{
    private const string Base = """
        akka {
          loglevel = INFO
          stdout-loglevel = WARNING
          actor.serialize-messages = on
          coordinated-shutdown.run-by-actor-system-terminate = off

          # Messages of Akka's own that never leave the process, but are not marked so.
          actor.serializers.by-reference = "FailureHistory.Node.Tests.ByReferenceSerializer, FailureHistory.Node.Tests"
          actor.serialization-bindings {
            "Akka.Dispatch.SysMsg.ISystemMessage, Akka" = by-reference
            "Akka.Dispatch.SysMsg.StopChild, Akka" = by-reference
            "Akka.Actor.Identify, Akka" = by-reference
            "Akka.Actor.ActorIdentity, Akka" = by-reference
            "Akka.Actor.PoisonPill, Akka" = by-reference
          }
        }
        """;

    /// <summary>A system with the settings of a test in front of ours.</summary>
    protected ActorTest(ITestOutputHelper output, string hocon = "")
        : base(Configuration(hocon), output: output)
    {
    }

    /// <summary>The configuration of a test: its own settings, then ours.</summary>
    protected static Config Configuration(string hocon) =>
        ConfigurationFactory.ParseString(hocon).WithFallback(ConfigurationFactory.ParseString(Base)).WithFallback(FailureHistorySerializer.Configuration);
}
