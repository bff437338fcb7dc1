using FailureHistory.Core.Identity;
using FailureHistory.Core.Ring;
using Xunit;

namespace FailureHistory.Core.Tests.Ring;

/// <summary>R9.2: "A version is in force once a majority of its predecessor's members hold it durably; otherwise nothing is decided."</summary>
[Trait("Rule", "R9.2")]
public sealed class RingAgreementTests
{
    private const int Seeds = 400;

    private static readonly RingMember[] People = Rings.Draw(new Random(42), 6);

    [Fact]
    public void However_messages_are_lost_and_processes_crash_one_version_is_one_record()
    {
        var decisions = 0;
        var repeated = 0;
        for (var seed = 1; seed <= Seeds; seed++)
        {
            var simulation = new RingSimulation(seed, processes: 3 + (seed % 4), formedWith: 1 + (seed % (3 + (seed % 4))));
            simulation.RunInChaos(steps: 600);
            decisions += simulation.Decisions.Count;
            repeated += simulation.RepeatedDecisions;
        }

        // A schedule in which nothing is decided, or nobody competes, would prove nothing.
        Assert.True(decisions > 3 * Seeds, $"only {decisions} decisions in {Seeds} runs");
        Assert.True(repeated > Seeds / 20, $"only {repeated} versions were decided by more than one attempt");
    }

    [Fact]
    public void After_any_chaos_a_lone_proposer_decides()
    {
        for (var seed = 1; seed <= Seeds; seed++)
        {
            var simulation = new RingSimulation(-seed, processes: 3 + (seed % 4), formedWith: 1 + (seed % 3));
            simulation.RunInChaos(steps: 150);
            simulation.MustDecideInPeace();
        }
    }

    [Fact]
    public void A_proposer_completes_what_another_left_half_done_and_says_that_it_is_not_its_own()
    {
        var ring = Ring(3);
        var states = Members(ring);
        var half = RingChanges.Add(ring, People[4]);
        var first = new Ballot(1, People[0].Id);
        states[People[2].Id] = RingAcceptor.OnAccept(states[People[2].Id], first, half).Next;

        var proposer = new RingProposer(ring, r => RingChanges.Remove(r, People[1].Id), Ballot.Above(first, People[1].Id));
        var decided = Run(proposer, states, People[1].Id, People[2].Id);

        Assert.Equal(new Decided(half, Wanted: false), decided);
    }

    [Fact]
    public void Of_several_half_done_changes_the_one_of_the_highest_ballot_is_completed()
    {
        var ring = Ring(3);
        var states = Members(ring);
        states[People[0].Id] = RingAcceptor.OnAccept(states[People[0].Id], new Ballot(2, People[0].Id), RingChanges.Add(ring, People[3])).Next;
        var higher = RingChanges.Add(ring, People[4]);
        states[People[1].Id] = RingAcceptor.OnAccept(states[People[1].Id], new Ballot(3, People[1].Id), higher).Next;

        var decided = Run(new RingProposer(ring, r => RingChanges.Add(r, People[5]), new Ballot(4, People[0].Id)), states, People[0].Id, People[1].Id);

        Assert.Equal(new Decided(higher, Wanted: false), decided);
    }

    [Fact]
    public void Without_a_majority_nothing_is_decided()
    {
        var ring = Ring(4);
        var states = Members(ring);

        var outcome = Run(new RingProposer(ring, r => RingChanges.Remove(r, People[3].Id), new Ballot(1, People[0].Id)), states, People[0].Id, People[1].Id);

        Assert.Null(outcome);
    }

    [Fact]
    public void The_votes_of_strangers_do_not_count()
    {
        var ring = Ring(3);
        var ballot = new Ballot(1, People[0].Id);
        var proposer = new RingProposer(ring, r => RingChanges.Add(r, People[5]), ballot);
        proposer.Start();

        proposer.OnPrepareReply(People[4].Id, new Promise(ring.Version + 1, ballot, null, null));
        var directives = proposer.OnPrepareReply(People[5].Id, new Promise(ring.Version + 1, ballot, null, null));

        Assert.Empty(directives);
        Assert.Empty(proposer.OnPrepareReply(People[0].Id, new Promise(ring.Version + 1, ballot, null, null)));
        Assert.Single(proposer.OnPrepareReply(People[1].Id, new Promise(ring.Version + 1, ballot, null, null)));
    }

    [Fact]
    public void One_voter_that_says_yes_twice_is_no_majority()
    {
        var ring = Ring(3);
        var ballot = new Ballot(1, People[0].Id);
        var proposer = new RingProposer(ring, r => RingChanges.Add(r, People[5]), ballot);
        proposer.Start();
        var promise = new Promise(ring.Version + 1, ballot, null, null);

        Assert.Empty(proposer.OnPrepareReply(People[0].Id, promise));
        Assert.Empty(proposer.OnPrepareReply(People[0].Id, promise));
    }

    [Fact]
    public void A_lagging_voter_is_sent_the_version_it_lacks_and_then_votes()
    {
        var ring = Ring(2);
        var states = Members(ring);
        states[People[1].Id] = RingState.Empty;

        var decided = Run(new RingProposer(ring, r => RingChanges.Add(r, People[2]), new Ballot(1, People[0].Id)), states, People[0].Id, People[1].Id);

        Assert.IsType<Decided>(decided);
        Assert.Equal(ring, states[People[1].Id].InForce);
    }

