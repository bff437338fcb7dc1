using Akka.Actor;
using Akka.Cluster;
using Akka.Event;
using FailureHistory.Core.Ring;
using FailureHistory.Messages;
using FailureHistory.Node.Configuration;
using FailureHistory.Node.Http;
using FailureHistory.Node.Member;
using FailureHistory.Node.Notifications;
using FailureHistory.Node.Persistence;
using FailureHistory.Node.Ring;

namespace FailureHistory.Node.Hosting;

/// <summary>
/// A member in an application's actor system. It lives as long as that does: where a member of its own starts its actor system again (downed, a disk
/// that can't be read), here the application's ends, and its supervisor starts the process again.
/// </summary>
internal sealed class HostedMember : IFailureHistoryService, IExtension
{
    private readonly ActorSystem system;
    private volatile Running? running;

    private HostedMember(ActorSystem system) => this.system = system;

    /// <summary>That of an actor system; before <see cref="Start"/> it answers that it is starting.</summary>
    public static HostedMember Of(ActorSystem system) => system.WithExtension<HostedMember, Provider>();

    /// <summary>Starts the member's actors, and returns what ends it: a line for the operator, once it can't go on.</summary>
    /// <exception cref="StartupException">The ring on disk is damaged or of another k, or the roles are not those of the configuration.</exception>
    public Task<string> Start(NodeSettings settings, DataFolder folder, bool mayForm)
    {
        if (!Cluster.Get(system).SelfRoles.Contains($"fh-id-{folder.Id}"))
        {
            throw new StartupException("the roles of the Failure History Service are not among those of this process: call WithFailureHistory after WithClustering");
        }

        var store = new MemberStore(folder);
        var state = store.ReadRing();
        var context = new MemberContext(folder.Id, settings, TimeProvider.System, new Peers(system, folder.Id), system)
        {
            IsNew = state.InForce is null,
            AwaitsRegistry = true,
            IsGuest = true,
            Tools = GuestTools.Start(system),
        };
        MemberActors.Recall(context, store, state);
        var entry = MemberActors.Start(context, store, isSeed: false, HostedJoiner.Props(context, mayForm && !store.HasRing));
        running = new Running(entry, entry.WatchAsync(CancellationToken.None));
        return context.Failure.Task;
    }

    /// <inheritdoc/>
    public Task<object> Ask(object request, CancellationToken ct) =>
        running is { } member ? EntryAsk.Ask(member.Entry, member.EntryStopped, request, ct) : Task.FromResult(EntryAsk.Starting(request));

    /// <inheritdoc/>
    public Task<object> Report(ReportObservations batch, CancellationToken ct) => Ask(new LocalReport(batch), ct);

    /// <inheritdoc/>
    public Task<object> Subscribe(Subscribe request, CancellationToken ct) =>
        running is { } member ? SubscriptionStream.Open(system, member.Entry, request, ct) : Task.FromResult(EntryAsk.Starting(request));

    private sealed record Running(IActorRef Entry, Task EntryStopped);

    private sealed class Provider : ExtensionIdProvider<HostedMember>
    {
        public override HostedMember CreateExtension(ExtendedActorSystem system) => new(system);
    }
}
