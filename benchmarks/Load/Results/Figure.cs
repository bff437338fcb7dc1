namespace FailureHistory.Load;

/// <summary>One figure: a rate, and how long single calls took.</summary>
/// <param name="Name">What was done.</param>
/// <param name="PerSecond">Observations, questions, rows or syncs a second.</param>
/// <param name="P50Ms">Half of the calls were answered within so many milliseconds.</param>
/// <param name="P99Ms">99 of 100 were.</param>
/// <param name="Calls">Calls that were answered well.</param>
/// <param name="Errors">Calls that were not.</param>
/// <param name="Faults">What was wrong with them.</param>
internal sealed record Figure(string Name, double PerSecond, double? P50Ms, double? P99Ms, long Calls, int Errors, IReadOnlyList<string> Faults);

/// <summary>All figures of one run, and how busy the machine was.</summary>
/// <param name="Began">When.</param>
/// <param name="LoadBefore">Processes that wanted a core in the minute before (the system's load average).</param>
/// <param name="Figures">What was measured, in order.</param>
/// <param name="ReadBack">Nodes that were read back.</param>
/// <param name="Wrong">Those of them that were not as acknowledged.</param>
internal sealed record Run(DateTimeOffset Began, double? LoadBefore, IReadOnlyList<Figure> Figures, int ReadBack, IReadOnlyList<string> Wrong);
