using Xunit;

namespace FailureHistory.Simulator.Tests;

public sealed class CommandTests
{
    [Fact]
    public void An_unknown_command_is_refused() => Assert.NotEqual(0, SimulatorApp.Run(["nonsense"]));
}
