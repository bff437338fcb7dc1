using Akka.Actor;
using Akka.Cluster;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Replication;
using FailureHistory.Core.Ring;
using FailureHistory.Messages;
using FailureHistory.Messages.Wire;
using FailureHistory.Node.Configuration;
using FailureHistory.Node.Member;
using FailureHistory.Node.Ring;

namespace FailureHistory.Node.Queries;

/// <summary>The cluster, the ring and this member's readiness as this member sees them (SPEC 11.2, R9.11).</summary>
internal sealed class ClusterViews(MemberContext context)
{
    private readonly Cluster cluster = Akka.Cluster.Cluster.Get(context.System);
    private bool wasReady;

    public ClusterInfo Cluster()
    {
        var state = cluster.State;
        var ring = context.Ring?.Record;
        var present = new HashSet<MemberId>();
        var members = new List<ClusterMemberInfo>();
        foreach (var member in state.Members)
        {
            var roles = MemberRoles.Of(member);
            if (roles.Id is not { } id)
            {
                continue;
            }

            present.Add(id);
            var status = state.Unreachable.Contains(member) ? "unreachable" : member.Status.ToString().ToLowerInvariant();
            members.Add(new ClusterMemberInfo(
                id.ToString(), $"{member.Address.Host}:{member.Address.Port}", member.Address.ToString(), roles.Http, roles.Zone, status, ring?.Contains(id) ?? false));
        }

        members.AddRange((ring?.Members ?? [])
            .Where(m => !present.Contains(m.Id))
            .Select(m => new ClusterMemberInfo(m.Id.ToString(), m.Name, m.Address, null, m.Zone, "missing", true)));
        return new ClusterInfo(ring?.ClusterId.ToString("x32", null), members);
    }

    public object Ring()
    {
        if (context.Ring is not { } ring)
        {
            return new TryAgain("the ring in force is not known yet", TimeSpan.FromSeconds(1));
        }

        var serving = context.Serving;
        return new RingInfo(
            ring.Record.ClusterId.ToString("x32", null),
            ring.Version,
            ring.Record.ReplicationFactor,
            [.. ring.Record.Members.Select(m => new RingMemberInfo(m.Id.ToString(), m.Name, m.Zone, ring.Placement.CopiesOf(m.Id)))],
            [.. Enumerable.Range(0, ring.Record.SegmentCount).Select(segment => new RingSegmentInfo(
                segment,
                [.. ring.Placement.Replicas(segment).Select(m => m.ToString())],
                [.. ring.Placement.Replicas(segment).Where(m => Serves(serving, m, segment)).Select(m => m.ToString())]))]);
    }

    public async Task<object> Remove(RemoveRingMember request)
    {
        if (!MemberId.TryParse(request.Id, out var id))
        {
            return new InvalidRequest("id", $"'{request.Id}' is not a member id; expected 32 hex digits as GET /v1/ring shows them");
        }

        try
        {
            // The keeper is a singleton: it runs at the oldest member.
            var oldest = cluster.State.Members.Where(m => m.Status == MemberStatus.Up && m.HasRole(MemberRoles.Member)).Order(Akka.Cluster.Member.AgeOrdering).FirstOrDefault();
            if (oldest is null)
            {
                return new TryAgain("no member is up yet", TimeSpan.FromSeconds(2));
            }

            var reply = await context.Peers.RefAt(oldest.Address, RingKeeper.Path).Ask<RingRemovalReply>(
                new RingRemoval { RequestId = Guid.NewGuid().ToString("n"), Member = WireIds.Bytes(id) }, TimeSpan.FromSeconds(15)).ConfigureAwait(false);
            if (reply.Done)
            {
                // The keeper's news reaches this member a moment after the decision: whoever reads the reply finds the ring changed here. Polled, since
                // the ring is a value that actors share and nobody is told of; bounded, since the removal is decided whether it is seen here or not.
                for (var waited = 0; waited < 40 && (context.Ring?.Version ?? 0) < reply.Version; waited++)
                {
                    await Task.Delay(TimeSpan.FromMilliseconds(50), context.Time).ConfigureAwait(false);
                }

                return new RingChanged(reply.Version);
            }

            return reply.Detail.Split(": ", 2) switch
            {
                ["unknown", _] => new NodeNotFound(request.Id, context.Name),
                ["invalid", var detail] => new InvalidRequest("id", detail),
                _ => new TryAgain(reply.Detail, TimeSpan.FromSeconds(2)),
            };
        }
        catch (AskTimeoutException)
        {
            return new TryAgain("the keeper of the ring did not answer; the cluster may be without one for some seconds after a failure", TimeSpan.FromSeconds(2));
        }
    }

