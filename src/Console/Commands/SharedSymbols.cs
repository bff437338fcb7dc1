using System.CommandLine;

namespace FailureHistory.Fhs.Commands;

/// <summary>The node that a command is about (R6.3).</summary>
internal static class NodeArgument
{
    public static Argument<string> Create() => new("NODE") { Description = "A name, an id of 32 hex digits, or hw: and a hardware address." };
}

/// <summary>How much a read must have seen (R6.5).</summary>
internal static class ConsistencyOption
{
    public static Option<string> Create()
    {
        var option = new Option<string>("--consistency")
        {
            HelpName = "one|majority",
            Description = "one: the first complete replica (default). majority: sees every report acknowledged before.",
        };
        return option.AcceptOnlyFromAmong("one", "majority");
    }
}

/// <summary>Options that only take whole numbers from 1 on.</summary>
internal static class LimitOption
{
    public static Option<int?> Create(string description)
    {
        var option = new Option<int?>("--limit") { HelpName = "N", Description = description };
        option.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && int.TryParse(token.Value, out var limit) && limit < 1)
            {
                result.AddError($"--limit is {limit}; expected 1 or more.");
            }
        });
        return option;
    }
}
