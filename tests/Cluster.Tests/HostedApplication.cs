using Akka.Actor;
using Akka.Cluster.Hosting;
using Akka.Hosting;
using Akka.Persistence;
using Akka.Remote.Hosting;
using FailureHistory.Messages;
using FailureHistory.Node.Hosting;
using FailureHistory.Node.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace FailureHistory.Cluster.Tests;

/// <summary>
/// An application of another purpose with Akka.Hosting, in this process: its cluster <c>shop</c> has roles, journal, serializer and settings of its own, some of
/// them such as would do a member harm; it may be a member of this service, or not.
/// </summary>
internal sealed class HostedApplication : IAsyncDisposable
{
    private readonly IHost host;
    private readonly string folder;

    private HostedApplication(IHost host, string folder)
    {
        this.host = host;
        this.folder = folder;
        System = host.Services.GetRequiredService<ActorSystem>();
    }

    public ActorSystem System { get; }

    public Address Address => ((ExtendedActorSystem)System).Provider.DefaultAddress;

    public IFailureHistoryService Service => host.Services.GetRequiredService<IFailureHistoryService>();

    public Task Stopped => host.WaitForShutdownAsync();

    /// <summary>The name of its node, as members report on it.</summary>
    public string Node => $"{Address.Host}:{Address.Port}";

    public static async Task<HostedApplication> Start(string folder, Address? seed = null, int port = 0, bool isMember = true, FailureHistoryOptions? options = null, bool wrongOrder = false)
    {
        Directory.CreateDirectory(folder);
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Logging.ClearProviders();
        builder.Services.AddAkka("shop", akka =>
        {
            var mine = options ?? new FailureHistoryOptions();
            mine = mine with { Data = Path.Combine(folder, "fh"), Settings = new Dictionary<string, string>(mine.Settings) { ["form-after"] = "2s", ["exchange-interval"] = "1s" } };
            akka.WithRemoting("127.0.0.1", port);
            if (wrongOrder)
            {
                akka.WithFailureHistory(mine);
            }

            akka.WithClustering(new ClusterOptions { Roles = ["shop", "web"] })
                .AddHocon(Own(folder), HoconAddMode.Prepend)
                .WithActors((system, registry) => registry.Register<Till>(system.ActorOf(Props.Create(() => new Till()), "till")));
            if (isMember && !wrongOrder)
            {
                akka.WithFailureHistory(mine);
            }
        });
        builder.Services.AddFailureHistory();
        var application = new HostedApplication(builder.Build(), folder);
        await application.host.StartAsync();
        Akka.Cluster.Cluster.Get(application.System).Join(seed ?? application.Address); // the application's own way into its cluster
        return application;
    }

    public async Task<T> Ask<T>(object request)
        where T : class
    {
        var reply = await Service.Ask(request, CancellationToken.None);
        return reply as T ?? throw new InvalidOperationException($"{request} at {Node}: expected {typeof(T).Name}; came {reply}");
    }

    public async Task<ObservationsRecorded> Report(params ReportedObservation[] observations) =>
        await Service.Report(new ReportObservations(observations), CancellationToken.None) as ObservationsRecorded ?? throw new InvalidOperationException("expected ObservationsRecorded");

    public async ValueTask DisposeAsync()
    {
        await host.StopAsync();
        await System.WhenTerminated;
        host.Dispose();
    }

    // Pub/sub and DistributedData only among nodes of a role that no member has, sharding and singleton with settings that would never do.
    private static string Own(string folder) => $$"""
        akka.loglevel = WARNING
        akka.stdout-loglevel = OFF
        akka.loggers = ["{{typeof(MemberLogFile).FullName}}, {{typeof(MemberLogFile).Assembly.GetName().Name}}"]
        akka.cluster.pub-sub.role = "elsewhere"
        akka.cluster.distributed-data.role = "elsewhere"
        akka.cluster.sharding { role = "elsewhere", state-store-mode = persistence, remember-entities = on }
        akka.cluster.singleton.role = "elsewhere"
        akka.coordinated-shutdown.phases.cluster-exiting.timeout = 2s
        akka.persistence.journal.plugin = "akka.persistence.journal.sql"
        akka.persistence.journal.sql {
          class = "Akka.Persistence.Sql.Journal.SqlWriteJournal, Akka.Persistence.Sql"
          connection-string = "Data Source={{folder}}/shop.db"
          provider-name = "SQLite.MS"
          auto-initialize = true
        }
        """;

    /// <summary>The application's own persistent actor, on its own journal; its events and answers go by the application's serializer, Akka's JSON.</summary>
    internal sealed class Till : ReceivePersistentActor
    {
        private int sum;

        public Till()
        {
            Recover<Sold>(s => sum += s.Cents);
            Command<Sold>(s => Persist(s, stored =>
            {
                sum += stored.Cents;
                Sender.Tell(new Total(sum));
            }));
            Command<Total>(_ => Sender.Tell(new Total(sum)));
        }

        public override string PersistenceId => "till";

        internal sealed record Sold(int Cents);

        internal sealed record Total(int Cents);
    }
}
