using FailureHistory.Core.Notifications;

namespace FailureHistory.Node.Configuration;

/// <summary>The keys below <c>failure-history.notifications</c>, explained in <c>hocon/reference.conf</c>.</summary>
public sealed record NotificationSettings
{
    /// <summary>How much later than the replica before it each replica raises (R8.6).</summary>
    public required TimeSpan RaiseStep { get; init; }

    /// <summary>How often the numbers of what was raised are compared (R8.3).</summary>
    public required TimeSpan CheckInterval { get; init; }

    /// <summary>When a crossing counts.</summary>
    public required CrossingRules Rules { get; init; }

    /// <summary>How long a subscriber may be away without a gap (R8.3).</summary>
    public required TimeSpan Replay { get; init; }

    /// <summary>Items that a subscriber may leave unseen (R8.5).</summary>
    public required int Window { get; init; }

    /// <summary>Crossings that may wait behind them (R8.5).</summary>
    public required int Queue { get; init; }

    /// <summary>Fault for tests: every n-th batch is published to nobody; 0 for none.</summary>
    public required int DropOneIn { get; init; }

    /// <summary>Fault for tests: this member raises nothing.</summary>
    public required bool NeverRaise { get; init; }

    internal static NotificationSettings From(SettingsReader read) => new()
    {
        RaiseStep = read.Span("notifications.raise-step"),
        CheckInterval = read.Span("notifications.check-interval"),
        Rules = new CrossingRules(read.Span("notifications.late-after"), read.Span("notifications.late-hold")),
        Replay = read.Span("notifications.replay"),
        Window = read.Whole("notifications.window", 10, 1_000_000),
        Queue = read.Whole("notifications.queue", 10, 10_000_000),
        DropOneIn = read.Whole("notifications.drop-one-in", 0, 1_000_000),
        NeverRaise = read.Switch("notifications.never-raise"),
    };
}
