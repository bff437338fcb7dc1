using Akka.Actor;
using Akka.Cluster;
using Akka.DistributedData;
using Akka.Event;
using Akka.Persistence;
using FailureHistory.Core.Probability;
using FailureHistory.Core.Time;
using FailureHistory.Messages;
using FailureHistory.Messages.Wire;
using FailureHistory.Node.Member;
using FailureHistory.Node.Reachability;
using FailureHistory.Node.Queries;
using FailureHistory.Node.Registry;

namespace FailureHistory.Node.Actors;

/// <summary>
/// One per member: the detectors and what each weighs in P (R3.1–R3.3, DESIGN D8). Keeps every version that it learns (persistent), shares it
/// through DistributedData, and publishes the merged registry in the member's context, from which gate and queries read. A stale member that
/// comes back can't undo a deletion: a deletion is a version too.
/// </summary>
internal sealed class ProbabilityAggregator : ReceivePersistentActor, IWithTimers
{
    private const int SnapshotEvery = 500;
    private static readonly TimeSpan ShareWithin = TimeSpan.FromSeconds(1);

    private readonly MemberContext context;
    private readonly ILoggingAdapter log = Context.GetLogger();
    private readonly IActorRef replicator;
    private readonly UniqueAddress self = Cluster.Get(Context.System).SelfUniqueAddress;
    private readonly Dictionary<string, Stamp> heardSinceShared = new(StringComparer.Ordinal);

    public ProbabilityAggregator(MemberContext context)
    {
        this.context = context;
        replicator = context.Tools.Replicator;
        PersistenceId = $"registry-{context.Id}";
        JournalPluginId = context.Plugins.Journal;
        SnapshotPluginId = context.Plugins.Snapshots;

        Recover<DetectorVersion>(version => Learn(version.ToEntry()));
        Recover<SnapshotOffer>(offer =>
        {
            foreach (var version in ((RegistrySnapshot)offer.Snapshot).Detectors)
            {
                Learn(version.ToEntry());
            }
        });
        Recover<RecoveryCompleted>(_ => Recovered());

        Command<RegisterDetector>(OnRegister);
        Command<DeleteDetector>(OnDelete);
        Command<DetectorHeartbeat>(OnHeartbeat);
        Command<AutoRegister>(OnAutoRegister);
        Command<FollowMembers>(OnFollowMembers);
        Command<DetectorsHeard>(m => Heard(m.Heard));
        Command<GetDetector>(m => Sender.Tell(Describe(m.Id)));
        Command<GetDetectors>(m => Sender.Tell(AnswerFit.Detectors(Sender, m, context.Registry.All.Select(e => context.Registry.ToInfo(e, context.Now)))));

        Command<Changed>(OnChanged);
        Command<RegistryRead>(OnRegistryRead);
        Command<Shared>(m => m.ReplyTo.Tell(m.Reply));
        Command<ShareHeard>(_ => SpreadHeard());
        Command<IUpdateResponse>(_ => { });
        Command<SaveSnapshotSuccess>(m => DeleteMessages(m.Metadata.SequenceNr));
        Command<SaveSnapshotFailure>(m => log.Warning(m.Cause, "the snapshot of the detectors' registry failed; its log is kept"));
        Command<DeleteMessagesSuccess>(_ => { });
        Command<DeleteMessagesFailure>(m => log.Warning(m.Cause, "deleting old versions of detectors failed; they are only read again at the next start"));
    }

    public override string PersistenceId { get; }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(MemberContext context) => Akka.Actor.Props.Create(() => new ProbabilityAggregator(context));

    protected override void PreStart()
    {
        base.PreStart();
        Timers.StartPeriodicTimer("heard", ShareHeard.Instance, TimeSpan.FromSeconds(1));
        for (var shard = 0; shard < RegistryShard.Count; shard++)
        {
            replicator.Tell(Dsl.Subscribe(RegistryShard.Key(shard), Self));
        }

        replicator.Tell(Dsl.Subscribe(HeardTimes.Key, Self));
    }

