using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using FailureHistory.Fhs.Commands;
using FailureHistory.Fhs.Output;

namespace FailureHistory.Fhs;

/// <summary>The tool <c>fhs</c> (SPEC 11.3): a command line in, an exit code out.</summary>
public static class FhsApp
{
    /// <summary>Runs one command.</summary>
    /// <param name="args">The command line without the program's name.</param>
    /// <param name="output">Where answers go; tables have colours only when it is the console's own and a terminal.</param>
    /// <param name="error">Where failures and progress go.</param>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    public static Task<int> RunAsync(string[] args, TextWriter output, TextWriter error) => RunAsync(
        args, new FhsEnvironment(output, error, Console.OpenStandardInput, Environment.GetEnvironmentVariable, TimeProvider.System));

    internal static async Task<int> RunAsync(string[] args, FhsEnvironment environment)
    {
        var root = CreateRoot(environment);

        // Node names may begin with '@': no response files.
        var parsed = root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (parsed.Errors.Count > 0 && parsed.Action is ParseErrorAction)
        {
            return new Screen(environment).Fail(CommandFailure.WrongUsage(Explain(parsed)), json: args.Contains(ServiceCommand.JsonOption));
        }

        var invocation = new InvocationConfiguration { Output = environment.Output, Error = environment.Error, EnableDefaultExceptionHandler = false };
        return await parsed.InvokeAsync(invocation);
    }

    internal static RootCommand CreateRoot(FhsEnvironment environment)
    {
        var root = new RootCommand("Asks and feeds a Failure History Service: who suspects a node, when was it down, who said so.")
        {
            new Option<string>(ServiceCommand.UrlOption)
            {
                Recursive = true,
                HelpName = "URL",
                Description = $"The member to talk to; several, separated by commas, are tried in turn. Else {ServiceCommand.UrlVariable}, else {ServiceCommand.DefaultUrl}.",
            },
            new Option<bool>(ServiceCommand.JsonOption)
            {
                Recursive = true,
                Description = "Print the JSON of the HTTP interface as it is; failures are problem JSON on stderr.",
            },
            new StateCommand(environment),
            new HistoryCommand(environment),
            new ReliabilityCommand(environment),
            new NodesCommand(environment),
            new WatchCommand(environment),
            new ReportCommand(environment),
            new ImportCommand(environment),
            new ExportCommand(environment),
            new DetectorsCommand(environment),
            new PinCommand(environment),
            new UnpinCommand(environment),
            new RemoveCommand(environment),
            new SimulateCommand(environment),
            new CompletionCommand(environment),
            new Group("cluster", "The members of the cluster.", "fhs cluster show") { new ClusterShowCommand(environment) },
            new Group("ring", "Where the copies of the histories are.", "fhs ring show") { new RingShowCommand(environment), new RingRemoveCommand(environment) },
        };

        var help = root.Options.OfType<HelpOption>().Single();
        help.Action = new HelpWithExamples((HelpAction)help.Action!);

        // Those of another system's shells: as suggestions they would stand before everything else.
        help.Aliases.Remove("/h");
        help.Aliases.Remove("/?");
        return root;
    }

    private static string Explain(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        var fault = command.Action is null
            ? $"'{PathOf(command)}' needs one of the commands {string.Join(", ", command.Subcommands.Select(it => it.Name))}"
                + (parsed.UnmatchedTokens.Count > 0 ? $", not '{parsed.UnmatchedTokens[0]}'." : ".")
            : string.Join(" ", parsed.Errors.Select(error => error.Message));
        return $"{fault} Try '{PathOf(command)} --help'.";
    }

    private static string PathOf(Command command) => command is RootCommand
        ? "fhs"
        : $"{PathOf(command.Parents.OfType<Command>().First())} {command.Name}";

    /// <summary>Commands that belong together, doing nothing by itself.</summary>
    private sealed class Group(string name, string description, params string[] examples) : Command(name, description), IHasExamples
    {
        public IReadOnlyList<string> Examples => examples;
    }

    /// <summary>Help that ends with the command's examples.</summary>
    private sealed class HelpWithExamples(HelpAction inner) : SynchronousCommandLineAction
    {
        private static readonly string[] OfAll = ["fhs nodes --status failed", "fhs history gpu-07 --url http://127.0.0.1:8560", "fhs COMMAND --help"];

        public override int Invoke(ParseResult parseResult)
        {
            var exitCode = inner.Invoke(parseResult);
            var examples = parseResult.CommandResult.Command is IHasExamples command ? command.Examples : OfAll;
            var output = parseResult.InvocationConfiguration.Output;
            output.WriteLine(examples.Count == 1 ? "Example:" : "Examples:");
            foreach (var example in examples)
            {
                output.WriteLine("  " + example);
            }

            output.WriteLine();
            return exitCode;
        }
    }
}
