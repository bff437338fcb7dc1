using FailureHistory.Core.History;
using Xunit;

namespace FailureHistory.Core.Tests.History;

public sealed class IncidentTests
{
    [Fact]
    [Trait("Rule", "R4.1")]
    public void Failures_strictly_closer_than_the_interval_are_one_incident() =>
        Assert.Equal([0], Beginnings(new Script().Failure(0, "a").Failure(29.9999999, "b").Failure(59.9999998, "c")));

    [Fact]
    [Trait("Rule", "R4.1")]
    public void Failures_exactly_the_interval_apart_are_two_incidents() =>
        Assert.Equal([0, 30], Beginnings(new Script().Failure(0, "a").Failure(30, "b")));

    [Fact]
    [Trait("Rule", "R4.1")]
    public void An_incident_lasts_ten_minutes_at_the_most()
    {
        var script = new Script();
        for (var i = 0; i <= 31; i++)
        {
            script.Failure(i * 20, $"d{i:00}");
        }

        Assert.Equal([0, 620], Beginnings(script));
    }

    [Fact]
    [Trait("Rule", "R2.6")]
    public void A_repeat_does_not_stretch_an_incident() =>
        Assert.Equal([0, 40], Beginnings(new Script().Failure(0, "a").Failure(20, "a").Failure(40, "b")));

    [Fact]
    [Trait("Rule", "R4.1")]
    public void A_detector_that_withdraws_and_suspects_anew_stays_in_the_incident() =>
        Assert.Equal([0], Beginnings(new Script().Failure(0, "a").Alive(10, "a").Failure(20, "a").Failure(45, "b")));

    [Fact]
    [Trait("Rule", "R4.3")]
    public void A_join_closes_the_incident() =>
        Assert.Equal([0, 2], Beginnings(new Script().Failure(0, "a").Join(1).Failure(2, "a")));

    [Fact]
    [Trait("Rule", "R4.3")]
    public void Failures_after_a_leave_begin_no_incident() =>
        Assert.Equal([0], Beginnings(new Script().Failure(0, "a").Leave(1).Failure(100, "b")));

    [Fact]
    [Trait("Rule", "R4.2")]
    public void An_incident_begins_at_its_earliest_failure_in_whatever_order_they_came() =>
        Assert.Equal(Script.At(3), new Script().Failure(20, "a").Failure(3, "b").Failure(12, "c").Timeline().LatestIncident!.Since);

    [Fact]
    [Trait("Rule", "R4.4")]
    public void A_period_names_the_latest_incident_among_its_suspects()
    {
        var periods = new Script().Failure(0, "a").Failure(100, "b").Alive(110, "b").Timeline().Periods;

        Assert.NotEqual(periods[0].Incident, periods[1].Incident);
        Assert.Equal(periods[0].Incident, periods[2].Incident);
    }

    [Fact]
    [Trait("Rule", "R4.1")]
    public void A_join_belongs_to_the_latest_incident_that_it_ends()
    {
        var standings = new Script().Failure(0, "a").Failure(100, "b").Join(110).Timeline().Standings;

        Assert.True(standings["a"].InLatestIncident);
        Assert.True(standings["b"].InLatestIncident);
    }

    [Fact]
    [Trait("Rule", "R4.1")]
    public void An_alive_belongs_to_the_incident_of_the_failure_that_it_withdraws()
    {
        var standings = new Script().Failure(0, "a").Failure(100, "b").Alive(110, "a").Alive(111, "b").Timeline().Standings;

        Assert.False(standings["a"].InLatestIncident);
        Assert.True(standings["b"].InLatestIncident);
    }

    [Fact]
    [Trait("Rule", "R4.1")]
    public void An_incident_is_named_by_its_first_failure_and_by_nothing_else()
    {
        var alone = new Script().Failure(5, "a", id: "f").Timeline().LatestIncident!;
        var among = new Script().Failure(7, "b").Failure(5, "a", accuracy: 3, total: 4, id: "f", reason: "other").Timeline().LatestIncident!;

        Assert.Equal(alone, among);
        Assert.Matches("^[0-9a-f]{16}$", alone.Id);
    }

    [Fact]
    [Trait("Rule", "R4.1")]
    public void The_id_of_an_incident_never_changes_between_versions()
    {
        // Written down once: notifications and archives carry it.
        var first = new Script().On("node-1").Failure(5, "ping", id: "f1").Originals[0];

        Assert.Equal("88036dc329f0f6e3", Incident.IdOf(first));
    }

    [Fact]
    [Trait("Rule", "R4.1")]
    public void Incidents_differ_where_node_detector_id_or_time_differ()
    {
        var o = new Script().On("p").Failure(5, "ab", id: "c").Originals[0];
        Observation[] all =
        [
            o, o with { Node = Script.Id("q") }, o with { Detector = "a", Id = "bc" }, o with { Id = "d" }, o with { At = Script.At(6) },
        ];

        Assert.Equal(all.Length, all.Select(Incident.IdOf).Distinct().Count());
        Assert.Equal(Incident.IdOf(o), Incident.IdOf(o with { Node = Script.Id("index"), Origin = o.Node }));
    }

    [Fact]
    [Trait("Rule", "R1.1")]
    public void An_id_is_made_of_the_longest_texts_too() =>
        Assert.Equal(16, Incident.IdOf(new Script().Failure(5, new string('漢', 256), id: new string('字', 256)).Originals[0]).Length);

    private static double[] Beginnings(Script script)
    {
        var ids = new List<string>();
        var since = new List<double>();
        foreach (var period in script.Timeline().Periods.Where(p => p.Incident is not null && !ids.Contains(p.Incident)))
        {
            ids.Add(period.Incident!);
            since.Add(Script.Seconds(period.From));
        }

        return [.. since];
    }
}
