using System.CommandLine;
using FailureHistory.Fhs.Http;

namespace FailureHistory.Fhs.Commands;

/// <summary><c>fhs detectors remove ID</c>: deletes a detector and with it its suspicions (R3.1).</summary>
internal sealed class DetectorsRemoveCommand : ServiceCommand
{
    private readonly Argument<string> id = new("ID") { Description = "The detector's id." };

    public DetectorsRemoveCommand(FhsEnvironment environment)
        : base(environment, "remove", "Deletes a detector and withdraws its suspicions; histories keep what it said.", "fhs detectors remove ipmi") => Add(id);

    protected override async Task<int> RunAsync(Call call, CancellationToken cancel)
    {
        var reply = await call.Service.AskAsync(HttpMethod.Delete, ServiceAddress.Detector(call.Get(id)), null, cancel);
        if (call.Json)
        {
            call.Screen.Json(reply.Body);
        }
        else
        {
            call.Screen.Line($"detector {call.Get(id)} is deleted, its suspicions are withdrawn");
        }

        return ExitCode.Done;
    }
}
