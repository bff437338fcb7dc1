using FailureHistory.Core.Identity;
using FailureHistory.Node.Reachability;
using Xunit;
using Xunit.Abstractions;

namespace FailureHistory.Node.Tests.Reachability;

[Trait("Rule", "R3.4")]
public sealed class ReportedLifeTests(ITestOutputHelper output)
{
    private const int Uid = -17;
    private static readonly MemberId Member = MemberRig.Id(3);

    [Fact]
    public void A_life_is_reported_as_join_then_failures_and_alives_each_of_its_own_id_then_leave()
    {
        var life = new ReportedLife(Member, Uid);
        Assert.Equal(["join"], Report(life, Sight.Up));
        Assert.Empty(Report(life, Sight.Up));
        Assert.Equal(["failure"], Report(life, Sight.Unreachable));
        Assert.Empty(Report(life, Sight.Gone));
        Assert.Equal(["alive"], Report(life, Sight.Up));
        Assert.Equal(["failure-2"], Report(life, Sight.Unreachable));
        Assert.Equal(["alive-2"], Report(life, Sight.Up));
        Assert.Equal(["leave"], Report(life, Sight.Left));
        Assert.Empty(Report(life, Sight.Left));
        Assert.Empty(Report(life, Sight.Gone)); // what has left does not fail
    }

    [Fact]
    public void What_another_leader_reported_is_gone_on_from()
    {
        var (first, second) = (new ReportedLife(Member, Uid), new ReportedLife(Member, Uid));
        var stored = new List<ReachabilityReport>();
        foreach (var sight in new[] { Sight.Up, Sight.Unreachable, Sight.Up })
        {
            while (first.Due(sight) is { } due)
            {
                first.Stored(due);
                stored.Add(due);
            }
        }

        second.Restore(stored);
        Assert.Null(second.Due(Sight.Up));
        Assert.Equal(first.Due(Sight.Unreachable), second.Due(Sight.Unreachable));
        Assert.Equal("failure-2", Short(second.Due(Sight.Unreachable)!.Value));
    }

    [Fact]
    public void A_member_that_fails_before_its_join_was_acknowledged_joined_first()
    {
        Assert.Equal(["join", "failure"], Report(new ReportedLife(Member, Uid), Sight.Unreachable));
        Assert.Equal(["failure"], Report(new ReportedLife(Member, Uid), Sight.Gone)); // too late to say that it is there
    }

    [Fact]
    public void A_failure_that_nobody_acknowledged_is_sent_again_with_the_same_id_and_withdrawn_once_the_member_is_reached()
    {
        var life = new ReportedLife(Member, Uid);
        Report(life, Sight.Up);
        var failure = life.Due(Sight.Unreachable)!.Value;
        life.Sent(failure);
        Assert.Equal(failure, life.Due(Sight.Unreachable));
        Assert.Equal(["alive"], Report(life, Sight.Up)); // it may be stored somewhere and spread
        Assert.Equal(["failure-2"], Report(life, Sight.Unreachable));
    }

    [Fact]
    public void An_alive_that_nobody_acknowledged_is_followed_by_a_failure_of_its_own_id()
    {
        var life = new ReportedLife(Member, Uid);
        Report(life, Sight.Unreachable);
        life.Sent(life.Due(Sight.Up)!.Value);
        Assert.Equal(["failure-2"], Report(life, Sight.Unreachable));
    }

    [Fact]
    public void A_removed_history_of_a_member_that_is_up_begins_anew_with_its_join()
    {
        var life = new ReportedLife(Member, Uid);
        Report(life, Sight.Up);
        life.Restore([]);
        Assert.Equal(["join"], Report(life, Sight.Up));
    }

    [Fact]
    public void Reports_of_another_life_or_member_count_for_nothing()
    {
        var life = new ReportedLife(Member, Uid);
        life.Stored(new ReachabilityReport(Member, Uid + 1, ReachabilityReport.Join, 1));
        life.Stored(new ReachabilityReport(MemberRig.Id(4), Uid, ReachabilityReport.Join, 1));
        Assert.Equal("join", Short(life.Due(Sight.Up)!.Value));
    }

