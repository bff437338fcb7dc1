using FailureHistory.Simulator.Members;

namespace FailureHistory.Simulator.Mutations;

/// <summary>The decisions that are broken on purpose, by name.</summary>
internal static class Mutation
{
    public static IReadOnlyList<Decisions> All { get; } = [];

    public static Decisions? ByName(string name) => All.FirstOrDefault(m => m.Name == name);
}
