using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace FailureHistory.Fhs.Commands;

/// <summary>The node that a command is about (R6.3).</summary>
internal static class NodeArgument
{
    public static Argument<string> Create()
    {
        var node = new Argument<string>("NODE") { Description = "A name, an id of 32 hex digits, or hw: and a hardware address." };
        node.Validators.Add(RefuseOptions);
        return node;
    }

    /// <summary>Any number of nodes.</summary>
    public static Argument<string[]> CreateMany(string description)
    {
        var nodes = new Argument<string[]>("NODES") { Description = description, Arity = ArgumentArity.ZeroOrMore };
        nodes.Validators.Add(RefuseOptions);
        return nodes;
    }

    // The parser takes a mistyped option for a node.
    private static void RefuseOptions(ArgumentResult result)
    {
        if (result.Tokens.FirstOrDefault(token => token.Value.StartsWith("--", StringComparison.Ordinal)) is { Value: var text })
        {
            result.AddError($"Unknown option '{text}' (a node of that name can be given by its id).");
        }
    }
}

/// <summary>How much a read must have seen (R6.5).</summary>
internal static class ConsistencyOption
{
    public static Option<string> Create() => new Option<string>("--consistency")
    {
        HelpName = "one|majority",
        Description = "one: the first complete replica (default). majority: sees every report acknowledged before.",
    }.OneOf("one", "majority");
}

/// <summary>The most items wanted.</summary>
internal static class LimitOption
{
    public static Option<int?> Create(string description) => new("--limit")
    {
        HelpName = "N",
        Description = description,
        CustomParser = Expected.WholeNumberFrom1(),
    };
}

/// <summary>Checks of values that say what was expected and what came.</summary>
internal static class Expected
{
    /// <summary>A parser of one value; null from <paramref name="parse"/> is an error.</summary>
    public static Func<ArgumentResult, T?> Parser<T>(string expected, Func<string, T?> parse) => result =>
    {
        var text = result.Tokens[0].Value;
        var value = parse(text);
        if (value is null)
        {
            result.AddError(Message((OptionResult)result.Parent!, text, expected));
        }

        return value;
    };

    /// <summary>A number of a range.</summary>
    public static Func<ArgumentResult, double?> Number(double from, double to) => Parser<double?>(
        $"a number from {from} to {to}",
        text => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && number >= from && number <= to ? number : null);

    /// <summary>A number above 0 up to a bound.</summary>
    public static Func<ArgumentResult, double?> NumberAbove0(double to) => Parser<double?>(
        $"a number above 0 and at most {to}",
        text => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && number > 0 && number <= to ? number : null);

    /// <summary>A count.</summary>
    public static Func<ArgumentResult, int?> WholeNumberFrom1() => Parser<int?>(
        "a whole number from 1 on", text => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count >= 1 ? count : null);

    public static Option<T> OneOf<T>(this Option<T> option, params string[] words)
    {
        option.Validators.Add(result => Check(result, words));
        option.CompletionSources.Add(words);
        return option;
    }

    public static Argument<T> OneOf<T>(this Argument<T> argument, params string[] words)
    {
        argument.Validators.Add(result => Check(result, words));
        argument.CompletionSources.Add(words);
        return argument;
    }

    private static void Check(SymbolResult result, string[] words)
    {
        if (result.Tokens.FirstOrDefault(token => !words.Contains(token.Value)) is { } odd)
        {
            result.AddError(Message(result, odd.Value, "one of " + string.Join(", ", words)));
        }
    }

    private static string Message(SymbolResult named, string came, string expected)
    {
        var name = named is OptionResult option ? option.Option.Name : ((ArgumentResult)named).Argument.Name;
        return $"{name} is '{came}'; expected {expected}.";
    }
}
