using FailureHistory.Core.Identity;
using FailureHistory.Core.Replication;
using FailureHistory.Core.Ring;
using FailureHistory.Node.Actors;
using FailureHistory.Node.Member;
using Xunit;
using Xunit.Abstractions;

namespace FailureHistory.Node.Tests.Actors;

/// <summary>The transitions of R9.4, each as a line of a script: an event, and after the arrow what the copy is up to then.</summary>
public sealed class CopyReadinessTests(ITestOutputHelper output)
{
    [Fact]
    public void A_new_cluster_of_one_serves_at_once_R9_11() => Script(
        """
        ring a            -> recovering
        journal           -> serving complete counts
        """);

    [Fact]
    public void Members_join_one_by_one_and_each_new_copy_counts_once_it_met_a_majority_of_the_old_ones_R9_4() => Script(
        """
        self b
        ring a
        ring ab           -> recovering
        journal           -> fetching
        merged a counting -> serving complete counts
        ring abc          -> serving complete counts
        """);

    [Fact]
    public void A_gained_copy_counts_only_when_every_old_majority_is_met_R9_4() => Script(
        """
        self d
        ring abc
        journal           -> fetching
        ring abd          -> fetching
        merged a counting -> fetching
        merged a counting -> fetching
        merged b counting -> serving complete counts
        """);

    [Fact]
    public void A_holder_that_lost_the_segment_vouches_for_what_was_acknowledged_before_R9_4() => Script(
        """
        self d
        ring abc
        journal           -> fetching
        ring ade          -> fetching
        merged a counting -> fetching
        merged b counting -> serving complete counts
        """);

    [Fact]
    public void Who_loses_the_segment_counts_no_more_but_vouches_until_the_next_version_R9_4() => Script(
        """
        self b counted
        ring abc
        journal           -> fetching counts vouches
        merged a counting -> serving complete counts vouches
        ring ade          -> serving complete vouches
        ring ade          -> serving complete
        """);

    [Fact]
    public void Merging_with_copies_that_do_not_count_proves_nothing_while_others_are_left_R9_4() => Script(
        """
        self d
        ring abc
        journal           -> fetching
        ring abde         -> fetching
        merged a          -> fetching
        """);

    [Fact]
    public void Where_holders_were_taken_out_of_the_ring_all_that_are_left_suffice_R9_9() => Script(
        """
        self d
        ring abc
        journal           -> fetching
        ring dea          -> fetching
        merged e counting -> fetching
        merged a counting -> serving complete counts
        """);

    [Fact]
    public void A_merge_under_another_version_is_not_counted_R9_9() => Script(
        """
        self d
        ring abc
        journal            -> fetching
        ring abd           -> fetching
        merged a counting  -> fetching
        ring abde          -> fetching
        merged b counting old -> fetching
        """);

    [Fact]
    public void A_restart_within_the_version_counts_and_serves_after_one_merge_R9_4() => Script(
        """
        self b counted
        ring abc
        journal           -> fetching counts
        merged c          -> serving complete counts
        """);

    [Fact]
    public void Two_copies_that_serve_for_want_of_others_do_not_complete_each_other_R9_4() => Script(
        """
        self d
        ring abc
        journal           -> fetching
        ring abde         -> fetching
        nobody            -> serving
        merged e          -> serving
        merged a counting -> serving complete
        """);

    [Fact]
    public void A_merge_before_the_journal_is_in_is_not_counted_R9_4() => Script(
        """
        self b
        ring abc
        merged a counting -> recovering
        journal           -> fetching
        merged c counting -> fetching
        """);

    [Fact]
    public void One_missed_version_is_known_by_the_placement_before_the_next_R9_4() => Script(
        """
        self b counted
        ring abc
        journal           -> fetching counts
        merged a counting -> serving complete counts
        skip
        ring abc          -> serving complete counts
        """);

    [Fact]
    public void Who_missed_versions_must_prove_everything_again_R9_4() => Script(
        """
        self b counted
        ring abc
        journal           -> fetching counts
        merged a counting -> serving complete counts
        skip
        skip
        ring abc          -> fetching
        merged a counting -> fetching
        merged c counting -> serving complete counts
        """);

    [Fact]
    public void With_nobody_to_ask_it_serves_what_it_has_marked_incomplete_until_it_merges_R9_4() => Script(
        """
        self b counted
        ring abc
        journal           -> fetching counts
        nobody old        -> fetching counts
        nobody            -> serving counts
        merged a          -> serving complete counts
        """);

    [Fact]
    public void A_new_copy_with_nobody_to_ask_serves_but_does_not_count_R9_4() => Script(
        """
        self d
        ring abc
        journal           -> fetching
        ring abd          -> fetching
        nobody            -> serving
        """);

    [Fact]
    public void Two_that_lost_their_logs_serve_what_they_have_and_count_only_once_the_third_is_met_R9_4() => Script(
        """
        self a
        ring abc
        journal           -> fetching
        merged b          -> fetching
        nobody            -> serving
        merged b          -> serving
        merged c counting -> serving complete counts
        """);

    [Fact]
    public void An_older_version_of_the_ring_is_passed_over_R9_2() => Script(
        """
        self a counted
        ring abc
        journal           -> fetching counts
        merged b          -> serving complete counts
        stale             -> serving complete counts
        """);

