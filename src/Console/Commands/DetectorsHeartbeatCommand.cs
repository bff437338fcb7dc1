using System.CommandLine;
using FailureHistory.Fhs.Http;

namespace FailureHistory.Fhs.Commands;

/// <summary><c>fhs detectors heartbeat ID</c>: a detector with a ttl is there, though it has nothing to report (R3.1).</summary>
internal sealed class DetectorsHeartbeatCommand : ServiceCommand
{
    private readonly Argument<string> id = new("ID") { Description = "The detector's id." };

    public DetectorsHeartbeatCommand(FhsEnvironment environment)
        : base(environment, "heartbeat", "Says that a detector is there though it has nothing to report.", "fhs detectors heartbeat ipmi") => Add(id);

    protected override async Task<int> RunAsync(Call call, CancellationToken cancel)
    {
        var reply = await call.Service.AskAsync(HttpMethod.Post, ServiceAddress.Detector(call.Get(id)) + "/heartbeat", null, cancel);
        if (call.Json)
        {
            call.Screen.Json(reply.Body);
        }
        else
        {
            call.Screen.Line($"detector {call.Get(id)} is heard");
        }

        return ExitCode.Done;
    }
}
