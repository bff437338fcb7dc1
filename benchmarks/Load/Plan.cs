using FailureHistory.Members;

namespace FailureHistory.Load;

/// <summary>What is measured.</summary>
/// <param name="Time">How long each figure.</param>
/// <param name="Runs">How often all of them.</param>
/// <param name="Members">On which members.</param>
internal sealed record Plan(TimeSpan Time, int Runs, MemberOptions Members);
