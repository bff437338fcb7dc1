using System.CommandLine;
using System.Globalization;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Time;
using FailureHistory.Fhs.Http;
using FailureHistory.Fhs.Watch;

namespace FailureHistory.Fhs.Commands;

/// <summary><c>fhs watch</c>: tells whenever the probability of a node crosses a threshold (R8.1), until it is stopped.</summary>
internal sealed class WatchCommand : ServiceCommand
{
    // Servers take request lines of 8 KiB; the cursor goes in a header.
    private const int LongestPath = 8_000;

    private const int LongestId = 4_096;

    private readonly Argument<string[]> nodes = NodeArgument.CreateMany("Names, ids of 32 hex digits, globs of names (* and ?), or hw: and hardware addresses; none for all.");

    private readonly Option<double?> above = new("--above")
    {
        Required = true,
        HelpName = "P",
        Description = "Tell when P is at or above this: above 0, at most 1.",
        CustomParser = Expected.NumberAbove0(1),
    };

    private readonly Option<double?> below = new("--below")
    {
        HelpName = "P",
        Description = "Tell when P is below this again; not above --above, which is the default.",
        CustomParser = Expected.NumberAbove0(1),
    };

    private readonly Option<string> hold = new("--for")
    {
        HelpName = "SPAN",
        Description = "Tell only what has been at or above for this long, such as 30s or 5m.",
        CustomParser = Expected.Parser($"a span: {DurationText.Expected}", text => DurationText.TryParse(text, out _) ? text : null),
    };

    private readonly Option<string> lastId = new("--last-id")
    {
        HelpName = "ID",
        Description = "Go on after this event: the 'cursor' of a line of --json.",
        CustomParser = Expected.Parser("the 'cursor' of a line of --json", text => Printable.Fault("ID", text, LongestId) is null ? text : null),
    };

    private readonly Option<int?> count = new("--count")
    {
        HelpName = "N",
        Description = "Stop after so many crossings.",
        CustomParser = Expected.WholeNumberFrom1(),
    };

    public WatchCommand(FhsEnvironment environment)
        : base(environment, "watch", "Tells whenever P of a node crosses a threshold; the present first. Ctrl-C stops it.",
            "fhs watch --above 0.5", "fhs watch 'gpu-*' login-1 --above 0.7 --below 0.3 --for 30s --json")
    {
        Add(nodes);
        Add(above);
        Add(below);
        Add(hold);
        Add(lastId);
        Add(count);
    }

    protected override async Task<int> RunAsync(Call call, CancellationToken cancel)
    {
        if (call.Get(below) > call.Get(above))
        {
            throw CommandFailure.WrongUsage(FormattableString.Invariant($"--below is '{call.Get(below)}'; expected at most --above, which is {call.Get(above)}"));
        }

        var path = "/v1/notifications" + new QueryText()
            .AddAll("nodes", call.Get(nodes))
            .Add("above", call.Get(above))
            .Add("below", call.Get(below))
            .Add("for", call.Get(hold));
        if (path.Length > LongestPath)
        {
            throw CommandFailure.WrongUsage(string.Create(
                CultureInfo.InvariantCulture, $"NODES are too many for one request: {path.Length:N0} characters; expected at most {LongestPath:N0}; use a glob, or watch them in parts"));
        }

        try
        {
            await new Watcher(call.Service, new WatchPrinter(call.Screen, call.Json), Environment.Time).RunAsync(path, call.Get(lastId), call.Get(count), cancel);
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            // That is how watching ends.
        }

        return ExitCode.Done;
    }
}
