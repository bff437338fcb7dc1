using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;

namespace FailureHistory.EndToEnd.Tests.Readme;

/// <summary>
/// The member that the README's first command starts, in the repository's folder. A <c>data</c> folder that is there already is put aside and
/// put back. The member ends with this process, however that ends: a shell stops it when its standard input closes.
/// </summary>
internal sealed class ReadmeMember : IAsyncDisposable
{
    private static readonly TimeSpan BuildAndStart = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan OrderlyEnd = TimeSpan.FromMinutes(1);

    private readonly ConcurrentQueue<string> output = new();
    private readonly string data = Path.Combine(Repository.Root, "data");
    private readonly string? aside;
    private readonly Process shell;
    private bool stopped;

    public ReadmeMember(string command)
    {
        if (Directory.Exists(data))
        {
            aside = $"{data}-aside-{Guid.NewGuid():n}";
            Directory.Move(data, aside);
        }

        shell = new Process { StartInfo = Shell($"{command} & member=$!; read -r _; kill -TERM $member; wait $member") };
        shell.OutputDataReceived += Keep;
        shell.ErrorDataReceived += Keep;
        shell.Start();
        shell.BeginOutputReadLine();
        shell.BeginErrorReadLine();
    }

    /// <summary>What it wrote so far.</summary>
    public IReadOnlyCollection<string> Output => output;

    /// <summary>Waits until it says that it is ready.</summary>
    public async Task Ready()
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { Timeout = TimeSpan.FromSeconds(5) };
        var last = "nothing listens";
        // A member that is being built tells nobody when it is ready: it is asked, for a bounded time.
        for (var waited = Stopwatch.StartNew(); waited.Elapsed < BuildAndStart; await Task.Delay(200))
        {
            try
            {
                using var answer = await http.GetAsync("http://127.0.0.1:8560/readyz");
                last = await answer.Content.ReadAsStringAsync();
                if (answer.StatusCode == HttpStatusCode.OK)
                {
                    return;
                }
            }
            catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
            {
                last = e.Message;
            }

            if (output.Any(line => line.Contains("Build FAILED", StringComparison.Ordinal) || line.Contains("The build failed", StringComparison.Ordinal)))
            {
                break;
            }
        }

        throw new TimeoutException($"expected /readyz to answer 200 within {BuildAndStart}; last: {last}; the member wrote:\n{string.Join('\n', output)}");
    }

    /// <summary>Runs a command of the README in the repository's folder and returns what it writes to its standard output.</summary>
    public static async Task<string> Run(string command)
    {
        using var process = Process.Start(Shell(command))!;
        process.StandardInput.Close();
        var error = process.StandardError.ReadToEndAsync();
        var written = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(1));
        return process.ExitCode == 0
            ? written
            : throw new InvalidOperationException($"expected exit code 0 of: {command}\ncame {process.ExitCode}: {await error}");
    }

    /// <summary>Stops it as SIGTERM does, and returns the exit code.</summary>
    public async Task<int> Stop()
    {
        stopped = true;
        shell.StandardInput.Close();
        using var patience = new CancellationTokenSource(OrderlyEnd);
        try
        {
            await shell.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            shell.Kill(entireProcessTree: true);
            throw new TimeoutException($"expected the member to end within {OrderlyEnd} of SIGTERM; it wrote:\n{string.Join('\n', output)}");
        }

        return shell.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            if (!stopped)
            {
                await Stop();
            }
        }
        finally
        {
            shell.Dispose();
            if (Directory.Exists(data))
            {
                Directory.Delete(data, recursive: true);
            }

            if (aside is not null)
            {
                Directory.Move(aside, data);
            }
        }
    }

    private static ProcessStartInfo Shell(string command)
    {
        var start = new ProcessStartInfo("bash", ["-c", command])
        {
            WorkingDirectory = Repository.Root,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };

        // What steers this test run, or a member, must not steer the command; and no build server is to be left behind.
        foreach (var name in start.Environment.Keys
                     .Where(k => k.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase) || k.StartsWith("FAILURE_HISTORY_", StringComparison.Ordinal) || k.StartsWith("VSTEST", StringComparison.Ordinal))
                     .ToList())
        {
            start.Environment.Remove(name);
        }

        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        start.Environment["UseSharedCompilation"] = "false";
        start.Environment["NO_PROXY"] = "127.0.0.1";
        return start;
    }

    private void Keep(object sender, DataReceivedEventArgs line)
    {
        if (line.Data is not null)
        {
            output.Enqueue(line.Data);
        }
    }
}
