using System.Diagnostics;
using System.Runtime.InteropServices;
using Xunit;

namespace FailureHistory.EndToEnd.Tests.Fhs;

/// <summary><c>fhs</c> as a process of its own, for what only a process has: signals and pipes.</summary>
internal sealed class FhsProcess : IAsyncDisposable
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);
    private readonly Process process;

    public FhsProcess(params string[] args)
    {
        // A shell starts what runs in its background with SIGINT ignored, children inherit that, and fhs leaves it as it is, as programs do.
        var start = new ProcessStartInfo(
            "env", ["--default-signal", Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", Path.Combine(AppContext.BaseDirectory, "fhs.dll"), .. args])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        process = Process.Start(start) ?? throw new InvalidOperationException("fhs did not start");
    }

    /// <summary>The next line of its output.</summary>
    public async Task<string> ReadLine()
    {
        using var bound = new CancellationTokenSource(Bound);
        try
        {
            return await process.StandardOutput.ReadLineAsync(bound.Token) ?? throw new InvalidOperationException($"fhs ended and said: {await process.StandardError.ReadToEndAsync()}");
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"expected a line of fhs within {Bound}; none came");
        }
    }

    public void Signal(int signal) => Assert.Equal(0, NativeMethods.Kill(process.Id, signal));

    /// <summary>Waits for its end; what it wrote that was not read yet.</summary>
    public async Task<(int ExitCode, string Output, string Error)> End()
    {
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        using var bound = new CancellationTokenSource(Bound);
        try
        {
            await process.WaitForExitAsync(bound.Token);
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"expected fhs to end within {Bound}; it runs on");
        }

        return (process.ExitCode, await output, await error);
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            process.Kill();
            await process.WaitForExitAsync();
        }

        process.Dispose();
    }

    private static class NativeMethods
    {
        [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        public static extern int Kill(int process, int signal);
    }
}