    [Fact]
    public void Who_lost_its_log_meets_the_majorities_of_the_present_version_too_R9_3() => Script(
        """
        self a
        ring abx
        ring abc
        journal           -> fetching
        merged b counting -> fetching
        merged x counting -> fetching
        merged c counting -> serving complete counts
        """);

    [Fact]
    public void The_last_one_left_of_the_ring_serves_alone_also_what_only_those_that_were_taken_out_held_R9_9() => Script(
        """
        self e
        ring abc
        journal           -> fetching
        ring e            -> serving complete counts
        """);

    [Fact]
    public void The_last_one_left_of_those_that_counted_serves_alone_R9_9() => Script(
        """
        self a counted
        ring ab
        journal           -> fetching counts
        ring a            -> serving complete counts
        """);

    [Fact]
    public void The_last_one_left_that_had_waited_for_the_others_in_vain_is_whole_once_they_are_taken_out_R9_9() => Script(
        """
        self a counted
        ring abc
        journal           -> fetching counts
        nobody            -> serving counts
        ring a            -> serving complete counts
        """);

    /// <summary>
    /// The property behind it all: three or more copies take writes, the ring changes, members restart; whenever a copy counts, any majority
    /// of counting copies holds everything that was ever acknowledged.
    /// </summary>
    [Fact]
    public void A_copy_never_counts_unless_every_majority_then_holds_all_that_was_acknowledged_R9_4()
    {
        var seed = Environment.TickCount;
        output.WriteLine($"seed {seed}");
        var counted = 0;
        for (var run = 0; run < 400; run++)
        {
            var simulation = new ReadinessSimulation(seed + run);
            for (var step = 0; step < 150; step++)
            {
                simulation.Step();
                Assert.True(simulation.Fault() is not { } fault, $"seed {seed + run}, step {step}: {simulation.Fault()}\n{simulation.Story}");
            }

            // Left alone, with everybody up, every copy comes to count: nothing is stuck for ever.
            simulation.Settle();
            Assert.True(simulation.NotCounting() is not { } stuck, $"seed {seed + run}: {simulation.NotCounting()} never counts\n{simulation.Story}");
            counted += simulation.Gained;
        }

        Assert.True(counted > 300, $"expected many gained copies that came to count; saw {counted}: the simulation shows nothing");
    }

    private static void Script(string script)
    {
        CopyReadiness? readiness = null;
        var self = 'a';
        var counted = false;
        var isRecovered = false;
        var version = 0L;
        IReadOnlyList<MemberId> holders = [];
        IReadOnlyList<MemberId> before = [];
        foreach (var line in script.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var parts = line.Split("->", StringSplitOptions.TrimEntries);
            var words = parts[0].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            readiness = words[0] == "self" ? null : readiness ?? new CopyReadiness(0, Rings.Id(self), counted);
            switch (words[0])
            {
                case "self":
                    (self, counted) = (words[1][0], words.Contains("counted"));
                    break;
                case "ring":
                    (before, holders) = (holders, [.. words[1].Select(Rings.Id)]);
                    version++;
                    if (isRecovered)
                    {
                        readiness!.RingChanged(Rings.View(version, holders, before)); // before, the ring is only what the journal is read under
                    }

                    break;
                case "skip":
                    version++;
                    break;
                case "stale":
                    readiness!.RingChanged(Rings.View(version - 1, [Rings.Id('z')], []));
                    break;
                case "journal":
                    isRecovered = true;
                    readiness!.JournalRecovered(Rings.View(version, holders, before));
                    break;
                case "merged":
                    readiness!.Merged(Rings.Id(words[1][0]), words.Contains("counting"), words.Contains("old") ? version - 1 : version);
                    break;
                case "nobody":
                    readiness!.NobodyToAsk(words.Contains("old") ? version - 1 : version);
                    break;
                default:
                    throw new FormatException(line);
            }

            if (parts.Length == 2)
            {
                Assert.True(Show(readiness!, parts[1].Contains("vouches", StringComparison.Ordinal)) == parts[1], $"{line}: came {Show(readiness!, true)}");
            }
        }
    }

    private static string Show(CopyReadiness readiness, bool vouches) => string.Join(' ', new[]
    {
        readiness.Phase.ToString().ToLowerInvariant(),
        readiness.Complete ? "complete" : null,
        readiness.Counts ? "counts" : null,
        vouches && readiness.Vouches ? "vouches" : null,
    }.Where(w => w is not null));
}

/// <summary>Rings of chosen holders for segment 0: with a replication factor as large as the ring everybody holds everything.</summary>
internal static class Rings
{
    public static MemberId Id(char name) => MemberRig.Id(name);

    public static RingView View(long version, IReadOnlyList<MemberId> holders, IReadOnlyList<MemberId> before)
    {
        var record = new RingRecord
        {
            ClusterId = 1,
            Version = Math.Max(1, version),
            ReplicationFactor = 9,
            Members = [.. holders.Order().Select(id => MemberRig.Member(id))],
            PreviousMembers = [.. before.Order().Select(id => MemberRig.Member(id))],
        };
        return RingView.Of(record);
    }
}
