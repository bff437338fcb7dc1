using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Runtime.InteropServices;

namespace FailureHistory.Members;

/// <summary>
/// One member as a process of its own, on a data folder and ports of 127.0.0.1 that it keeps over restarts. Whoever made it disposes of it, which
/// kills what still runs.
/// </summary>
internal sealed class MemberProcess : IAsyncDisposable
{
    private static readonly TimeSpan ReadyBound = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan ExitBound = TimeSpan.FromSeconds(70);

    private readonly ConcurrentQueue<string> said = new();
    private readonly List<Process> lives = []; // kept to the end: others may look at one that is over
    private readonly string[] arguments;
    private readonly MemberOptions options;

    /// <param name="folder">Its data folder; need not be there.</param>
    /// <param name="seeds">The members to join by; none for the first one.</param>
    /// <param name="options">How it is started.</param>
    public MemberProcess(string folder, IEnumerable<MemberProcess> seeds, MemberOptions options)
    {
        this.options = options;
        Folder = folder;
        Port = Ports.Free();
        PublicPort = options.IsRelayed ? Ports.Free() : Port;
        Url = new Uri($"http://127.0.0.1:{Ports.Free()}");
        var join = string.Join(',', seeds.Select(seed => seed.Address));
        arguments =
        [
            "--host", "127.0.0.1", "--port", $"{Port}", "--http", Url.GetLeftPart(UriPartial.Authority), "--data", folder,
            .. join.Length == 0 ? Array.Empty<string>() : ["--seeds", join],
            .. options.IsRelayed ? ["--config", PublicAddress()] : Array.Empty<string>(),
            .. options.Arguments,
        ];
    }

    public string Folder { get; }

    /// <summary>Where its remoting listens.</summary>
    public int Port { get; }

    /// <summary>Where the others think it does.</summary>
    public int PublicPort { get; }

    /// <summary>As the service names it.</summary>
    public string Name => $"127.0.0.1:{PublicPort}";

    public string Address => $"akka.tcp://failure-history@127.0.0.1:{PublicPort}";

    public Uri Url { get; }

    /// <summary>The id in its data folder.</summary>
    public string Id => File.ReadAllText(Path.Combine(Folder, "member-id")).Trim();

    public bool IsRunning => lives.Count > 0 && !lives[^1].HasExited;

    /// <summary>Further arguments of the starts that follow, behind those of all.</summary>
    public IReadOnlyList<string> Further { get; set; } = [];

    /// <summary>Whether it is stopped by <see cref="Pause"/>.</summary>
    public bool IsPaused { get; private set; }

    public int ProcessId => lives[^1].Id;

    /// <summary>The last lines that it wrote, for messages.</summary>
    public string Log => $"--- {Name} ({(IsRunning ? IsPaused ? "paused" : "running" : "not running")})\n{string.Join('\n', said.TakeLast(60))}";

    /// <summary>Processor time that it has used.</summary>
    public TimeSpan Used
    {
        get
        {
            lives[^1].Refresh();
            return lives[^1].TotalProcessorTime;
        }
    }

    public void Start()
    {
        if (IsRunning)
        {
            throw new InvalidOperationException($"{Name} runs already");
        }

        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", [Path.Combine(AppContext.BaseDirectory, "FailureHistory.Node.dll"), .. arguments, .. Further])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("FAILURE_HISTORY_", StringComparison.Ordinal)).ToList())
        {
            start.Environment.Remove(name);
        }

        if (options.PostgreSql is { } connection)
        {
            start.Environment["FAILURE_HISTORY_JOURNAL"] = "postgresql";
            start.Environment["FAILURE_HISTORY_POSTGRESQL_CONNECTION"] = connection;
        }

        said.Enqueue("--- started");
        var process = Process.Start(start) ?? throw new InvalidOperationException("a member did not start");
        process.OutputDataReceived += (_, line) => said.Enqueue(line.Data ?? string.Empty);
        process.ErrorDataReceived += (_, line) => said.Enqueue(line.Data ?? string.Empty);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        lives.Add(process);
    }

    /// <summary>SIGKILL: no goodbye.</summary>
    public async Task Kill()
    {
        lives[^1].Kill();
        await lives[^1].WaitForExitAsync().ConfigureAwait(false);
        IsPaused = false;
    }

    /// <summary>SIGSTOP: it is there, and says nothing.</summary>
    public void Pause()
    {
        const int SigStop = 19;
        Signal(SigStop);
        IsPaused = true;
    }

    /// <summary>SIGCONT.</summary>
    public void Resume()
    {
        const int SigCont = 18;
        Signal(SigCont);
        IsPaused = false;
    }

    /// <summary>SIGTERM, and its end, by itself. Returns the exit code.</summary>
    public async Task<int> Stop(CancellationToken ct)
    {
        const int SigTerm = 15;
        Signal(SigTerm);
        try
        {
            await lives[^1].WaitForExitAsync(ct).WaitAsync(ExitBound, ct).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            throw new InvalidOperationException($"expected {Name} to end within {ExitBound.TotalSeconds} s of SIGTERM; it runs on\n{Log}");
        }

        return lives[^1].ExitCode;
    }

    /// <summary>Waits until it serves.</summary>
    public async Task Ready(HttpClient client, CancellationToken ct)
    {
        var begun = Stopwatch.GetTimestamp();
        var seen = "nothing";
        while (Stopwatch.GetElapsedTime(begun) < ReadyBound)
        {
            if (!IsRunning)
            {
                throw new InvalidOperationException($"the member at {Url} ended with exit code {lives[^1].ExitCode}:\n{Log}");
            }

            try
            {
                using var reply = await client.GetAsync(new Uri(Url, "/readyz"), ct).ConfigureAwait(false);
                if (reply.StatusCode == HttpStatusCode.OK)
                {
                    return;
                }

                seen = await reply.Content.ReadAsStringAsync(ct).ConfigureAwait(false);
            }
            catch (HttpRequestException e)
            {
                seen = e.Message;
            }

            // Nobody tells from outside when a member is ready: it is asked, for a bounded time.
            await Task.Delay(100, ct).ConfigureAwait(false);
        }

        throw new InvalidOperationException($"expected the member at {Url} to be ready within {ReadyBound.TotalSeconds} s; seen: {seen}\n{Log}");
    }

    public async ValueTask DisposeAsync()
    {
        if (IsRunning)
        {
            await Kill().ConfigureAwait(false);
        }

        lives.ForEach(life => life.Dispose());
    }

    // The port that the others know is no option of the service: behind an address translation Akka's own key tells it.
    private string PublicAddress()
    {
        var file = Folder.TrimEnd('/') + ".conf";
        File.WriteAllText(file, $"akka.remote.dot-netty.tcp.public-port = {PublicPort}\n");
        return file;
    }

    private void Signal(int signal)
    {
        if (NativeMethods.Kill(ProcessId, signal) != 0)
        {
            throw new InvalidOperationException($"signal {signal} to {Name} failed: {Marshal.GetLastPInvokeErrorMessage()}");
        }
    }

    private static class NativeMethods
    {
        [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        public static extern int Kill(int process, int signal);
    }
}
