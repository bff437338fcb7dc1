using Akka.Actor;
using Akka.Cluster.Tools.Client;
using Akka.Configuration;
using FailureHistory.Client.Members;
using FailureHistory.Client.Reporting;
using FailureHistory.Client.Subscribing;
using FailureHistory.Core.Time;
using FailureHistory.Messages;
using FailureHistory.Messages.Wire;

namespace FailureHistory.Client;

/// <summary>
/// The Failure History Service for an application with an actor system of its own, inside or outside the cluster (SPEC 11.1, DESIGN D6). It asks
/// the members' entry actors directly, another one where one does not answer, and goes on as long as any member lives. Safe for use by many threads;
/// one for an actor system is enough: <see cref="Get"/>.
/// </summary>
/// <remarks>
/// Times are <see cref="Stamp"/>s, UTC in units of 100 ns. Nodes are named by id (32 hex digits), by name, or by <c>hw:</c> and a hardware address
/// (R6.3). Every method may throw <see cref="UnavailableException"/> and <see cref="NoAnswerException"/> when its time is up,
/// <see cref="InvalidRequestException"/> for what asking again does not mend, and <see cref="OperationCanceledException"/>.
/// </remarks>
public sealed partial class FailureHistoryClient : IExtension, IAsyncDisposable
{
    private readonly CancellationTokenSource ended = new();
    private readonly FailureHistoryClientOptions options;
    private readonly MemberBook book;
    private readonly HedgedAsk ask;
    private readonly IActorRef watch;
    private readonly IActorRef hub;
    private readonly ActorSystem system;
    private readonly Reporter reporter;
    private readonly Subscriber subscriber;
    private readonly Task finding;

    private FailureHistoryClient(ActorSystem system, FailureHistoryClientOptions options)
    {
        var contacts = options.Checked();
        if (system.Serialization.FindSerializerForType(typeof(GetState)).Identifier != FailureHistorySerializer.Id)
        {
            throw new InvalidOperationException(
                "this actor system can't send the messages of the Failure History Service: create it with FailureHistoryClient.Configuration in its configuration, or use WithFailureHistoryClient");
        }

        (this.options, this.system) = (options, system);
        var time = TimeProvider.System;
        book = new MemberBook(system, time);
        watch = system.ActorOf(ConnectionWatch.Props(book));
        var finder = new MemberFinder(system, book, contacts, options.RefreshInterval, time);
        ask = new HedgedAsk(book, finder, time, ended.Token);
        reporter = new Reporter(ask, options, time);
        hub = system.ActorOf(Props.Create(() => new SubscriptionHub()));
        subscriber = new Subscriber(hub, book, options, time, ended.Token);
        finding = Task.Run(() => finder.Run(ended.Token));
        system.RegisterOnTermination(ended.Cancel);
    }

    /// <summary>
    /// What the configuration of the actor system needs: serialization of our messages, and nothing of the application's own; the defaults of
    /// <c>failure-history-client</c>; Akka's for ClusterClient. As a fallback behind the application's own configuration.
    /// </summary>
    public static Config Configuration { get; } = FailureHistorySerializer.Bindings
        .WithFallback(Defaults())
        .WithFallback(ClusterClientReceptionist.DefaultConfig())
        .WithFallback(Akka.Cluster.Tools.PublishSubscribe.DistributedPubSub.DefaultConfig()); // a ClusterClient's envelope is a message of pub/sub; without this it would go as JSON, which members refuse

    /// <summary>The client of an actor system, made at the first call from the section <c>failure-history-client</c> of its configuration.</summary>
    /// <exception cref="ArgumentException">A value of that section is out of its range, or there are no contacts.</exception>
    /// <exception cref="InvalidOperationException">The system was created without <see cref="Configuration"/>.</exception>
    public static FailureHistoryClient Get(ActorSystem system) => system.WithExtension<FailureHistoryClient, Provider>();

    /// <summary>One more client of an actor system, with options of its own; disposed of by the caller, or with the system.</summary>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    /// <exception cref="InvalidOperationException">The system was created without <see cref="Configuration"/>.</exception>
    public static FailureHistoryClient Create(ActorSystem system, FailureHistoryClientOptions options) => new(system, options);

    /// <summary>
    /// Reports observations, up to 10,000, and returns when each is stored by a majority of its replicas or refused for good. An observation without
    /// an id gets one before it is sent, and what was not taken is sent again, so that each is stored once. What is said of one node arrives in the
    /// order of the list.
    /// </summary>
    /// <exception cref="ReportIncompleteException">Some were not stored until <see cref="FailureHistoryClientOptions.ReportDeadline"/>.</exception>
    public Task<ReportOutcome> ReportAsync(IReadOnlyList<ReportedObservation> observations, CancellationToken ct = default) => reporter.Report(observations, ct);

    /// <summary>Reports one observation.</summary>
    /// <exception cref="InvalidRequestException">It was refused for good.</exception>
    /// <exception cref="ReportIncompleteException">It was not stored in time.</exception>
    public async Task<ReportOutcome> ReportAsync(ReportedObservation observation, CancellationToken ct = default)
    {
        var outcome = await reporter.Report([observation], ct).ConfigureAwait(false);
        return outcome.Rejected.Count == 0 ? outcome : throw new InvalidRequestException("observation", outcome.Rejected[0].Error);
    }

    /// <summary>
    /// Told when the probability that a node is down crosses a threshold (R8.1): first the present side (or what came after
    /// <see cref="Subscribe.LastId"/>), then <see cref="SubscriptionSynced"/>, then each crossing once. When its member is lost the subscription goes on
    /// at another; a <see cref="SubscriptionGap"/> says where it could not. It ends when the reading of it ends,
    /// or with the client or its actor system.
    /// </summary>
    /// <remarks>Items count as seen when the next one is asked for. To go on after a restart of the application, keep the cursor of the last item.</remarks>
    public IAsyncEnumerable<ISubscriptionItem> SubscribeAsync(Subscribe request, CancellationToken ct = default) => subscriber.Items(request, ct);

    /// <summary>Stops looking for members. What is under way fails as unavailable; subscriptions end.</summary>
    public async ValueTask DisposeAsync()
    {
        await ended.CancelAsync().ConfigureAwait(false);
        system.Stop(watch);
        system.Stop(hub);
        await finding.ConfigureAwait(false);
        await reporter.DisposeAsync().ConfigureAwait(false);
    }

    private static Config Defaults()
    {
        using var stream = typeof(FailureHistoryClient).Assembly.GetManifestResourceStream("hocon/client.conf")
            ?? throw new InvalidOperationException("hocon/client.conf is not in the assembly");
        using var reader = new StreamReader(stream);
        return ConfigurationFactory.ParseString(reader.ReadToEnd());
    }

    private sealed class Provider : ExtensionIdProvider<FailureHistoryClient>
    {
        public override FailureHistoryClient CreateExtension(ExtendedActorSystem system) => new(system, FailureHistoryClientOptions.From(system.Settings.Config));
    }
}
