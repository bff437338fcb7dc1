using System.Globalization;
using Akka.Actor;
using Akka.Dispatch;
using Akka.Event;

namespace FailureHistory.Node.Member;

/// <summary>
/// A member's log on its standard output, readable at 3 a.m.: time (UTC), level, who, what. At the level INFO only news of the service's own actors
/// is shown, of Akka's inner parts warnings and errors; with <c>akka.loglevel = DEBUG</c> everything is. Akka's own filters of sources would
/// do that too, but its standard logger then prints neither time nor level.
/// </summary>
internal sealed class OperatorLog : ReceiveActor, IRequiresMessageQueue<ILoggerMessageQueueSemantics>
{
    private readonly bool everything;

    public OperatorLog()
    {
        everything = Context.System.Settings.LogLevel.Equals("DEBUG", StringComparison.OrdinalIgnoreCase);
        Receive<InitializeLogger>(_ => Sender.Tell(new LoggerInitialized()));
        Receive<LogEvent>(Write);
    }

    /// <summary>An event as one line, its cause on those after it.</summary>
    public static string Line(LogEvent entry)
    {
        var level = entry.LogLevel().ToString().Replace("Level", string.Empty, StringComparison.Ordinal).ToUpperInvariant();
        var cause = entry.Cause is null ? string.Empty : Environment.NewLine + entry.Cause;
        return string.Create(CultureInfo.InvariantCulture, $"{entry.Timestamp:yyyy-MM-ddTHH:mm:ss.fffZ} {level} {Who(entry.LogSource)}: {entry.Message}{cause}");
    }

    /// <summary>Whether an event is shown at the level INFO.</summary>
    public static bool IsNews(LogEvent entry) =>
        entry.LogLevel() > Akka.Event.LogLevel.InfoLevel || entry.LogClass?.Namespace?.StartsWith("FailureHistory", StringComparison.Ordinal) == true;

    private void Write(LogEvent entry)
    {
        if (everything || IsNews(entry))
        {
            Console.WriteLine(Line(entry));
        }
    }

    // The actor's path without the system, which is always the same.
    private static string Who(string source)
    {
        var at = source.IndexOf("/user/", StringComparison.Ordinal);
        at = at < 0 ? source.IndexOf("/system/", StringComparison.Ordinal) : at;
        return at < 0 ? source : source[at..];
    }
}
