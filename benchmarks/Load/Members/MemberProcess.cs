using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace FailureHistory.Load.Members;

/// <summary>One member as a process of its own, on free ports of 127.0.0.1.</summary>
internal sealed class MemberProcess : IAsyncDisposable
{
    private static readonly TimeSpan ReadyBound = TimeSpan.FromSeconds(60);

    private readonly ConcurrentQueue<string> said = new();
    private readonly Process process;

    private MemberProcess(Process process, int port, int http)
    {
        this.process = process;
        Address = $"akka.tcp://failure-history@127.0.0.1:{port}";
        Url = new Uri($"http://127.0.0.1:{http}");
        process.OutputDataReceived += (_, line) => said.Enqueue(line.Data ?? string.Empty);
        process.ErrorDataReceived += (_, line) => said.Enqueue(line.Data ?? string.Empty);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public string Address { get; }

    public Uri Url { get; }

    /// <summary>Processor time that it has used.</summary>
    public TimeSpan Used
    {
        get
        {
            process.Refresh();
            return process.TotalProcessorTime;
        }
    }

    public static MemberProcess Start(string folder, MemberProcess? first, MemberOptions options)
    {
        var (port, http) = (FreePort(), FreePort());
        List<string> arguments = ["--host", "127.0.0.1", "--port", $"{port}", "--http", $"http://127.0.0.1:{http}", "--data", folder];
        if (first is not null)
        {
            arguments.AddRange(["--seeds", first.Address]);
        }

        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", [Path.Combine(AppContext.BaseDirectory, "FailureHistory.Node.dll"), .. arguments])
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

        return new MemberProcess(Process.Start(start) ?? throw new InvalidOperationException("a member did not start"), port, http);
    }

    /// <summary>Waits until it serves.</summary>
    public async Task Ready(HttpClient client, CancellationToken ct)
    {
        var begun = Stopwatch.GetTimestamp();
        var seen = "nothing";
        while (Stopwatch.GetElapsedTime(begun) < ReadyBound)
        {
            if (process.HasExited)
            {
                throw new InvalidOperationException($"the member at {Url} ended with exit code {process.ExitCode}:\n{string.Join('\n', said)}");
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

        throw new InvalidOperationException($"expected the member at {Url} to be ready within {ReadyBound.TotalSeconds} s; seen: {seen}\n{string.Join('\n', said.TakeLast(30))}");
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            process.Kill();
            await process.WaitForExitAsync().ConfigureAwait(false);
        }

        process.Dispose();
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
