using Akka.Actor;
using Akka.Configuration;
using Akka.Event;
using Akka.Hosting;
using Akka.Persistence.Sql.Config;
using FailureHistory.Messages;
using FailureHistory.Node.Configuration;
using FailureHistory.Node.Http;
using FailureHistory.Node.Persistence;
using FailureHistory.Node.Ring;

namespace FailureHistory.Node.Hosting;

/// <summary>A member of the Failure History Service in any application with Akka.Hosting (SPEC 11.1).</summary>
public static class FailureHistoryHosting
{
    /// <summary>
    /// Makes the application a member, in its own actor system and cluster. To be called after <c>WithClustering</c>, to whose roles it adds. The
    /// application's journal, serializers, roles, and settings of sharding, pub/sub and DistributedData stay as they are; other members of its cluster
    /// need not be members of this service.
    /// </summary>
    /// <remarks>
    /// Where the member can't go on (a ring of another cluster in its folder, another replication factor) the host stops with exit code 2 and a line in
    /// the log that says what to do; where the application's actor system is downed, the host stops, too, and whoever supervises it starts it again.
    /// </remarks>
    /// <exception cref="StartupException">An option is out of its range, or the data folder can't be used.</exception>
    public static AkkaConfigurationBuilder WithFailureHistory(this AkkaConfigurationBuilder builder, FailureHistoryOptions options)
    {
        var settings = options.ToSettings();
        var folder = DataFolder.Open(settings.Data);
        var database = LogDatabase.Of(settings, folder);
        var present = builder.Configuration.HasValue ? builder.Configuration.Value : Config.Empty;
        var ring = new MemberStore(folder).ReadRing().InForce;
        var roles = present.GetStringList("akka.cluster.roles", [])
            .Concat(MemberRoles.For(folder.Id, settings, seed: false))
            .Concat(ring is null ? Array.Empty<string>() : [$"fh-ring-{ring.ClusterId:x32}"]);
        var dataOptions = options.DataOptions ?? new MultiDataOptionsSetup();
        dataOptions.AddDataOptions(GuestTools.JournalPlugin, database.Options);
        dataOptions.AddDataOptions(GuestTools.SnapshotPlugin, database.Options);
        return builder
            .AddHocon(ConfigurationFactory.ParseString($"akka.cluster.roles = [{string.Join(", ", roles.Select(r => $"\"{r}\""))}]"), HoconAddMode.Prepend)
            .AddHocon(GuestTools.Configuration(database), HoconAddMode.Append)
            .AddSetup(dataOptions)
            .WithActors((system, _, resolver) => Start(system, settings, folder, options.MayForm, resolver.GetService<IHostApplicationLifetime>()));
    }

    /// <summary>Puts the <see cref="IFailureHistoryService"/> of the application's own member in the container.</summary>
    public static IServiceCollection AddFailureHistory(this IServiceCollection services) =>
        services.AddSingleton<IFailureHistoryService>(provider => new OwnMember(provider));

    /// <summary>Maps the HTTP interface (SPEC 11.2) of the application's own member; a group's prefix is respected.</summary>
    public static IEndpointRouteBuilder MapFailureHistory(this IEndpointRouteBuilder routes) =>
        routes.MapFailureHistory(routes.ServiceProvider.GetService<IFailureHistoryService>() ?? new OwnMember(routes.ServiceProvider));

    private static void Start(ActorSystem system, NodeSettings settings, DataFolder folder, bool mayForm, IHostApplicationLifetime? lifetime)
    {
        Task<string> failure;
        try
        {
            failure = HostedMember.Of(system).Start(settings, folder, mayForm);
        }
        catch (StartupException e)
        {
            failure = Task.FromResult(e.Message);
        }

        // Registered last, it is run first, and the system has not terminated before: whoever starts another one on the folder then finds it free.
        system.RegisterOnTermination(folder.Dispose);
        _ = EndWith(failure, system, lifetime);
    }

    private static async Task EndWith(Task<string> failure, ActorSystem system, IHostApplicationLifetime? lifetime)
    {
        var ended = await Task.WhenAny(failure, system.WhenTerminated).ConfigureAwait(false);
        if (ended != failure)
        {
            // Downed, or an actor failed: nobody asked the application to stop, and whoever supervises it is to start it again.
            if (lifetime?.ApplicationStopping.IsCancellationRequested == false)
            {
                Environment.ExitCode = 1;
                lifetime.StopApplication();
            }

            return;
        }

        var fault = await failure.ConfigureAwait(false);
        system.Log.Error("the Failure History Service can't go on in this process: {0}", fault);
        await Console.Error.WriteLineAsync(fault).ConfigureAwait(false);
        Environment.ExitCode = StartupException.ExitCode;
        if (lifetime is null)
        {
            await system.Terminate().ConfigureAwait(false);
        }
        else
        {
            lifetime.StopApplication();
        }
    }

    // The actor system is made when it is first asked for, and the member later than that: both may be asked before they are there.
    private sealed class OwnMember(IServiceProvider provider) : IFailureHistoryService
    {
        public Task<object> Ask(object request, CancellationToken ct) => Member.Ask(request, ct);

        public Task<object> Report(ReportObservations batch, CancellationToken ct) => Member.Report(batch, ct);

        public Task<object> Subscribe(Subscribe request, CancellationToken ct) => Member.Subscribe(request, ct);

        private HostedMember Member => HostedMember.Of(provider.GetRequiredService<ActorSystem>());
    }
}
