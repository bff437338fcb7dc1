using System.Diagnostics;
using FailureHistory.EndToEnd.Tests.Readme;
using Xunit;

namespace FailureHistory.EndToEnd.Tests.Fhs;

/// <summary><c>fhs</c> is packed as a .NET tool (SPEC 11.3), installed from a folder and run.</summary>
[Trait("Rule", "11.3")]
public sealed class ToolPackageTests : IDisposable
{
    private static readonly TimeSpan Bound = TimeSpan.FromMinutes(3);
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("fhs-tool-");

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public async Task Packed_and_installed_from_a_folder_it_runs_as_fhs()
    {
        var feed = folder.CreateSubdirectory("feed").FullName;
        var tools = Path.Combine(folder.FullName, "tools");
        var configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;
        await File.WriteAllTextAsync(
            Path.Combine(folder.FullName, "nuget.config"),
            $"""<configuration><config><add key="globalPackagesFolder" value="{folder.FullName}/packages" /></config><packageSources><clear /><add key="here" value="{feed}" /></packageSources></configuration>""");

        await DotNet("pack", Path.Combine(Repository.Root, "src", "Console", "Console.csproj"), "--no-build", "-c", configuration, "-o", feed);
        await DotNet("tool", "install", "FailureHistory.Console", "--prerelease", "--tool-path", tools, "--configfile", Path.Combine(folder.FullName, "nuget.config"));
        var help = await Run(Path.Combine(tools, "fhs"), "import", "--help");

        Assert.Contains("fhs import backup.csv.gz --format csv --restore", help, StringComparison.Ordinal);
    }

    private Task<string> DotNet(params string[] arguments) => Run(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", arguments);

    private async Task<string> Run(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = folder.FullName };
        start.Environment["DOTNET_ROLL_FORWARD"] = "Major";

        // The host that runs the tests says where the runtime is; the tool's own launcher looks for it there.
        start.Environment["DOTNET_ROOT"] = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(typeof(object).Assembly.Location)!, "..", "..", ".."));
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        using var bound = new CancellationTokenSource(Bound);
        await process.WaitForExitAsync(bound.Token);
        Assert.True(process.ExitCode == 0, $"expected {program} {string.Join(' ', arguments)} to end with 0; came {process.ExitCode}\n{await output}{await error}");
        return await output;
    }
}