    public Readiness Readiness()
    {
        var (status, waitsFor) = Missing();
        wasReady |= status == "ready";
        return new Readiness(status == "ready", status, context.Ring?.Version ?? 0, waitsFor);
    }

    private (string Status, IReadOnlyList<string> WaitsFor) Missing()
    {
        if (cluster.IsTerminated)
        {
            return ("stopping", ["this member is stopping"]);
        }

        if (context.IsStopping)
        {
            return ("stopping", ["this member was told to stop: it hands over what the other replicas lack and leaves the cluster, not the ring; it answers meanwhile, but send what is new to another member"]);
        }

        if (!context.IsRecovered)
        {
            return ("recovering", [context.StorageStatus.Length > 0 ? context.StorageStatus : "this member is reading its snapshots and its log"]);
        }

        if (cluster.SelfMember.Status != MemberStatus.Up)
        {
            return ("joining", [context.JoiningStatus.Length > 0 ? context.JoiningStatus : "this member is joining the cluster"]);
        }

        if (context.Ring is not { } ring)
        {
            return ("joining", [context.JoiningStatus.Length > 0 ? context.JoiningStatus : "no version of the ring is known here yet; it comes with the first member that knows it"]);
        }

        if (!ring.Record.Contains(context.Id))
        {
            return ("joining", [$"this member is not in ring version {ring.Version} yet; the keeper takes members in one at a time"
                + (RingWaits.Of(context, ring) is { } waits ? $", and waits for {waits}" : string.Empty)]);
        }

        if (context.AwaitsRegistry)
        {
            return ("joining", ["this member reads the detectors' registry"]);
        }

        return !context.LogWritable ? ("read-only", [context.Settings.Journal == JournalKind.PostgreSql
                ? $"the log can't be written: {context.Settings.PostgreSql.Connection.Place}; this member's standard output has the database's error, and it goes on by itself"
                : "the log can't be written; see this member's log for the disk's error"]) : Copies(ring);
    }

    private (string Status, IReadOnlyList<string> WaitsFor) Copies(RingView ring)
    {
        var own = ring.Placement.SegmentsOf(context.Id);
        var lost = own.Where(s => ring.Placement.Replicas(s).Count(context.Peers.IsReachable) < ring.Placement.Majority(s)).ToList();
        if (lost.Count > 0)
        {
            var missing = ring.Record.Members.Where(m => !context.Peers.IsReachable(m.Id)).Select(m => $"{m.Name} ({m.Id})");
            return ("no-majority", [
                $"{lost.Count} of {own.Count} segments have no majority of their replicas; unreachable: {string.Join(", ", missing)}",
                "start them again, or take out those that will not come back: fhs ring remove <id>"]);
        }

        var fetching = own.Count(s => context.Board[s] is not { Phase: CopyPhase.Serving, Complete: true });
        // Segments gained later are fetched while the others go on serving (R9.11).
        return fetching > 0 && !wasReady
            ? ("fetching", [$"{fetching} of {own.Count} segments ask the other replicas for what they lack"])
            : ("ready", []);
    }

    private bool Serves(Registry.ServingMap serving, MemberId member, int segment) =>
        member == context.Id ? context.Board[segment].Phase == CopyPhase.Serving : context.Peers.IsReachable(member) && serving.Serves(member, segment);
}
