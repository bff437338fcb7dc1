namespace FailureHistory.Fhs;

/// <summary>What surrounds a run of <c>fhs</c>, so that a test can put its own in place.</summary>
/// <param name="Output">Where answers go.</param>
/// <param name="Error">Where failures and progress go.</param>
/// <param name="OpenInput">Opens the standard input.</param>
/// <param name="Variable">Reads an environment variable; null when it is not set.</param>
/// <param name="Time">The clock that waits and rates are measured by.</param>
internal sealed record FhsEnvironment(
    TextWriter Output, TextWriter Error, Func<Stream> OpenInput, Func<string, string?> Variable, TimeProvider Time);
