using Akka.Actor;
using Akka.Cluster.Tools.Client;
using FailureHistory.EndToEnd.Tests.Members;
using FailureHistory.EndToEnd.Tests.Members.Harness;
using FailureHistory.EndToEnd.Tests.Samples;
using FailureHistory.Messages;
using Xunit;

namespace FailureHistory.EndToEnd.Tests.Clients;

/// <summary>The entry actors through ClusterClient (SPEC 11.1), by hand and as the typed client finds them, with members and with a seed as contact.</summary>
[Collection(BareClusterTests.Name)]
public sealed class ReceptionistTests(Ring3 three) : IAsyncLifetime
{
    private readonly MemberRing ring = three.Ring;

    public Task InitializeAsync() => three.Whole();

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task A_plain_ClusterClient_asks_the_service_without_any_code_of_ours_but_the_messages()
    {
        var system = ClientSystem.Start();
        try
        {
            var contacts = ring.Members.Select(m => new RootActorPath(Address.Parse(m.Address)) / "system" / "receptionist");
            var tunnel = system.ActorOf(ClusterClient.Props(ClusterClientSettings.Create(system).WithInitialContacts([.. contacts])));
            var node = $"tunnel{Random.Shared.Next():x}";
            var recorded = await tunnel.Ask<object>(
                new ClusterClient.Send("/user/failure-history", new ReportObservations([new ReportedObservation { Node = node, Detector = "t", Kind = "failure" }])), TimeSpan.FromSeconds(20));
            Assert.Equal(1, Assert.IsType<ObservationsRecorded>(recorded).Accepted);
            var state = await tunnel.Ask<object>(new ClusterClient.Send("/user/failure-history", new GetState(node, Consistency.Majority)), TimeSpan.FromSeconds(20));
            Assert.Equal(NodeStatus.Failed, Assert.IsType<NodeState>(state).Status);
        }
        finally
        {
            await system.Terminate();
        }
    }

    [Fact]
    public async Task A_seed_that_holds_nothing_is_contact_enough_for_the_typed_client()
    {
        var port = Ports.Free();
        await using var seed = new SampleProcess(
            Path.Combine(AppContext.BaseDirectory, "FailureHistory.Seed.dll"), "--port", $"{port}", "--data", Path.Combine(ring.Folder, $"seed-{port}"), "--seeds", string.Join(',', ring.Members.Select(m => m.Address)));
        await using var outside = new ClientSystem($"akka.tcp://failure-history@127.0.0.1:{port}");
        await Wait.Until("the client to find the members by the seed", TimeSpan.FromSeconds(60), async () =>
        {
            try
            {
                return (await outside.Client.GetClusterAsync()).Members.Count(m => m.InRing) == 3 ? null : "other members";
            }
            catch (FailureHistory.Client.FailureHistoryException e)
            {
                return e.Message;
            }
        }, () => seed.Log);
    }
}
