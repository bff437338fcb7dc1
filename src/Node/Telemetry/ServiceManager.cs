using System.Globalization;
using System.Net.Sockets;
using Akka.Actor;
using FailureHistory.Messages;
using Microsoft.Extensions.Hosting.Systemd;

namespace FailureHistory.Node.Telemetry;

/// <summary>
/// What systemd is told (<c>Type=notify</c>): READY once the member runs, its readiness as the status line, STOPPING, and with
/// <c>WatchdogSec</c> a sign of life as long as its actors answer. Where there is no systemd (<c>NOTIFY_SOCKET</c>) it does nothing.
/// </summary>
/// <remarks>READY does not wait for /readyz: a member that starts alone after a power cut must not be killed for waiting for the others.</remarks>
internal sealed class ServiceManager(MemberHost host, bool isSeed, TimeProvider time) : IAsyncDisposable
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(5);

    private readonly SystemdNotifier notifier = new();
    private readonly CancellationTokenSource stopped = new();
    private readonly TimeSpan? watchdog = Watchdog();
    private Task watching = Task.CompletedTask;
    private string told = string.Empty;
    private volatile bool isStopping;

    /// <summary>The member runs.</summary>
    public void Started()
    {
        if (notifier.IsEnabled)
        {
            notifier.Notify(ServiceState.Ready);
            watching = Watch();
        }
    }

    /// <summary>The member is being stopped.</summary>
    public void Stopping()
    {
        if (notifier.IsEnabled)
        {
            isStopping = true;
            notifier.Notify(new ServiceState("STOPPING=1\nSTATUS=stopping: hands over what the others lack and leaves the cluster"));
        }
    }

    public async ValueTask DisposeAsync()
    {
        await stopped.CancelAsync().ConfigureAwait(false);
        await watching.ConfigureAwait(false);
        stopped.Dispose();
    }

    // Half of what systemd allows, as its manual says.
    private static TimeSpan? Watchdog() =>
        long.TryParse(Environment.GetEnvironmentVariable("WATCHDOG_USEC"), NumberStyles.None, CultureInfo.InvariantCulture, out var micros) && micros > 0
            && (Environment.GetEnvironmentVariable("WATCHDOG_PID") is not { Length: > 0 } pid || pid == Environment.ProcessId.ToString(CultureInfo.InvariantCulture))
            ? TimeSpan.FromMicroseconds(micros / 2)
            : null;

    private async Task Watch()
    {
        var every = watchdog is { } half && half < LookEvery ? half : LookEvery;
        using var timer = new PeriodicTimer(every, time);
        try
        {
            do
            {
                // Null is no sign of life: where it lasts, systemd ends the process and starts it again.
                if (await Status(stopped.Token).ConfigureAwait(false) is { } status)
                {
                    Tell(status);
                }
            }
            while (await timer.WaitForNextTickAsync(stopped.Token).ConfigureAwait(false));
        }
        catch (OperationCanceledException) when (stopped.IsCancellationRequested)
        {
            // The member stops.
        }
    }

    private void Tell(string status)
    {
        try
        {
            if (watchdog is not null)
            {
                notifier.Notify(new ServiceState("WATCHDOG=1"));
            }

            if (status != told && !isStopping)
            {
                notifier.Notify(new ServiceState("STATUS=" + status));
                told = status;
            }
        }
        catch (SocketException e)
        {
            Console.Error.WriteLine($"systemd can't be told that this member lives: {e.Message}; it is tried again"); // systemd itself is being restarted, say
        }
    }

    // Null where nobody answers.
    private async Task<string?> Status(CancellationToken ct)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(AnswerLimit);
        try
        {
            if (!isSeed)
            {
                return await host.Ask(new GetReadiness(), limit.Token).ConfigureAwait(false) is Readiness readiness
                    ? $"{readiness.Status}{(readiness.Ready ? string.Empty : ": " + readiness.WaitsFor[0])}"
                    : null;
            }

            // A seed answers no queries; where its actor system is being started anew that is life enough.
            return host.System is not { } system ? "starting"
                : (await system.ActorSelection("/user/fh-join").Ask<ActorIdentity>(new Identify(null), limit.Token).ConfigureAwait(false)).Subject is null ? null
                : "seed";
        }
        catch (Exception e) when (e is OperationCanceledException or AskTimeoutException && !ct.IsCancellationRequested)
        {
            return null;
        }
    }
}
