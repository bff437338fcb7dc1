using FailureHistory.Members;

namespace FailureHistory.Load;

/// <summary>What is measured, and how.</summary>
/// <param name="Time">How long each figure that is a rate.</param>
/// <param name="Runs">How often all of them, each time on new members.</param>
/// <param name="Nodes">Over how many nodes reports are spread; null for what the measurement says.</param>
/// <param name="Each">How many observations of each node, where a measurement stores so many; null for what it says.</param>
/// <param name="Observations">How many observations are stored before members are started again.</param>
/// <param name="Members">On which members.</param>
/// <param name="Only">Of the rates those whose name has this in it; null for all.</param>
internal sealed record Plan(TimeSpan Time, int Runs, int? Nodes, int? Each, int Observations, MemberOptions Members, string? Only)
{
    public const int DefaultNodes = 100_000;

    public int NodesOr(int otherwise) => Nodes ?? otherwise;
}
