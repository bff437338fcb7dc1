using System.Collections.Concurrent;
using System.Diagnostics;
using FailureHistory.EndToEnd.Tests.Members.Harness;
using FailureHistory.EndToEnd.Tests.Readme;
using Xunit.Sdk;

namespace FailureHistory.EndToEnd.Tests.Samples;

/// <summary>A sample as a process of its own, and what it writes.</summary>
internal sealed class SampleProcess : IAsyncDisposable
{
    private readonly ConcurrentQueue<string> output = new();
    private readonly ConcurrentQueue<string> errors = new();
    private readonly Process process;

    public SampleProcess(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(
            Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", [program, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        process = Process.Start(start) ?? throw new XunitException($"{program} did not start");
        process.OutputDataReceived += (_, line) => Note(output, line.Data);
        process.ErrorDataReceived += (_, line) => Note(errors, line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <summary>A sample, where its own build puts it: each has the frameworks and packages that it names, and no more.</summary>
    public static SampleProcess Of(string sample, params string[] arguments)
    {
        var framework = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
        return new SampleProcess(Path.Combine(Repository.Root, "samples", sample, "bin", framework.Parent!.Name, framework.Name, $"FailureHistory.{sample}.dll"), arguments);
    }

    /// <summary>What it wrote, without Akka's log.</summary>
    public IReadOnlyList<string> Lines => [.. output.Where(line => !line.StartsWith('['))];

    public string Log => string.Join('\n', output.Concat(errors).TakeLast(60));

    public int? ExitCode => process.HasExited ? process.ExitCode : null;

    public Task Wrote(string line, TimeSpan bound) => Wait.Until($"'{line}' to be written", bound, () => Task.FromResult(Lines.Any(l => l.Contains(line, StringComparison.Ordinal)) ? null : "not yet"), () => Log);

    /// <summary>SIGKILL.</summary>
    public async Task Kill()
    {
        process.Kill();
        await process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            await Kill();
        }

        process.Dispose();
    }

    private static void Note(ConcurrentQueue<string> lines, string? line)
    {
        if (line is not null)
        {
            lines.Enqueue(line);
        }
    }
}
