using FailureHistory.Core.Identity;
using FailureHistory.Core.Ring;
using Xunit;

namespace FailureHistory.Core.Tests.Ring;

/// <summary>
/// Processes that vote and propose over a network that loses, repeats and reorders, and crash; all drawn from one seed. Each decision is
/// checked as it happens.
/// </summary>
internal sealed class RingSimulation
{
    private readonly Random random;
    private readonly string label;
    private readonly RingMember[] pool;
    private readonly Dictionary<MemberId, RingState> disks;
    private readonly Dictionary<MemberId, RingProposer> proposers = [];
    private readonly Dictionary<MemberId, Ballot> ballots = [];
    private readonly List<Envelope> network = [];
    private bool peace;

    internal RingSimulation(int seed, int processes, int formedWith)
    {
        random = new Random(seed);
        label = $"seed {seed}";
        pool = Rings.Draw(random, processes);
        disks = pool.ToDictionary(m => m.Id, _ => RingState.Empty);
        var ring = RingChanges.Form(9, pool[0], 3);
        InForceAt(ring);
        for (var i = 1; i < formedWith; i++)
        {
            ring = RingChanges.Add(ring, pool[i]);
            InForceAt(ring);
        }
    }

    private sealed record Envelope(MemberId From, MemberId To, object Body);

    /// <summary>What was decided, by version.</summary>
    internal SortedDictionary<long, RingRecord> Decisions { get; } = [];

    /// <summary>How often two attempts decided one version, which must be the same record.</summary>
    internal int RepeatedDecisions { get; private set; }

    internal void RunInChaos(int steps)
    {
        for (var step = 0; step < steps; step++)
        {
            var anyone = pool[random.Next(pool.Length)].Id;
            switch (random.Next(20))
            {
                case 0 or 1 when !proposers.TryGetValue(anyone, out var running) || running.IsDone || random.Next(4) == 0:
                    Propose(anyone);
                    break;
                case 2 when proposers.TryGetValue(anyone, out var proposer):
                    CarryOut(anyone, proposer.Resend());
                    break;
                case 3 when random.Next(4) == 0:
                    Crash(anyone);
                    break;
                case 4 when network.Count > 0:
                    network.RemoveAt(random.Next(network.Count));
                    break;
                case 5 when network.Count > 0:
                    Deliver(network[random.Next(network.Count)]);
                    break;
                default:
                    DeliverAny();
                    break;
            }
        }
    }

    /// <summary>One proposer, nothing lost: the change it wants must come in force within a few attempts, whatever the chaos left behind.</summary>
    internal void MustDecideInPeace()
    {
        network.Clear();
        proposers.Clear();
        peace = true;
        var proposer = disks.MaxBy(d => d.Value.Version).Key;
        var version = disks[proposer].Version;
        for (var attempt = 0; attempt < 20; attempt++)
        {
            var wanted = ChangeOf(disks[proposer].InForce!);
            Propose(proposer, _ => wanted);
            while (network.Count > 0)
            {
                var first = network[0];
                network.RemoveAt(0);
                Deliver(first);
            }

            if (Decisions.Values.Any(d => d.Version > version && d.Equals(wanted)))
            {
                return;
            }
        }

        Assert.Fail($"{label}: nothing of what was wanted was decided in 20 attempts of a lone proposer; the ring is at version {disks[proposer].Version}");
    }

    private void InForceAt(RingRecord ring)
    {
        Decisions[ring.Version] = ring;
        foreach (var member in ring.Members)
        {
            disks[member.Id] = RingAcceptor.OnInForce(disks[member.Id], ring).Next;
        }
    }

    private void Crash(MemberId id)
    {
        proposers.Remove(id);
        ballots.Remove(id);
    }

    private void Propose(MemberId id) => Propose(id, ChangeOf);

