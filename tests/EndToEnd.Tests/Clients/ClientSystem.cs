using Akka.Actor;
using Akka.Configuration;
using FailureHistory.Client;

namespace FailureHistory.EndToEnd.Tests.Clients;

/// <summary>An actor system outside the cluster, as an application of its own would have, and its client.</summary>
internal sealed class ClientSystem : IAsyncDisposable
{
    public ClientSystem(params string[] contacts)
    {
        System = Start();
        Client = FailureHistoryClient.Create(System, new FailureHistoryClientOptions { Contacts = contacts, RefreshInterval = TimeSpan.FromSeconds(2) });
    }

    public ActorSystem System { get; }

    public FailureHistoryClient Client { get; }

    /// <summary>An actor system that can send the service's messages.</summary>
    public static ActorSystem Start() => ActorSystem.Create("somebody-elses", ConfigurationFactory.ParseString("""
        akka.actor.provider = remote
        akka.remote.dot-netty.tcp { hostname = "127.0.0.1", port = 0 }
        akka.loglevel = OFF
        akka.stdout-loglevel = OFF
        """).WithFallback(FailureHistoryClient.Configuration));

    public async ValueTask DisposeAsync()
    {
        await Client.DisposeAsync();
        await System.Terminate();
    }
}
