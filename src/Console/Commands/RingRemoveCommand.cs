using System.CommandLine;
using FailureHistory.Fhs.Http;

namespace FailureHistory.Fhs.Commands;

/// <summary><c>fhs ring remove MEMBER-ID</c>: takes a member that will not come back out of the ring (R9.2, R9.9).</summary>
internal sealed class RingRemoveCommand : ServiceCommand
{
    private readonly Argument<string> id = new("MEMBER-ID") { Description = "The member's id, as 'fhs ring show' lists it." };

    public RingRemoveCommand(FhsEnvironment environment)
        : base(environment, "remove", "Takes a member that will not come back out of the ring, so that its copies are made elsewhere.",
            "fhs ring remove 0f1e2d3c4b5a69788796a5b4c3d2e1f0") => Add(id);

    protected override async Task<int> RunAsync(Call call, CancellationToken cancel)
    {
        var reply = await call.Service.AskAsync(HttpMethod.Delete, ServiceAddress.RingMember(call.Get(id)), null, cancel);
        if (call.Json)
        {
            call.Screen.Json(reply.Body);
        }
        else
        {
            call.Screen.Line($"member {call.Get(id)} is out of the ring; its copies are made elsewhere");
        }

        return ExitCode.Done;
    }
}
