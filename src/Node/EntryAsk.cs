using Akka.Actor;
using FailureHistory.Messages;
using FailureHistory.Node.Telemetry;

namespace FailureHistory.Node;

/// <summary>Asks the entry actor of this process, which may be on its way down.</summary>
internal static class EntryAsk
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    /// <summary>Its reply; a "try again" where it stops meanwhile or does not answer in time.</summary>
    public static async Task<object> Ask(IActorRef entry, Task entryStopped, object request, CancellationToken ct)
    {
        try
        {
            // An actor system that is on its way down answers nobody: who asks then must not wait for the time-out.
            using var either = CancellationTokenSource.CreateLinkedTokenSource(ct);
            var reply = entry.Ask<object>(Tracing.Carry(request), Limit, either.Token);
            var first = await Task.WhenAny(reply, entryStopped).ConfigureAwait(false);
            if (first == reply)
            {
                return await reply.ConfigureAwait(false);
            }

            await either.CancelAsync().ConfigureAwait(false);
            return Stopping(request);
        }
        catch (AskTimeoutException)
        {
            return new TryAgain("this member did not answer in time", TimeSpan.FromSeconds(1));
        }
    }

    /// <summary>What is answered once there is no entry any more.</summary>
    public static object Stopping(object request) => request is GetReadiness
        ? new Readiness(false, "stopping", 0, ["this member's actor system is stopping"])
        : new TryAgain("this member's actor system is stopping", TimeSpan.FromSeconds(1));

    /// <summary>What is answered while there is no entry yet.</summary>
    public static object Starting(object request) => request is GetReadiness
        ? new Readiness(false, "starting", 0, ["this member's actor system is starting"])
        : new TryAgain("this member's actor system is starting", TimeSpan.FromSeconds(1));
}
