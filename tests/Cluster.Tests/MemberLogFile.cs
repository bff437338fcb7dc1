using System.Collections.Concurrent;
using Akka.Actor;
using Akka.Dispatch;
using Akka.Event;

namespace FailureHistory.Cluster.Tests;

/// <summary>Keeps what members log, by the address of their system, so that a test that fails can show the last lines.</summary>
public sealed class MemberLogFile : ReceiveActor, IRequiresMessageQueue<ILoggerMessageQueueSemantics>
{
    private const int Kept = 200;
    private static readonly ConcurrentQueue<string> Lines = new();

    /// <summary>Made by Akka, once for each actor system.</summary>
    public MemberLogFile()
    {
        var provider = ((ExtendedActorSystem)Context.System).Provider; // it has no address yet: loggers start first
        Receive<InitializeLogger>(_ => Sender.Tell(new LoggerInitialized()));
        Receive<LogEvent>(e =>
        {
            Lines.Enqueue($"{e.Timestamp:HH:mm:ss.fff} {provider.DefaultAddress?.Port} {e.LogLevel()} {e.LogSource}: {e.Message} {e.Cause?.Message}{(e.Cause?.InnerException is { } inner ? " <- " + inner.Message : string.Empty)}");
            while (Lines.Count > Kept)
            {
                Lines.TryDequeue(out _);
            }
        });
    }

    /// <summary>The last lines of all members of this process.</summary>
    public static string Last(int count) => string.Join('\n', Lines.TakeLast(count));
}
