using System.Diagnostics;

namespace FailureHistory.Faults.Driving;

/// <summary>How long a request may take in all, with everybody who is asked and every time it is asked again.</summary>
internal sealed class Deadline
{
    /// <summary>Ten seconds.</summary>
    public static readonly TimeSpan Span = TimeSpan.FromSeconds(10);

    /// <summary>Before a loop asks again.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private readonly long begun = Stopwatch.GetTimestamp();

    public bool IsOver => Stopwatch.GetElapsedTime(begun) > Span;
}
