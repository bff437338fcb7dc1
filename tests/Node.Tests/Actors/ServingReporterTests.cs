using Akka.Actor;
using Akka.DistributedData;
using FailureHistory.Core.Ring;
using FailureHistory.Core.Replication;
using FailureHistory.Node.Actors;
using FailureHistory.Node.Persistence;
using FailureHistory.Node.Registry;
using Xunit;
using Xunit.Abstractions;

namespace FailureHistory.Node.Tests.Actors;

/// <summary>What a member says of its copies; the test plays its Replicator.</summary>
[Trait("Rule", "R9.4")]
public sealed class ServingReporterTests : ClusteredTest
{
    private readonly string root = Directory.CreateTempSubdirectory("fh-serving-").FullName;
    private readonly DataFolder folder;
    private readonly IActorRef reporter;

    public ServingReporterTests(ITestOutputHelper output)
        : base(output)
    {
        Rig.Context.IsRecovered = true;
        folder = DataFolder.Open(root);
        for (var segment = 0; segment < Segments.Count; segment++)
        {
            Rig.Context.Board[segment] = new CopyStatus(CopyPhase.Serving, Complete: true, Counts: true, Vouches: true, Digest: 0, Rig.Ring.Version);
        }

        reporter = Sys.ActorOf(ServingReporter.Props(Rig.Context, new MemberStore(folder)));
    }

    [Fact]
    public void What_it_said_once_is_not_said_again()
    {
        var said = Said(ServingMap.Empty);
        Assert.All(Enumerable.Range(0, Segments.Count), s => Assert.True(said.Serves(Rig.Self, s)));
        reporter.Tell(new Changed(ServingMap.Key, said));
        Replicator.ExpectNoMsg(TimeSpan.FromMilliseconds(700)); // two ticks
    }

    [Fact]
    public void Where_what_a_life_before_said_stands_above_it_since_the_clock_was_set_back_it_says_it_again_above_that()
    {
        var before = ServingMap.Empty.With(Rig.Self, Rig.Context.Wall.Ticks + TimeSpan.TicksPerHour, ServingMap.BitmapOf([], [], Rig.Ring.Version, incarnation: 1));
        Said(ServingMap.Empty); // the news of what stands may come after the first word
        reporter.Tell(new Changed(ServingMap.Key, before));
        var said = Said(before);
        Assert.True(said.Members[Rig.Self].Counter > before.Members[Rig.Self].Counter, "what was said before would be taken for the latest");
        Assert.True(said.Serves(Rig.Self, 0));
        reporter.Tell(new Changed(ServingMap.Key, said));
        Replicator.ExpectNoMsg(TimeSpan.FromMilliseconds(700));
    }

    protected override void AfterAll()
    {
        base.AfterAll();
        folder.Dispose();
        Directory.Delete(root, recursive: true);
    }

    private ServingMap Said(ServingMap known) => (ServingMap)Replicator.FishForMessage<Update>(_ => true).Modify!(known);
}
