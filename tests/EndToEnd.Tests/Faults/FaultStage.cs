using FailureHistory.Faults;
using FailureHistory.Faults.Results;
using FailureHistory.Faults.Scenarios;
using Xunit;
using Xunit.Abstractions;

namespace FailureHistory.EndToEnd.Tests.Faults;

/// <summary>Three members under load on which one fault follows the other; new ones after a fault that they did not survive.</summary>
public sealed class FaultStage : IAsyncLifetime
{
    private Stage? stage;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        if (stage is not null)
        {
            await stage.DisposeAsync();
        }
    }

    internal async Task<Outcome> Run(Scenario scenario, ITestOutputHelper output)
    {
        await using var said = new StringWriter();
        try
        {
            stage ??= await Stage.Build(Quick.Three, CancellationToken.None);
            return await new Trial(scenario, stage, said, CancellationToken.None).Run();
        }
        catch
        {
            if (stage is not null)
            {
                await stage.DisposeAsync();
                stage = null;
            }

            throw;
        }
        finally
        {
            output.WriteLine(said.ToString());
        }
    }
}