    [Fact]
    public void A_lagging_proposer_is_sent_the_newer_version()
    {
        var ring = Ring(3);
        var newer = RingChanges.Add(ring, People[4]);
        var states = Members(newer);

        var outcome = Run(new RingProposer(ring, r => RingChanges.Add(r, People[5]), new Ballot(1, People[0].Id)), states, People[0].Id);

        Assert.Equal(new Abandon(AbandonReason.Superseded, new Ballot(1, People[0].Id), newer), outcome);
    }

    [Fact]
    public void An_outbid_proposer_learns_the_ballot_to_beat()
    {
        var ring = Ring(3);
        var states = Members(ring);
        var high = new Ballot(8, People[2].Id);
        foreach (var member in ring.Members)
        {
            states[member.Id] = RingAcceptor.OnPrepare(states[member.Id], ring.ClusterId, ring.Version + 1, high).Next;
        }

        var outcome = Run(new RingProposer(ring, r => RingChanges.Add(r, People[5]), new Ballot(1, People[0].Id)), states, [.. ring.Members.Select(m => m.Id)]);

        Assert.Equal(new Abandon(AbandonReason.Outbid, high, null), outcome);
        Assert.Equal(new Ballot(9, People[0].Id), Ballot.Above(high, People[0].Id));
    }

    [Fact]
    public void A_change_that_changes_nothing_is_not_proposed()
    {
        var ring = Ring(2);
        var proposer = new RingProposer(ring, r => RingChanges.Add(r, People[0]), new Ballot(1, People[0].Id));

        Assert.Equal([new Abandon(AbandonReason.NothingToChange, new Ballot(1, People[0].Id), null)], proposer.Start());
        Assert.True(proposer.IsDone);
        Assert.Empty(proposer.Resend());
    }

    [Fact]
    [Trait("Rule", "R9.9")]
    public void A_forced_removal_is_decided_by_those_who_remain()
    {
        var ring = Ring(3);
        var states = Members(ring);
        var proposer = RingProposer.Forced(ring, [People[1].Id, People[2].Id], new Ballot(1, People[0].Id));

        var decided = Assert.IsType<Decided>(Run(proposer, states, People[0].Id));

        Assert.True(decided.Wanted);
        Assert.Equal([People[0]], decided.Record.Members);
        Assert.Equal(ring.Members, decided.Record.PreviousMembers);
    }

    [Fact]
    public void A_forced_removal_first_completes_what_a_remaining_member_had_accepted()
    {
        var ring = Ring(3);
        var states = Members(ring);
        var half = RingChanges.Add(ring, People[4]);
        states[People[0].Id] = RingAcceptor.OnAccept(states[People[0].Id], new Ballot(1, People[1].Id), half).Next;

        var decided = Run(RingProposer.Forced(ring, [People[1].Id, People[2].Id], new Ballot(2, People[0].Id)), states, People[0].Id);

        Assert.Equal(new Decided(half, Wanted: false), decided);
    }

    [Fact]
    public void Two_forks_after_a_forced_removal_are_told_apart_and_never_mixed()
    {
        var ring = Ring(3);
        var forced = RingChanges.ForceRemove(ring, [People[1].Id, People[2].Id]);
        var far = RingChanges.Remove(ring, People[0].Id);
        var state = RingAcceptor.OnInForce(RingState.Empty, forced).Next;

        Assert.Equal((state, RingLearning.Diverged), RingAcceptor.OnInForce(state, far));
        var (_, reply) = RingAcceptor.OnAccept(state, new Ballot(1, People[1].Id), RingChanges.Add(far, People[5]));
        Assert.Equal(new Diverged(forced), Assert.IsType<AcceptRefused>(reply).Why);
    }

    private static RingRecord Ring(int members) =>
        People[1..members].Aggregate(RingChanges.Form(9, People[0], 3), RingChanges.Add);

    private static Dictionary<MemberId, RingState> Members(RingRecord ring) =>
        ring.Members.ToDictionary(m => m.Id, _ => new RingState { InForce = ring });

    /// <summary>Runs an attempt with these voters reachable, nothing lost: how it ended, or null when it waits for ever.</summary>
    private static RingDirective? Run(RingProposer proposer, Dictionary<MemberId, RingState> states, params MemberId[] reachable)
    {
        var todo = new Queue<RingDirective>(proposer.Start());
        while (todo.TryDequeue(out var directive))
        {
            switch (directive)
            {
                case SendPrepare p:
                    foreach (var to in p.To.Where(reachable.Contains))
                    {
                        (states[to], var reply) = RingAcceptor.OnPrepare(states[to], p.ClusterId, p.Version, p.Ballot);
                        proposer.OnPrepareReply(to, reply).ToList().ForEach(todo.Enqueue);
                    }

                    break;
                case SendAccept a:
                    foreach (var to in a.To.Where(reachable.Contains))
                    {
                        (states[to], var reply) = RingAcceptor.OnAccept(states[to], a.Ballot, a.Record);
                        proposer.OnAcceptReply(to, reply).ToList().ForEach(todo.Enqueue);
                    }

                    break;
                case SendInForce s:
                    states[s.To] = RingAcceptor.OnInForce(states[s.To], s.Record).Next;
                    break;
                default:
                    return directive;
            }
        }

        return null;
    }
}
