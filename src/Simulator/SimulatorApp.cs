using System.CommandLine;
using FailureHistory.Simulator.Commands;

namespace FailureHistory.Simulator;

/// <summary>The simulator's command line.</summary>
internal static class SimulatorApp
{
    public static int Run(string[] args) =>
        new RootCommand("Simulates failures, their detectors, and members under faults, from a seed.") { new RunCommand(), new MutationsCommand(), new ScaleCommand() }.Parse(args).Invoke();
}
