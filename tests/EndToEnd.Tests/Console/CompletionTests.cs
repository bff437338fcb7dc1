using System.CommandLine;
using System.Diagnostics;
using FailureHistory.Fhs;
using Xunit;

namespace FailureHistory.EndToEnd.Tests.Fhs;

/// <summary>What <c>fhs</c> says about itself: completion in a shell, and help with examples (SPEC 11.3).</summary>
[Trait("Rule", "11.3")]
public sealed class CompletionTests
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData("fhs imp", "import")]
    [InlineData("fhs import --form", "--format")]
    [InlineData("fhs import x --format l", "lanl")]
    [InlineData("fhs detectors s", "set")]
    [InlineData("fhs completion z", "zsh")]
    public async Task Bash_completes_a_line_by_the_script_alone(string line, string expected)
    {
        var script = (await FhsRun.RunAsync("completion", "bash")).Output;
        var fhs = Path.Combine(AppContext.BaseDirectory, "fhs.dll");
        var words = line.Split(' ');
        var program = $$"""
            set -e
            {{script}}
            fhs() { "{{DotNet}}" "{{fhs}}" "$@"; }
            complete -p fhs | grep -q -- '-F _fhs_complete'
            COMP_LINE='{{line}}'
            COMP_POINT={{line.Length}}
            COMP_WORDS=({{string.Join(' ', words.Select(word => $"'{word}'"))}})
            COMP_CWORD={{words.Length - 1}}
            _fhs_complete
            printf '%s\n' "${COMPREPLY[@]}"
            """;

        var (exitCode, output, error) = await Run("bash", "--norc", "-c", program);

        Assert.True(exitCode == 0, $"expected the script to run; it ended with {exitCode}: {error}");
        Assert.Equal(expected.Split(' '), output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("zsh", "compdef _fhs fhs")]
    [InlineData("fish", "complete -c fhs")]
    public async Task Other_shells_have_a_script_too(string shell, string registered)
    {
        var run = await FhsRun.RunAsync("completion", shell);

        Assert.Equal(ExitCode.Done, run.ExitCode);
        Assert.Contains(registered, run.Output, StringComparison.Ordinal);
        Assert.Contains("[suggest:", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_shell_is_wrong_usage() => Assert.Equal(ExitCode.WrongUsage, (await FhsRun.RunAsync("completion", "cmd")).ExitCode);

    public static TheoryData<string> Commands => [.. All(Root(), "").Select(it => it.Path)];

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task Help_ends_with_examples_that_are_commands_of_fhs(string path)
    {
        var run = await FhsRun.RunAsync([.. path.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--help"]);

        Assert.Equal(ExitCode.Done, run.ExitCode);
        var lines = run.Output.Split('\n').Select(line => line.Trim()).ToList();
        var examples = lines.Skip(lines.FindIndex(line => line is "Example:" or "Examples:") + 1).Where(line => line.Length > 0).ToList();
        Assert.True(lines.Any(line => line is "Example:" or "Examples:") && examples.Count > 0, $"expected examples at the end of the help of 'fhs {path}'; came\n{run.Output}");
        Assert.Contains(examples, example => example.Contains($"fhs {path}".TrimEnd(), StringComparison.Ordinal));
        Assert.All(examples.Where(example => example.StartsWith("fhs ", StringComparison.Ordinal) && !example.Contains("COMMAND", StringComparison.Ordinal)), AssertParses);
    }

    // The parser knows double quotes alone.
    private static void AssertParses(string example)
    {
        var line = example.Split(" > ")[0].Replace('\'', '"');
        var parsed = Root().Parse(line["fhs ".Length..]);
        Assert.True(parsed.Errors.Count == 0, $"expected '{line}' to be a command line of fhs; {string.Join(" ", parsed.Errors)}");
    }

    private static IEnumerable<(string Path, Command Command)> All(Command command, string path) =>
        command.Subcommands.SelectMany(sub => All(sub, $"{path} {sub.Name}".Trim())).Prepend((path, command));

    private static RootCommand Root() => FhsApp.CreateRoot(new FhsEnvironment(TextWriter.Null, TextWriter.Null, () => Stream.Null, _ => null, TimeProvider.System));

    private static string DotNet => Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";

    private static async Task<(int ExitCode, string Output, string Error)> Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        using var bound = new CancellationTokenSource(Bound);
        await process.WaitForExitAsync(bound.Token);
        return (process.ExitCode, await output, await error);
    }
}