    private void Recovered()
    {
        ShareAll();
        if (context.IsNew)
        {
            Context.ActorOf(RegistryCatchUp.Props(replicator), "catch-up");
        }
        else
        {
            context.AwaitsRegistry = false;
        }
    }

    private void OnRegister(RegisterDetector request)
    {
        // Of the built-in detector whoever changes another thing must not widen its scope to all nodes (R3.4).
        var scope = request.Id == ReachabilityDetector.Id && request.Scope is null or [] ? context.Registry.FindVersion(request.Id)?.Scope : request.Scope;
        var registration = new DetectorRegistration(request.Id, request.Accuracy, scope, request.Ttl, request.ReportedTimestamps, request.Description);
        if (registration.Fault() is { } fault)
        {
            Sender.Tell(new InvalidRequest("detector", fault));
            return;
        }

        if (context.Registry.Find(request.Id) is null && context.Registry.All.Count >= DetectorRegistry.MaxCount)
        {
            Sender.Tell(new InvalidRequest("id", $"{DetectorRegistry.MaxCount} detectors are registered, the most there may be; delete some first"));
            return;
        }

        Keep(context.Registry.Register(registration, context.Id), request.Id, Sender, () => Describe(request.Id));
    }

    private void OnDelete(DeleteDetector request)
    {
        if (context.Registry.Find(request.Id) is null)
        {
            Sender.Tell(new DetectorNotFound(request.Id));
            return;
        }

        Keep(context.Registry.Delete(request.Id, context.Id), request.Id, Sender, () => new DetectorDeleted(request.Id));
    }

    private void OnAutoRegister(AutoRegister request)
    {
        if (context.Registry.Find(request.Id) is not null)
        {
            return;
        }

        if (context.Registry.All.Count >= DetectorRegistry.MaxCount)
        {
            log.Warning("detector {0} reports but is not registered: {1} are, the most there may be", request.Id, DetectorRegistry.MaxCount);
            return;
        }

        Keep(context.Registry.AutoRegister(request.Id, context.Id), request.Id, null, () => new DetectorNotFound(request.Id));
    }

    // Only the scope is the service's own; what an administrator set at the same time elsewhere wins, and the scope is put right again (R3.4).
    private void OnFollowMembers(FollowMembers request)
    {
        var known = context.Registry.FindVersion(ReachabilityDetector.Id);
        if (known is not { Deleted: true })
        {
            var next = context.Registry.Register(ReachabilityDetector.Following(known, request.Scope), DetectorEntry.TheService);
            Keep(next, ReachabilityDetector.Id, null, () => new DetectorNotFound(ReachabilityDetector.Id));
        }
    }

    private void OnHeartbeat(DetectorHeartbeat request)
    {
        if (context.Registry.Find(request.Id) is null)
        {
            Sender.Tell(new DetectorNotFound(request.Id));
            return;
        }

        Heard(new Dictionary<string, Stamp> { [request.Id] = context.Now });
        Sender.Tell(Describe(request.Id));
    }

    // Persist → apply → share with all members → reply, so that whoever reads the reply finds the same at any member that is up.
    private void Keep(DetectorRegistry next, string id, IActorRef? replyTo, Func<object> reply)
    {
        var entry = next.FindVersion(id)!;
        if (context.Registry.FindVersion(id) is { } known && !entry.Supersedes(known))
        {
            replyTo?.Tell(reply());
            return;
        }

        Persist(entry.ToWire(), _ =>
        {
            Learn(entry);
            SnapshotIfDue();
            var update = Dsl.Update(RegistryShard.Key(RegistryShard.Of(id)), RegistryShard.Empty, new WriteAll(ShareWithin), shard => shard.With(entry));
            var answer = reply();
            if (replyTo is null || replyTo.IsNobody())
            {
                replicator.Tell(update);
            }
            else
            {
                // Whether all were reached in time or not: it is durable here and spreads by gossip.
                replicator.Ask<IUpdateResponse>(update, ShareWithin * 2)
                    .PipeTo(Self, success: _ => new Shared(replyTo, answer), failure: _ => new Shared(replyTo, answer));
            }
        });
    }

