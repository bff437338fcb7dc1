using System.Diagnostics;
using Xunit;

namespace FailureHistory.Node.Tests.Http;

/// <summary>A test in a real browser; skipped where there is none.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class BrowserFactAttribute : FactAttribute
{
    public BrowserFactAttribute()
    {
        if (Browser.Program is null)
        {
            Skip = $"needs one of {string.Join(", ", Browser.Names)} on the PATH";
        }
    }
}

/// <summary>A headless browser on one page, until disposed of. The page itself tells the test what it saw, so nothing has to steer it.</summary>
internal sealed class Browser : IAsyncDisposable
{
    public static readonly string[] Names = ["chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"];

    private readonly Process process;
    private readonly string profile = Directory.CreateTempSubdirectory("failure-history-browser-").FullName;
    private readonly List<string> said = [];

    public Browser(Uri page)
    {
        var start = new ProcessStartInfo(Program!) { RedirectStandardError = true, RedirectStandardOutput = true };
        string[] arguments =
        [
            "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--disable-background-networking",
            "--disable-component-update", "--no-proxy-server", "--remote-debugging-port=0", $"--user-data-dir={profile}", page.ToString(),
        ];
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        process = new Process { StartInfo = start };
        process.ErrorDataReceived += (_, line) => Remember(line.Data);
        process.OutputDataReceived += (_, line) => Remember(line.Data);
        process.Start();
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
    }

    /// <summary>The first of <see cref="Names"/> that is there, or null.</summary>
    public static string? Program { get; } = (
        from name in Names
        from folder in (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
        let path = Path.Combine(folder, name)
        where File.Exists(path)
        select path).FirstOrDefault();

    /// <summary>What it wrote, for messages.</summary>
    public string Said
    {
        get
        {
            lock (said)
            {
                return string.Join("\n", said);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        process.Kill(entireProcessTree: true);
        await process.WaitForExitAsync();
        process.Dispose();
        try
        {
            Directory.Delete(profile, recursive: true);
        }
        catch (IOException)
        {
            // A child of the browser that is still on its way out writes there; the folder is a temporary one.
        }
    }

    private void Remember(string? line)
    {
        if (line is not null)
        {
            lock (said)
            {
                said.Add(line);
            }
        }
    }
}
