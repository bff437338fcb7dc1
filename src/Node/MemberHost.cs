using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Cluster.Sharding;
using Akka.Cluster.Tools.Client;
using Akka.Cluster.Tools.PublishSubscribe;
using Akka.Cluster.Tools.Singleton;
using Akka.Configuration;
using Akka.DistributedData;
using FailureHistory.Core.Ring;
using FailureHistory.Messages;
using FailureHistory.Node.Configuration;
using FailureHistory.Node.Http;
using FailureHistory.Node.Member;
using FailureHistory.Node.Notifications;
using FailureHistory.Node.Persistence;
using FailureHistory.Node.Registry;
using FailureHistory.Node.Ring;
using FailureHistory.Node.Telemetry;

namespace FailureHistory.Node;

/// <summary>
/// One member in this process: starts its actor system on the data folder, starts it again when it ends unasked (downed, or to join a larger
/// side: R9.10, R9.11), and answers for it in between. With <paramref name="isSeed"/> a bare contact point and vote.
/// </summary>
public sealed class MemberHost(NodeSettings settings, DataFolder folder, TimeProvider time, bool isSeed = false) : IFailureHistoryService, IAsyncDisposable
{
    private readonly MemberStore store = new(folder);
    private readonly CancellationTokenSource stopping = new();
    private volatile Running? running;
    private int port = settings.Port;

    /// <summary>Ends with a line for the operator when the member can't go on; with null once it was stopped.</summary>
    public Task<string?> Ended { get; private set; } = Task.FromResult<string?>(null);

    /// <summary>This member's Akka address while it runs.</summary>
    public Address? SelfAddress => running?.Context.Peers.SelfAddress;

    /// <summary>The actor system while it runs; for tests that cut links.</summary>
    public ActorSystem? System => running?.System;

    /// <summary>Starts the actor system; throws when the port is taken.</summary>
    /// <exception cref="StartupException">The port is in use, or the ring on disk is damaged.</exception>
    public void Start()
    {
        running = Launch();
        Ended = Watch();
    }

