using Akka.Event;

namespace FailureHistory.Node.Member;

/// <summary>
/// Keeps a member's log readable at 3 a.m.: at the level INFO only news of the service's own actors is shown, of Akka's inner parts warnings and
/// errors. With <c>akka.loglevel = DEBUG</c> everything is.
/// </summary>
internal sealed class OwnNews : LogFilterBase
{
    public override LogFilterType FilterType => LogFilterType.Source;

    public override LogFilterDecision ShouldKeepMessage(LogEvent content, string? expandedMessage = null) =>
        content.LogLevel() > Akka.Event.LogLevel.InfoLevel || content.LogClass?.Namespace?.StartsWith("FailureHistory", StringComparison.Ordinal) == true
            ? LogFilterDecision.Keep
            : LogFilterDecision.Drop;
}
