using FailureHistory.Core.Identity;
using FailureHistory.Core.Probability;
using FailureHistory.Node.Reachability;
using Xunit;

namespace FailureHistory.Node.Tests.Reachability;

[Trait("Rule", "R3.4")]
public sealed class ReachabilityReportTests
{
    private const string Hex = "00000003000000000000000000000000";

    [Theory]
    [InlineData("join", 1, Hex + "/-5/join")]
    [InlineData("failure", 1, Hex + "/-5/failure")]
    [InlineData("alive", 2, Hex + "/-5/alive-2")]
    [InlineData("failure", 12, Hex + "/-5/failure-12")]
    public void An_id_says_member_uid_and_kind_and_is_read_back(string kind, int number, string id)
    {
        var report = new ReachabilityReport(MemberId.Parse(Hex), -5, kind, number);
        Assert.Equal(id, report.Id);
        Assert.True(ReachabilityReport.TryParse(id, out var read));
        Assert.Equal(report, read);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("x/-5/join")]
    [InlineData(Hex + "/five/join")]
    [InlineData(Hex + "/5/crash")]
    [InlineData(Hex + "/5/failure-1")]
    [InlineData(Hex + "/5/failure-x")]
    [InlineData(Hex + "/5/failure-2-3")]
    [InlineData(Hex + "/5/failure/2")]
    public void What_somebody_else_made_up_is_no_id_of_ours(string? id) => Assert.False(ReachabilityReport.TryParse(id, out _));

    [Fact]
    public void The_scope_is_the_names_themselves_sorted_each_once() =>
        Assert.Equal(["a:1", "b:1", "c:2"], ReachabilityDetector.Scope(["c:2", "a:1", "B:1", "b:1"]));

    [Fact]
    public void Of_more_members_than_a_scope_holds_every_name_still_matches_and_little_else()
    {
        var names = Enumerable.Range(0, 5).SelectMany(rack => Enumerable.Range(10, 60).Select(n => $"rack-{rack}-{n}.example:4053")).ToList();
        var scope = ReachabilityDetector.Scope(names);
        Assert.InRange(scope.Count, 2, DetectorRegistration.MaxScope);
        var globs = scope.Select(Glob.Parse).ToList();
        Assert.All(names, name => Assert.Contains(globs, g => g.IsMatch(name)));
        Assert.DoesNotContain(globs, g => g.IsMatch("gpu-17") || g.IsMatch("rack-7-12.example:4053"));
        Assert.Null(new DetectorRegistration(ReachabilityDetector.Id, 90, scope).Fault());
    }

    [Fact]
    public void What_an_administrator_set_stays_but_for_the_scope()
    {
        var set = DetectorRegistry.Empty.Register(new DetectorRegistration(ReachabilityDetector.Id, 60, ["x"], TimeSpan.FromHours(1), false, "ours"), MemberRig.Id(1));
        var following = ReachabilityDetector.Following(set.Find(ReachabilityDetector.Id), ["a:1"]);
        Assert.Equal((60.0, "a:1", TimeSpan.FromHours(1), "ours"), (following.Accuracy, Assert.Single(following.Scope!), following.Ttl, following.Description));

        var registeredItself = DetectorRegistry.Empty.AutoRegister(ReachabilityDetector.Id, MemberRig.Id(1));
        Assert.Equal(90, ReachabilityDetector.Following(registeredItself.Find(ReachabilityDetector.Id), ["a:1"]).Accuracy);
        Assert.Equal(90, ReachabilityDetector.Following(null, ["a:1"]).Accuracy);
    }
}