    // Reports get lost, or are kept by a minority and spread later, and leaders change: whatever happens, once all is quiet the stored set says
    // what is seen, and the leader has nothing more to say.
    [Fact]
    public void Whatever_is_lost_or_late_and_whoever_leads_the_history_says_in_the_end_what_is_seen_R2_4()
    {
        var seed = Random.Shared.Next();
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var (failures, spreads) = (0, 0);
        for (var run = 0; run < 3_000; run++)
        {
            var majority = new Dictionary<string, (ReachabilityReport Report, int At)>();
            var minority = new List<(ReachabilityReport Report, int At)>();
            var life = new ReportedLife(Member, Uid);
            var (sight, clock, turns) = (Sight.Up, 0, 0);
            for (var step = 0; step < 40; step++)
            {
                switch (random.Next(8))
                {
                    case 0:
                        sight = sight == Sight.Up ? Sight.Unreachable : Sight.Up;
                        turns++;
                        break;
                    case 1:
                        life = new ReportedLife(Member, Uid); // another leads and reads what is stored
                        ReadStored();
                        break;
                    case 2:
                        Spread();
                        break;
                    default:
                        Send(lossy: true);
                        break;
                }
            }

            Spread();
            ReadStored();
            for (var i = 0; i < 6 && life.Due(sight) is not null; i++)
            {
                Send(lossy: false);
            }

            Assert.True(life.Due(sight) is null, $"run {run}: still due {life.Due(sight)}");
            var stored = majority.Values.OrderBy(s => s.At).Select(s => s.Report).ToList();
            var suspects = stored.Aggregate(false, (was, r) => r.Kind switch { "failure" => true, "alive" or "join" => false, _ => was });
            Assert.True(suspects == (sight == Sight.Unreachable), $"run {run}: seen {sight}, stored {string.Join(", ", stored.Select(Short))}");
            Assert.True(stored.Count(r => r.Kind == "failure") <= turns + 1, $"run {run}: {turns} turns, stored {string.Join(", ", stored.Select(Short))}");
            failures += stored.Count(r => r.Kind == "failure");

            void Send(bool lossy)
            {
                if (life.Due(sight) is not { } due)
                {
                    return;
                }

                life.Sent(due);
                clock++;
                var fate = lossy ? random.Next(3) : 0;
                if (fate == 0)
                {
                    var wasThere = majority.ContainsKey(due.Id);
                    Keep(due, clock);
                    life.Stored(due);
                    if (wasThere)
                    {
                        ReadStored();
                    }
                }
                else if (fate == 1)
                {
                    minority.Add((due, clock));
                }
            }

            void Spread()
            {
                minority.ForEach(m => Keep(m.Report, m.At));
                spreads += minority.Count;
                minority.Clear();
                ReadStored();
            }

            void ReadStored() => life.Restore(majority.Values.OrderBy(s => s.At).Select(s => s.Report));

            // Of two copies the earlier stamp wins.
            void Keep(ReachabilityReport report, int at)
            {
                if (!majority.TryGetValue(report.Id, out var known) || at < known.At)
                {
                    majority[report.Id] = (report, at);
                }
            }
        }

        Assert.True(failures > 1_000 && spreads > 1_000, $"expected the runs to have failures and late reports; came {failures} and {spreads}");
    }

    private static List<string> Report(ReportedLife life, Sight sight)
    {
        var reported = new List<string>();
        while (reported.Count < 10 && life.Due(sight) is { } due)
        {
            life.Sent(due);
            life.Stored(due);
            reported.Add(Short(due));
        }

        return reported;
    }

    private static string Short(ReachabilityReport report) => report.Id[$"{Member}/{Uid}/".Length..];
}
