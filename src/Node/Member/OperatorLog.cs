using Akka.Actor;
using Akka.Configuration;
using Akka.Dispatch;
using Akka.Event;
using FailureHistory.Node.Configuration;
using FailureHistory.Node.Telemetry;

namespace FailureHistory.Node.Member;

/// <summary>
/// A member's log on its standard output, readable at 3 a.m. or, with <c>failure-history.output = json</c>, by programs. At the level INFO only news
/// of the service's own actors is shown, of Akka's inner parts warnings and errors; with <c>akka.loglevel = DEBUG</c> everything is. Akka's own
/// filters of sources would do that too, but its standard logger then prints neither time nor level.
/// </summary>
internal sealed class OperatorLog : ReceiveActor, IRequiresMessageQueue<ILoggerMessageQueueSemantics>
{
    private readonly bool everything;
    private readonly OutputFormat format;

    public OperatorLog()
    {
        everything = Context.System.Settings.LogLevel.Equals("DEBUG", StringComparison.OrdinalIgnoreCase);
        format = NodeSettings.OutputOf(Context.System.Settings.Config);
        Receive<InitializeLogger>(_ => Sender.Tell(new LoggerInitialized()));
        Receive<LogEvent>(Write);
    }

    /// <summary>An event as it is written.</summary>
    public static OperatorEntry Entry(LogEvent entry)
    {
        var level = entry.LogLevel().ToString().Replace("Level", string.Empty, StringComparison.Ordinal).ToUpperInvariant();
        var message = entry.Message as LogMessage;
        return new OperatorEntry(
            entry.Timestamp, level, Who(entry.LogSource), entry.Message.ToString() ?? string.Empty, message?.Format,
            [.. message?.GetProperties().Select(pair => KeyValuePair.Create(pair.Key, (object?)pair.Value)) ?? []], entry.Cause);
    }

    /// <summary>Whether an event is shown at the level INFO.</summary>
    public static bool IsNews(LogEvent entry) =>
        entry.LogLevel() > Akka.Event.LogLevel.InfoLevel || entry.LogClass?.Namespace?.StartsWith("FailureHistory", StringComparison.Ordinal) == true;

    private void Write(LogEvent entry)
    {
        if (everything || IsNews(entry))
        {
            Console.WriteLine(Entry(entry).ToText(format));
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

/// <summary>The same before the actor system has loggers and after they are gone; the form is a matter of the class, since it is not told the configuration.</summary>
internal abstract class EarlyAndLateLog(OutputFormat format) : MinimalLogger
{
    /// <summary>The one for a form, as a setting.</summary>
    public static Config Setting(OutputFormat format) => ConfigurationFactory.ParseString(
        $"akka.stdout-logger-class = \"{(format == OutputFormat.Json ? typeof(JsonEarlyAndLateLog) : typeof(TextEarlyAndLateLog)).AssemblyQualifiedName}\"");

    protected override void Log(object message)
    {
        // Whatever was addressed to the loggers themselves while they stop is no news.
        if (message is LogEvent entry && OperatorLog.IsNews(entry))
        {
            Console.WriteLine(OperatorLog.Entry(entry).ToText(format));
        }
    }
}

/// <summary>For people.</summary>
internal sealed class TextEarlyAndLateLog() : EarlyAndLateLog(OutputFormat.Text);

/// <summary>For programs.</summary>
internal sealed class JsonEarlyAndLateLog() : EarlyAndLateLog(OutputFormat.Json);
