using System.Runtime.InteropServices;
using FailureHistory.Node.Configuration;
using FailureHistory.Node.Http;
using FailureHistory.Node.Persistence;

namespace FailureHistory.Node;

/// <summary>A member, or a seed, as a process: settings, HTTP from the start (R9.11), the member, and an orderly end on SIGTERM and Ctrl-C.</summary>
public static class MemberProgram
{
    /// <summary>Runs until it is stopped (exit code 0) or can't go on (one line on standard error and exit code 2).</summary>
    public static async Task<int> Run(string[] args, bool isSeed)
    {
        try
        {
            var settings = NodeSettings.Load(args, Environment.GetEnvironmentVariables());
            if (isSeed && settings.Seeds.Count == 0)
            {
                throw new StartupException("a seed needs --seeds: the addresses of members, since it has no ring of its own to find them by");
            }

            using var folder = DataFolder.Open(settings.Data);
            await using var host = new MemberHost(settings, folder, TimeProvider.System, isSeed);
            return await Serve(settings, host, isSeed).ConfigureAwait(false);
        }
        catch (StartupException e)
        {
            await Console.Error.WriteLineAsync(e.Message).ConfigureAwait(false);
            return StartupException.ExitCode;
        }
    }

    private static async Task<int> Serve(NodeSettings settings, MemberHost host, bool isSeed)
    {
        var stop = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        void Stop(PosixSignalContext signal)
        {
            signal.Cancel = true;
            stop.TrySetResult();
        }

        await using var web = isSeed || settings.Http is null ? null : await StartHttp(settings.Http, host).ConfigureAwait(false);
        host.Start();
        Console.WriteLine($"{(isSeed ? "seed" : "member")} at {host.SelfAddress}, data in {settings.Data}{(web is null ? string.Empty : $", HTTP at {settings.Http!.GetLeftPart(UriPartial.Authority)}")}");
        var ended = await Task.WhenAny(stop.Task, host.Ended).ConfigureAwait(false);
        if (ended == host.Ended && await host.Ended.ConfigureAwait(false) is { } fault)
        {
            await Console.Error.WriteLineAsync(fault).ConfigureAwait(false);
            return StartupException.ExitCode;
        }

        web?.Lifetime.StopApplication(); // ends the streams of notifications, so that their readers go on elsewhere while this member hands over
        await host.Stop().ConfigureAwait(false);
        return 0;
    }

    private static async Task<WebApplication> StartHttp(Uri address, MemberHost host)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(address.GetLeftPart(UriPartial.Authority));
        var web = builder.Build();
        web.UseProblemsForUnmapped();
        web.MapFailureHistory(host);
        try
        {
            await web.StartAsync().ConfigureAwait(false);
            return web;
        }
        catch (IOException e)
        {
            await web.DisposeAsync().ConfigureAwait(false);
            throw new StartupException($"HTTP can't listen at {address}: {e.Message}; choose another address with --http", e);
        }
    }
}
