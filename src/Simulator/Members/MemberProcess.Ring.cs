using FailureHistory.Core.Identity;
using FailureHistory.Core.Replication;
using FailureHistory.Core.Ring;

namespace FailureHistory.Simulator.Members;

/// <summary>The ring in force and the vote about the next (RingActor), and whether a version was the latest (RingConfirmation).</summary>
internal sealed partial class MemberProcess
{
    private readonly SortedDictionary<MemberId, (RingMember Member, TimeSpan At)> shown = [];
    private RingState ringState;
    private TimeSpan nextQuery;

    private void Keep(RingState next)
    {
        disk.Ring = ringState = next;
    }

    private void OnPrepare(RingPrepare prepare, Action<Message> reply)
    {
        var (next, answer) = RingAcceptor.OnPrepare(ringState, prepare.Cluster, prepare.Version, prepare.Ballot);
        Keep(next);
        reply(new RingPrepared(Id, answer));
    }

    private void OnAccept(RingAccept accept, Action<Message> reply)
    {
        var (next, answer) = RingAcceptor.OnAccept(ringState, accept.Ballot, accept.Record);
        Keep(next);
        reply(new RingAccepted(Id, answer));
    }

    private void Learn(RingRecord record)
    {
        var (next, outcome) = RingAcceptor.OnInForce(ringState, record);
        if (outcome == RingLearning.Diverged)
        {
            world.Checks.InForce(host, record);
        }

        if (outcome != RingLearning.Learned)
        {
            return;
        }

        Keep(next);
        world.Checks.InForce(host, record);
        var before = Ring;
        var view = world.ViewOf(record);
        Ring = view;
        if (world.Story.IsOn)
        {
            world.Story.Tell($"{host.Name} learns ring v{record.Version}: {Words.Names(world, record)}");
        }

        if (options.Segments <= Segments.Count)
        {
            for (var segment = 0; segment < options.Segments; segment++)
            {
                if (!copies.ContainsKey(segment))
                {
                    copies[segment] = new SimCopy(segment, Id, decisions.Settle(options.Settle), false);
                    copies[segment].Readiness.JournalRecovered(before);
                }
            }
        }

        foreach (var copy in copies.Values)
        {
            copy.Merges = 0;
            copy.Readiness.RingChanged(view);
        }

        GateRingChanged();
        ExchangeRingChanged();
    }

    private void TellRing(Action<Message> reply)
    {
        if (ringState.InForce is { } record)
        {
            reply(new RingInForce(record));
        }
    }

    private void TickRing()
    {
        if (world.Queue.Now >= nextQuery)
        {
            nextQuery = world.Queue.Now + TimeSpan.FromSeconds(2);
            var others = world.Members.Where(m => m.Id != Id && Hears(m.Id)).ToList();
            if (others.Count > 0)
            {
                Ask(world.Random.Of(others).Id, new RingQuery());
            }

            if (Ring is not { } known || !known.Record.Contains(Id))
            {
                foreach (var other in others)
                {
                    Ask(other.Id, new ShowSelf(host.RingMember));
                }
            }
        }

        if (Ring is not { } ring || !ring.Record.Contains(Id))
        {
            return;
        }

        foreach (var member in ring.Record.Members)
        {
            if (Hears(member.Id))
            {
                goneSince.Remove(member.Id);
            }
            else
            {
                goneSince.TryAdd(member.Id, world.Queue.Now);
            }
        }

        if (ring.Record.Members.First(m => Hears(m.Id)).Id == Id)
        {
            AskForVotes(ring);
            KeepRing(ring);
        }
    }

    // Asked after the read was: what is acknowledged under a later version was then acknowledged later.
    private void BeginRingCheck(SimRead read)
    {
        read.Confirmation = new RingConfirmation(read.Ring.Record);
        AskForLatest(read, options.HedgeAfter);
    }

    // While another version is being voted for it is asked again, later each time.
    private void AskForLatest(SimRead read, TimeSpan pause)
    {
        if (reads.ContainsKey(read.Id) && !read.Confirmation!.IsConfirmed)
        {
            foreach (var member in read.Ring.Record.Members)
            {
                Ask(member.Id, new RingCheck(read.Id));
            }

            After(pause, () => AskForLatest(read, pause * 2));
        }
    }

    private void OnRingCheck(RingCheck check, Action<Message> reply) =>
        reply(new RingChecked(check.Read, Id, ringState.Version, ringState.InForce is not null && !ringState.IsLatest(ringState.Version)));

    private void OnRingChecked(RingChecked check)
    {
        if (check.Read == 0)
        {
            OnVoteTold(check);
            return;
        }

        if (check.Version > (Ring?.Version ?? 0))
        {
            Ask(check.Member, new RingQuery());
        }

        if (reads.TryGetValue(check.Read, out var read) && read.Confirmation?.Take(check.Member, !check.VotedForNext && check.Version == read.Ring.Version) == true)
        {
            EndIfRead(read);
        }
    }
}
