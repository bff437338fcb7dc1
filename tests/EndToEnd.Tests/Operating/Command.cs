using System.Diagnostics;
using Xunit.Sdk;

namespace FailureHistory.EndToEnd.Tests.Operating;

/// <summary>Runs a command to its end.</summary>
internal static class Command
{
    private static readonly TimeSpan Bound = TimeSpan.FromMinutes(3);

    /// <summary>What it wrote, standard error included; fails with it where the exit code is not 0.</summary>
    public static async Task<string> Run(string folder, IReadOnlyDictionary<string, string> variables, string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = folder };
        foreach (var (name, value) in variables)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start) ?? throw new XunitException($"{program} did not start");
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        using var bound = new CancellationTokenSource(Bound);
        try
        {
            await process.WaitForExitAsync(bound.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new XunitException($"expected {program} {string.Join(' ', arguments)} to end within {Bound.TotalSeconds} s; it wrote:\n{await output}{await error}");
        }

        var text = await output + await error;
        return process.ExitCode == 0 ? text : throw new XunitException($"{program} {string.Join(' ', arguments)} ended with exit code {process.ExitCode}:\n{text}");
    }

    /// <summary>Whether it is on the PATH.</summary>
    public static bool IsInstalled(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, program)));
}
