using System.CommandLine;

namespace FailureHistory.Simulator;

/// <summary>The simulator's command line.</summary>
internal static class SimulatorApp
{
    public static int Run(string[] args) => new RootCommand("Simulates failures, their detectors, and members under faults, from a seed.").Parse(args).Invoke();
}