    /// <inheritdoc/>
    public async Task<object> Ask(object request, CancellationToken ct)
    {
        if (running is not { } member)
        {
            return stopping.IsCancellationRequested ? EntryAsk.Stopping(request) : EntryAsk.Starting(request);
        }

        return await EntryAsk.Ask(member.Entry, member.EntryStopped, request, ct).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public Task<object> Report(ReportObservations batch, CancellationToken ct) => Ask(new LocalReport(batch), ct);

    /// <inheritdoc/>
    public Task<object> Subscribe(Messages.Subscribe request, CancellationToken ct) => running is { } member
        ? SubscriptionStream.Open(member.System, member.Entry, request, ct)
        : Task.FromResult(stopping.IsCancellationRequested ? EntryAsk.Stopping(request) : EntryAsk.Starting(request));

    /// <summary>Hands over what the others lack (R9.8), leaves the cluster, not the ring (R9.2), and stops.</summary>
    public async Task Stop()
    {
        if (stopping.IsCancellationRequested)
        {
            return;
        }

        await stopping.CancelAsync().ConfigureAwait(false);
        if (running is { } member)
        {
            await CoordinatedShutdown.Get(member.System).Run(CoordinatedShutdown.ClrExitReason.Instance).ConfigureAwait(false);
        }

        await Ended.ConfigureAwait(false);
    }

    /// <summary>
    /// Ends at once, as a process that is killed: nothing is handed over, nobody is told, what was not written is lost. For experiments and tests
    /// with many members in one process.
    /// </summary>
    public async Task Kill()
    {
        if (stopping.IsCancellationRequested)
        {
            return;
        }

        await stopping.CancelAsync().ConfigureAwait(false);
        if (running is { } member)
        {
            ((ExtendedActorSystem)member.System).Abort();
        }

        await Ended.ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Stop().ConfigureAwait(false);
        stopping.Dispose();
    }

    private async Task<string?> Watch()
    {
        while (running is { } member)
        {
            var ended = await Task.WhenAny(member.System.WhenTerminated, member.Context.Failure.Task).ConfigureAwait(false);
            if (ended == member.Context.Failure.Task)
            {
                await member.System.Terminate().ConfigureAwait(false);
                return await member.Context.Failure.Task.ConfigureAwait(false);
            }

            running = null;
            if (stopping.IsCancellationRequested)
            {
                return null;
            }

            // A system that ends as soon as it starts must not spin; remoting lets go of the port meanwhile.
            await Task.Delay(TimeSpan.FromMilliseconds(500), time, CancellationToken.None).ConfigureAwait(false);
            try
            {
                running = Launch();
            }
            catch (StartupException e)
            {
                return e.Message;
            }
        }

        return null;
    }

    private Running Launch()
    {
        var state = store.ReadRing();
        var roles = string.Join(", ", MemberRoles.For(folder.Id, settings, isSeed).Select(r => $"\"{r}\""));
        var own = ConfigurationFactory.ParseString($$"""
            akka.remote.dot-netty.tcp {
              hostname = "{{settings.Host}}"
              public-hostname = "{{settings.PublicHost}}"
              port = {{port}}
            }
            akka.cluster.roles = [{{roles}}]
            """);
        var config = own
            .WithFallback(EarlyAndLateLog.Setting(settings.Output))
            .WithFallback(settings.Hocon)
            .WithFallback(ReplicatedValuesSerializer.Bindings)
            .WithFallback(isSeed ? SettingsSource.Embedded("seed.conf") : LogDatabase.Of(settings, folder).Settings)
            .WithFallback(SettingsSource.Embedded("node.conf"))
            .WithFallback(SettingsSource.Embedded("serialization.conf"))
            .WithFallback(ClusterSharding.DefaultConfig())
            .WithFallback(DistributedData.DefaultConfig())
            .WithFallback(ClusterSingleton.DefaultConfig())
            .WithFallback(DistributedPubSub.DefaultConfig())
            .WithFallback(ClusterClientReceptionist.DefaultConfig());
        var setup = ActorSystemSetup.Create(BootstrapSetup.Create().WithConfig(config));
        ActorSystem system;
        try
        {
            system = ActorSystem.Create(NodeSettings.SystemName, isSeed ? setup : setup.And(LogDatabase.Of(settings, folder).Connections));
        }
        catch (Exception e) when (IsBindFailure(e))
        {
            throw new StartupException($"port {settings.Port} on {settings.Host} can't be used: {Innermost(e).Message}; choose another with --port", e);
        }

        try
        {
            return Populate(system, state);
        }
        catch
        {
            system.Terminate().GetAwaiter().GetResult();
            throw;
        }
    }

    private Running Populate(ActorSystem system, RingState state)
    {
        var peers = new Peers(system, folder.Id);
        port = port == 0 ? peers.SelfAddress.Port ?? 0 : port; // the same one when the system is started again; behind an address translation not the one that the others know
        var context = new MemberContext(folder.Id, settings, time, peers, system) { IsNew = state.InForce is null, AwaitsRegistry = !isSeed };
        MemberActors.Recall(context, store, state);
        var entry = MemberActors.Start(context, store, isSeed, Joiner.Props(context, isSeed, mayFormNew: settings.Seeds.Count == 0 && !store.HasBeenInARing));
        return new Running(system, context, entry, entry.IsNobody() ? Task.CompletedTask : entry.WatchAsync(CancellationToken.None));
    }

    private static bool IsBindFailure(Exception e) => Innermost(e) is global::System.Net.Sockets.SocketException
        || e.ToString().Contains("Address already in use", StringComparison.OrdinalIgnoreCase);

    private static Exception Innermost(Exception e)
    {
        var inner = e is AggregateException many ? many.Flatten().InnerExceptions[0] : e;
        return inner.InnerException is { } deeper ? Innermost(deeper) : inner;
    }

    private sealed record Running(ActorSystem System, MemberContext Context, IActorRef Entry, Task EntryStopped);
}
