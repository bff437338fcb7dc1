using System.CommandLine;
using FailureHistory.Fhs.Http;

namespace FailureHistory.Fhs.Commands;

/// <summary><c>fhs remove NODE</c>: deletes a history at once (R10.2).</summary>
internal sealed class RemoveCommand : ServiceCommand
{
    private readonly Argument<string> node = NodeArgument.Create();
    private readonly Option<string> hardware = new("--hardware") { HelpName = "ADDRESS", Description = "Only the history of this machine under the id." };
    private readonly Option<bool> force = new("--force") { Description = "Also when the node is pinned." };

    public RemoveCommand(FhsEnvironment environment)
        : base(environment, "remove", "Deletes the history of a node at once.", "fhs remove gpu-17 --hardware 3c:ec:ef:00:11:22")
    {
        Add(node);
        Add(hardware);
        Add(force);
    }

    protected override async Task<int> RunAsync(Call call, CancellationToken cancel)
    {
        var query = new QueryText().Add("hardware", call.Get(hardware)).Add("force", call.Get(force) ? "true" : null);
        var reply = await call.Service.AskAsync(HttpMethod.Delete, ServiceAddress.Node(call.Get(node)) + query, null, cancel);
        if (call.Json)
        {
            call.Screen.Json(reply.Body);
        }
        else
        {
            var whose = call.Get(hardware) is { } address ? $"machine {address} under {call.Get(node)}" : call.Get(node);
            call.Screen.Line($"the history of {whose} is removed");
        }

        return ExitCode.Done;
    }
}
