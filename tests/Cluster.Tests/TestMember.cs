using Akka.Actor;
using Akka.Remote;
using Akka.Remote.Transport;
using FailureHistory.Messages;
using FailureHistory.Node;
using FailureHistory.Node.Configuration;
using FailureHistory.Node.Persistence;

namespace FailureHistory.Cluster.Tests;

/// <summary>One member in this process: its folder, its settings as an operator would write them in a file, its host.</summary>
internal sealed class TestMember : IAsyncDisposable
{
    private readonly DataFolder folder;

    private TestMember(string name, DataFolder folder, MemberHost host)
    {
        Name = name;
        this.folder = folder;
        Host = host;
    }

    public string Name { get; }

    public MemberHost Host { get; }

    public string Id => folder.Id.ToString();

    public Address Address => Host.SelfAddress ?? throw new InvalidOperationException($"{Name} is between two actor systems");

    /// <summary>Starts a member on a folder, which may have been used before.</summary>
    public static TestMember Start(string name, string path, IEnumerable<string> seeds, string hocon)
    {
        Directory.CreateDirectory(path);
        var file = Path.Combine(path, "member.conf");
        File.WriteAllText(file, $$"""
            failure-history {
              port = 0
              http = "off"
              exchange-interval = 1s
              form-after = 3s
              seeds = "{{string.Join(',', seeds)}}"
            }
            akka.loglevel = WARNING
            akka.stdout-loglevel = OFF
            akka.loggers = ["{{typeof(MemberLogFile).FullName}}, {{typeof(MemberLogFile).Assembly.GetName().Name}}"]
            akka.cluster.split-brain-resolver.stable-after = 3s
            # The last member to stop has nobody to hand its singleton over to and waits this long for it.
            akka.coordinated-shutdown.phases.cluster-exiting.timeout = 1s
            {{hocon}}
            """);
        var settings = NodeSettings.Load(["--config", file, "--data", Path.Combine(path, "data")]);
        var folder = DataFolder.Open(settings.Data);
        try
        {
            var host = new MemberHost(settings, folder, TimeProvider.System);
            host.Start();
            return new TestMember(name, folder, host);
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    public async Task<T> Ask<T>(object request)
        where T : class
    {
        var reply = await Host.Ask(request, CancellationToken.None);
        return reply as T ?? throw new InvalidOperationException($"{request} at {Name}: expected {typeof(T).Name}; came {reply}");
    }

    public Task<object> AskAny(object request) => Host.Ask(request, CancellationToken.None);

    public async Task<ObservationsRecorded> Report(params ReportedObservation[] observations)
    {
        var reply = await Host.Report(new ReportObservations(observations), CancellationToken.None);
        return reply as ObservationsRecorded ?? throw new InvalidOperationException($"a report at {Name}: expected ObservationsRecorded; came {reply}");
    }

    /// <summary>Cuts, or heals, the link to another address on this side (needs the throttler in the settings).</summary>
    public Task Throttle(Address peer, ThrottleMode mode) =>
        Host.System is { } system
            ? ((IRemoteActorRefProvider)((ExtendedActorSystem)system).Provider).Transport.ManagementCommand(
                new SetThrottle(peer, ThrottleTransportAdapter.Direction.Both, mode))
            : Task.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await Host.DisposeAsync();
        folder.Dispose();
    }
}
