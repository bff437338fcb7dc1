using Akka.Actor;
using Akka.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace FailureHistory.Client;

/// <summary>The client in applications with Akka.Hosting.</summary>
public static class FailureHistoryClientHosting
{
    /// <summary>
    /// Makes the application's actor system a client of the Failure History Service. It needs remoting or a cluster; nothing else of its settings is
    /// touched. The client is <see cref="FailureHistoryClient.Get"/> of the actor system, and with <see cref="AddFailureHistoryClient"/> also in the container.
    /// </summary>
    public static AkkaConfigurationBuilder WithFailureHistoryClient(this AkkaConfigurationBuilder builder, FailureHistoryClientOptions options)
    {
        _ = options.Checked(); // told where the mistake is
        return builder
            .AddHocon(options.ToHocon(), HoconAddMode.Prepend)
            .AddHocon(FailureHistoryClient.Configuration, HoconAddMode.Append)
            .AddStartup((system, _) => FailureHistoryClient.Get(system)); // looks for the members at once, not at the first call
    }

    /// <summary>The same with the addresses of members or seeds to begin with, and defaults for the rest.</summary>
    public static AkkaConfigurationBuilder WithFailureHistoryClient(this AkkaConfigurationBuilder builder, params string[] contacts) =>
        builder.WithFailureHistoryClient(new FailureHistoryClientOptions { Contacts = contacts });

    /// <summary>Puts the <see cref="FailureHistoryClient"/> of the application's actor system in the container.</summary>
    public static IServiceCollection AddFailureHistoryClient(this IServiceCollection services) =>
        services.AddSingleton(provider => FailureHistoryClient.Get(provider.GetRequiredService<ActorSystem>()));
}
