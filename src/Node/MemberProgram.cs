using System.Runtime.InteropServices;
using FailureHistory.Node.Configuration;
using FailureHistory.Node.Http;
using FailureHistory.Node.Persistence;
using FailureHistory.Node.Telemetry;

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

        var http = isSeed ? null : settings.Http;
        using var process = BuildProcess(http, settings, host);
        await Start(process, http).ConfigureAwait(false);
        host.Start();
        await using var manager = new ServiceManager(host, isSeed, TimeProvider.System);
        manager.Started();
        Announce(settings, $"{(isSeed ? "seed" : "member")} at {host.SelfAddress}, data in {settings.Data}{(http is null ? string.Empty : $", HTTP at {http.GetLeftPart(UriPartial.Authority)}")}");
        var ended = await Task.WhenAny(stop.Task, host.Ended).ConfigureAwait(false);
        manager.Stopping();
        if (ended == host.Ended && await host.Ended.ConfigureAwait(false) is { } fault)
        {
            await Console.Error.WriteLineAsync(fault).ConfigureAwait(false);
            return StartupException.ExitCode;
        }

        // Ends the streams of notifications, so that their readers go on elsewhere while this member hands over and leaves the cluster.
        process.Services.GetRequiredService<IHostApplicationLifetime>().StopApplication();
        await host.Stop().ConfigureAwait(false);
        await process.StopAsync().ConfigureAwait(false);
        return 0;
    }

    private static void Announce(NodeSettings settings, string line) => Console.WriteLine(
        settings.Output == OutputFormat.Text ? line : new OperatorEntry(TimeProvider.System.GetUtcNow().UtcDateTime, "INFO", "member", line, null, [], null).ToText(settings.Output));

    // HTTP where it is served, and telemetry.
    private static IHost BuildProcess(Uri? http, NodeSettings settings, MemberHost host)
    {
        if (http is null)
        {
            var plain = Host.CreateEmptyApplicationBuilder(null);
            Common(plain.Services, plain.Logging, settings, prometheus: false);
            return plain.Build();
        }

        // A member is configured by its own file alone; the host would watch the working directory and all below it, where the log is written all the time.
        var builder = WebApplication.CreateSlimBuilder(["--hostBuilder:reloadConfigOnChange=false"]);
        Common(builder.Services, builder.Logging, settings, prometheus: true);
        builder.Services.AddSingleton<IFailureHistoryService>(host);
        builder.Services.AddHealthChecks().AddFailureHistory();
        builder.WebHost.UseUrls(http.GetLeftPart(UriPartial.Authority));
        var web = builder.Build();
        web.UseProblemsForUnmapped();
        web.MapFailureHistory(host);
        web.MapPrometheusScrapingEndpoint("/metrics");
        return web;
    }

    private static void Common(IServiceCollection services, ILoggingBuilder logging, NodeSettings settings, bool prometheus)
    {
        logging.ClearProviders();
        logging.AddProvider(new OperatorLoggerProvider(settings.Output, Console.Out, TimeProvider.System));
        logging.SetMinimumLevel(LogLevel.Warning);
        logging.AddFilter("Microsoft.Extensions.Hosting", LogLevel.None); // a start that fails is told in one line on the standard error
        services.AddMemberTelemetry($"{settings.PublicHost}:{settings.Port}", prometheus);
    }

    private static async Task Start(IHost process, Uri? http)
    {
        try
        {
            await process.StartAsync().ConfigureAwait(false);
        }
        catch (IOException e)
        {
            throw new StartupException($"HTTP can't listen at {http}: {e.Message}; choose another address with --http", e);
        }
    }
}
