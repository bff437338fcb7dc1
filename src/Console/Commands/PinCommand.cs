using System.CommandLine;
using FailureHistory.Fhs.Http;

namespace FailureHistory.Fhs.Commands;

/// <summary><c>fhs pin NODE</c>: keeps a node from being forgotten (R10.1).</summary>
internal sealed class PinCommand : ServiceCommand
{
    private readonly Argument<string> node = NodeArgument.Create();
    private readonly Option<string> reason = new("--reason") { Required = true, HelpName = "TEXT", Description = "Why, for whoever wants to remove it." };
    private readonly Option<string> by = ByOption.Create();

    public PinCommand(FhsEnvironment environment)
        : base(environment, "pin", "Keeps a node from being forgotten, and from being removed without --force.",
            "fhs pin gpu-17.example.org --reason 'at the maker for repair until May'")
    {
        Add(node);
        Add(reason);
        Add(by);
    }

    protected override async Task<int> RunAsync(Call call, CancellationToken cancel)
    {
        var body = new PinRequestShape(call.Get(reason)!, ByOption.Of(call, by, Environment));
        var reply = await call.Service.AskAsync(HttpMethod.Put, ServiceAddress.Node(call.Get(node)) + "/pin", body, cancel);
        if (call.Json)
        {
            call.Screen.Json(reply.Body);
        }
        else
        {
            call.Screen.Line($"{call.Get(node)} is pinned by {body.By}");
        }

        return ExitCode.Done;
    }
}

/// <summary><c>fhs unpin NODE</c>: ends the pin of a node.</summary>
internal sealed class UnpinCommand : ServiceCommand
{
    private readonly Argument<string> node = NodeArgument.Create();
    private readonly Option<string> by = ByOption.Create();

    public UnpinCommand(FhsEnvironment environment)
        : base(environment, "unpin", "Ends the pin of a node, so that it may be forgotten again.", "fhs unpin gpu-17.example.org")
    {
        Add(node);
        Add(by);
    }

    protected override async Task<int> RunAsync(Call call, CancellationToken cancel)
    {
        var query = new QueryText().Add("by", ByOption.Of(call, by, Environment));
        var reply = await call.Service.AskAsync(HttpMethod.Delete, $"{ServiceAddress.Node(call.Get(node))}/pin{query}", null, cancel);
        if (call.Json)
        {
            call.Screen.Json(reply.Body);
        }
        else
        {
            call.Screen.Line($"{call.Get(node)} is not pinned");
        }

        return ExitCode.Done;
    }
}

/// <summary>Who asks for it.</summary>
internal static class ByOption
{
    public static Option<string> Create() => new("--by") { HelpName = "NAME", Description = "Who; default the user's name." };

    public static string Of(Call call, Option<string> option, FhsEnvironment environment) =>
        call.Get(option) ?? Named(environment.Variable("USER")) ?? Named(environment.Variable("USERNAME")) ?? "fhs";

    private static string? Named(string? name) => string.IsNullOrWhiteSpace(name) ? null : name;
}