    private void Propose(MemberId id, Func<RingRecord, RingRecord> change)
    {
        if (disks[id].InForce is not { } inForce)
        {
            return;
        }

        var seen = ballots.TryGetValue(id, out var heard) && (disks[id].Promised is not { } own || heard > own) ? heard : disks[id].Promised;
        var ballot = Ballot.Above(seen, id);
        (disks[id], var promise) = RingAcceptor.OnPrepare(disks[id], inForce.ClusterId, inForce.Version + 1, ballot);
        Assert.True(promise is Promise, $"{label}: a ballot above all seen was refused by its own acceptor: {promise}");
        proposers[id] = new RingProposer(inForce, change, ballot);
        CarryOut(id, proposers[id].Start());
    }

    private RingRecord ChangeOf(RingRecord ring)
    {
        var member = pool[random.Next(pool.Length)];
        return !ring.Contains(member.Id) ? RingChanges.Add(ring, member)
            : ring.Members.Count > 1 ? RingChanges.Remove(ring, member.Id)
            : RingChanges.Add(ring, pool.First(m => !ring.Contains(m.Id)));
    }

    private void DeliverAny()
    {
        if (network.Count > 0)
        {
            var i = random.Next(network.Count);
            var envelope = network[i];
            network.RemoveAt(i);
            Deliver(envelope);
        }
    }

    private void Deliver(Envelope envelope)
    {
        var (from, to, body) = envelope;
        switch (body)
        {
            case SendPrepare prepare:
                (disks[to], var promise) = RingAcceptor.OnPrepare(disks[to], prepare.ClusterId, prepare.Version, prepare.Ballot);
                network.Add(new Envelope(to, from, promise));
                break;
            case SendAccept accept:
                (disks[to], var vote) = RingAcceptor.OnAccept(disks[to], accept.Ballot, accept.Record);
                network.Add(new Envelope(to, from, vote));
                break;
            case RingRecord record:
                (disks[to], var outcome) = RingAcceptor.OnInForce(disks[to], record);
                Assert.True(outcome is not (RingLearning.Diverged or RingLearning.ForeignCluster), $"{label}: {outcome} at version {record.Version}");
                break;
            case PrepareReply reply when proposers.TryGetValue(to, out var proposer):
                CarryOut(to, proposer.OnPrepareReply(from, reply));
                break;
            case AcceptReply reply when proposers.TryGetValue(to, out var proposer):
                CarryOut(to, proposer.OnAcceptReply(from, reply));
                break;
        }
    }

    private void CarryOut(MemberId id, IReadOnlyList<RingDirective> directives)
    {
        foreach (var directive in directives)
        {
            switch (directive)
            {
                case SendPrepare prepare:
                    network.AddRange(prepare.To.Select(to => new Envelope(id, to, prepare)));
                    break;
                case SendAccept accept:
                    network.AddRange(accept.To.Select(to => new Envelope(id, to, accept)));
                    break;
                case SendInForce inForce:
                    network.Add(new Envelope(id, inForce.To, inForce.Record));
                    break;
                case Decided decided:
                    Check(decided.Record);
                    disks[id] = RingAcceptor.OnInForce(disks[id], decided.Record).Next;
                    // In chaos only some hear of a decision, so that others try to decide the same version again.
                    network.AddRange(pool.Where(m => m.Id != id && (peace || random.Next(4) == 0)).Select(m => new Envelope(id, m.Id, decided.Record)));
                    break;
                case Abandon abandon:
                    ballots[id] = abandon.HighestBallot;
                    if (abandon.Newer is { } newer)
                    {
                        disks[id] = RingAcceptor.OnInForce(disks[id], newer).Next;
                    }

                    break;
            }
        }
    }

    private void Check(RingRecord record)
    {
        if (!Decisions.TryAdd(record.Version, record))
        {
            RepeatedDecisions++;
            Assert.True(Decisions[record.Version].Equals(record), $"{label}: two records were decided for version {record.Version}");
        }

        Assert.True(record.Follows(Decisions[record.Version - 1]), $"{label}: version {record.Version} does not follow the one decided before");
        var holding = record.PreviousMembers.Count(m => disks[m.Id].Version >= record.Version || record.Equals(disks[m.Id].Accepted));
        Assert.True(
            holding >= Segments.Majority(record.PreviousMembers.Count),
            $"{label}: version {record.Version} was called decided with {holding} of {record.PreviousMembers.Count} holding it");
    }
}
