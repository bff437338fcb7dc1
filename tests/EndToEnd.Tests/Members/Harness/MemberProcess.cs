using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;
using Xunit;
using Xunit.Sdk;

namespace FailureHistory.EndToEnd.Tests.Members.Harness;

/// <summary>
/// One member as a process of its own: the built program, on a data folder and ports that it keeps over restarts. Whoever made it disposes
/// of it, which kills what still runs.
/// </summary>
internal sealed class MemberProcess : IAsyncDisposable
{
    public static readonly TimeSpan ReadyBound = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan ExitBound = TimeSpan.FromSeconds(70);
    private static readonly string Program = Path.Combine(AppContext.BaseDirectory, "FailureHistory.Node.dll");

    private readonly ConcurrentQueue<string> output = new();
    private readonly ConcurrentQueue<string> errors = new();
    private readonly string[] arguments;
    private readonly List<Process> lives = []; // kept to the end: others may look at one that is over
    private volatile Process? process;
    private volatile bool ready;

    /// <param name="folder">Its data folder; need not be there.</param>
    /// <param name="seeds">The members to join by; none for the first one.</param>
    /// <param name="more">Further arguments.</param>
    public MemberProcess(string folder, IEnumerable<MemberProcess> seeds, params string[] more)
    {
        Folder = folder;
        Port = Ports.Free();
        var http = Ports.Free();
        Http = new MemberClient(http);
        var join = string.Join(',', seeds.Select(seed => seed.Address));
        arguments =
        [
            "--host", "127.0.0.1", "--port", $"{Port}", "--http", $"http://127.0.0.1:{http}", "--data", folder,
            .. join.Length == 0 ? Array.Empty<string>() : ["--seeds", join], .. more,
        ];
    }

    /// <summary>Variables that it is started with, besides this process's own.</summary>
    public Dictionary<string, string> Variables { get; } = [];

    public string Folder { get; }

    public int Port { get; }

    /// <summary>As the service names it.</summary>
    public string Name => $"127.0.0.1:{Port}";

    public string Address => $"akka.tcp://failure-history@127.0.0.1:{Port}";

    /// <summary>The id in its data folder.</summary>
    public string Id => File.ReadAllText(Path.Combine(Folder, "member-id")).Trim();

    public MemberClient Http { get; }

    public bool IsRunning => process is { HasExited: false };

    /// <summary>Whether it was ready and nothing was done to it since: then no answer of it may be an excuse.</summary>
    public bool IsReady => ready && IsRunning;

    /// <summary>What it wrote to its standard output since it was first started.</summary>
    public IReadOnlyList<string> Output => [.. output.Where(line => line != "--- started")];

    /// <summary>The last lines that it wrote, for messages.</summary>
    public string Log => $"--- {Name} ({(IsRunning ? "running" : "not running")})\n{string.Join('\n', output.Concat(errors).TakeLast(60))}";

    /// <summary>Runs the program with arguments that it should refuse, until it ends.</summary>
    public static async Task<(int ExitCode, string Error)> RunToEnd(params string[] arguments)
    {
        using var process = Process.Start(StartInfo(arguments)) ?? throw new XunitException("the program did not start");
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        using var bound = new CancellationTokenSource(ExitBound);
        try
        {
            await process.WaitForExitAsync(bound.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            throw new XunitException($"expected the member to end by itself within {ExitBound.TotalSeconds} s; it ran on and said: {await output}{await error}");
        }

        return (process.ExitCode, await error);
    }

    public void Start()
    {
        Assert.False(IsRunning, $"{Name} runs already");
        output.Enqueue("--- started");
        var start = StartInfo(arguments);
        foreach (var (name, value) in Variables)
        {
            start.Environment[name] = value;
        }

        lives.Add(Process.Start(start) ?? throw new XunitException("the program did not start"));
        process = lives[^1];
        process.OutputDataReceived += (_, line) => Note(output, line.Data);
        process.ErrorDataReceived += (_, line) => Note(errors, line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public async Task StartReady()
    {
        Start();
        await Ready();
    }

    /// <summary>Waits until <c>/readyz</c> says 200.</summary>
    public async Task Ready()
    {
        await Wait.Until($"{Name} to be ready", ReadyBound, async () =>
        {
            if (!IsRunning)
            {
                throw new XunitException($"expected {Name} to become ready; it ended with exit code {process?.ExitCode}\n{Log}");
            }

            var reply = await Http.Get("/readyz");
            return reply.IsOk ? null : reply.ToString();
        }, () => Log);
        ready = true;
    }

    /// <summary>SIGKILL: no goodbye.</summary>
    public async Task Kill()
    {
        ready = false;
        process!.Kill();
        await process.WaitForExitAsync();
    }

    /// <summary>SIGTERM, and a clean end.</summary>
    public async Task Stop()
    {
        const int SigTerm = 15;
        ready = false;
        var begun = Stopwatch.GetTimestamp();
        Assert.Equal(0, NativeMethods.Kill(process!.Id, SigTerm));
        using var bound = new CancellationTokenSource(ExitBound);
        try
        {
            await process.WaitForExitAsync(bound.Token);
        }
        catch (OperationCanceledException)
        {
            throw new XunitException($"expected {Name} to end within {ExitBound.TotalSeconds} s of SIGTERM; it runs on\n{Log}");
        }

        Assert.True(process.ExitCode == 0, $"expected {Name} to end with exit code 0 after SIGTERM; came {process.ExitCode} after {Stopwatch.GetElapsedTime(begun)}\n{Log}");
    }

    public async ValueTask DisposeAsync()
    {
        if (IsRunning)
        {
            await Kill();
        }

        lives.ForEach(life => life.Dispose());
        Http.Dispose();
    }

    private static ProcessStartInfo StartInfo(IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", [Program, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("FAILURE_HISTORY_", StringComparison.Ordinal)).ToList())
        {
            start.Environment.Remove(name);
        }

        return start;
    }

    private static void Note(ConcurrentQueue<string> lines, string? line)
    {
        if (line is not null)
        {
            lines.Enqueue(line);
        }
    }

    private static class NativeMethods
    {
        [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        public static extern int Kill(int process, int signal);
    }
}