    private void OnChanged(Changed changed)
    {
        if (changed.Key.Equals(HeardTimes.Key))
        {
            context.Registry = changed.Get(HeardTimes.Key).Times.Aggregate(context.Registry, (registry, heard) => registry.WithHeard(heard.Key, heard.Value));
            return;
        }

        KeepNews(((RegistryShard)changed.Data).Entries.Values);
    }

    private void OnRegistryRead(RegistryRead all)
    {
        KeepNews(all.Entries);
        DeferAsync(all, _ => context.AwaitsRegistry = false);
    }

    private void KeepNews(IEnumerable<DetectorEntry> entries)
    {
        var news = entries.Where(e => context.Registry.FindVersion(e.Id) is not { } known || e.Supersedes(known)).ToList();
        PersistAll(news.Select(e => e.ToWire()), version =>
        {
            Learn(version.ToEntry());
            SnapshotIfDue();
        });
    }

    private void Learn(DetectorEntry entry) => context.Registry = context.Registry.Merge(entry);

    private void ShareAll()
    {
        foreach (var group in context.Registry.AllVersions.GroupBy(e => RegistryShard.Of(e.Id)))
        {
            var entries = group.ToList();
            replicator.Tell(Dsl.Update(
                RegistryShard.Key(group.Key), RegistryShard.Empty, WriteLocal.Instance, shard => entries.Aggregate(shard, (s, e) => s.With(e))));
        }
    }

    private void Heard(IReadOnlyDictionary<string, Stamp> heard)
    {
        foreach (var (id, at) in heard)
        {
            // What is restored was heard long ago: it must not take the place of what was heard since and is not told yet.
            if (context.Registry.Find(id) is null || (context.Registry.LastHeard.TryGetValue(id, out var known) && at <= known))
            {
                continue;
            }

            context.Registry = context.Registry.WithHeard(id, at);
            heardSinceShared[id] = at;
        }
    }

    // Of detectors with a ttl every second or tenth of it; of the others, which never go stale, every 5 s.
    private void SpreadHeard()
    {
        foreach (var gone in heardSinceShared.Keys.Where(id => !IsShared(id)).ToList())
        {
            heardSinceShared.Remove(gone);
        }

        var due = heardSinceShared.Where(h => lastShared.GetValueOrDefault(h.Key) + Interval(h.Key) <= h.Value).ToList();
        if (due.Count == 0)
        {
            return;
        }

        foreach (var (id, at) in due)
        {
            lastShared[id] = at;
            heardSinceShared.Remove(id);
        }

        replicator.Tell(Dsl.Update(
            HeardTimes.Key, HeardTimes.Empty, WriteLocal.Instance,
            all => all.Merge(new HeardTimes(System.Collections.Immutable.ImmutableDictionary.CreateRange(StringComparer.Ordinal, due)))));
    }

    private readonly Dictionary<string, Stamp> lastShared = new(StringComparer.Ordinal);

    // The whole map must fit one message: of those without a ttl it matters to nobody but a reader, so with very many it stays local.
    private bool IsShared(string id) => context.Registry.Find(id) is { } entry && (entry.Ttl is not null || context.Registry.All.Count <= 1000);

    private TimeSpan Interval(string id) => context.Registry.Find(id)?.Ttl is { } ttl
        ? TimeSpan.FromTicks(Math.Max(TimeSpan.TicksPerSecond, ttl.Ticks / 10))
        : TimeSpan.FromSeconds(5);

    private object Describe(string id) =>
        context.Registry.Find(id) is { } entry ? context.Registry.ToInfo(entry, context.Now) : new DetectorNotFound(id);

    private void SnapshotIfDue()
    {
        if (LastSequenceNr % SnapshotEvery == 0)
        {
            var snapshot = new RegistrySnapshot { Format = 1 };
            snapshot.Detectors.AddRange(context.Registry.AllVersions.Select(e => e.ToWire()));
            SaveSnapshot(snapshot);
        }
    }

    private sealed record Shared(IActorRef ReplyTo, object Reply) : ILocalMessage;

    private sealed record ShareHeard : ILocalMessage
    {
        public static ShareHeard Instance { get; } = new();
    }
}
