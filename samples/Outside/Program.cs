using Akka.Hosting;
using Akka.Remote.Hosting;
using FailureHistory.Outside;
using FailureHistory.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

if (args.Length < 2)
{
    Console.Error.WriteLine("usage: Outside NODE ADDRESS… — a node's name, and Akka addresses of members or seeds, such as akka.tcp://failure-history@127.0.0.1:4053");
    return 2;
}

// An application with an actor system of its own, which is in no cluster.
var builder = Host.CreateApplicationBuilder();
builder.Logging.SetMinimumLevel(LogLevel.Warning);
builder.Services.AddAkka("watchman", akka => akka
    .WithRemoting("127.0.0.1", 0)
    .WithFailureHistoryClient(args[1..]));
builder.Services.AddFailureHistoryClient();
builder.Services.AddHostedService(services => new Watchman(services.GetRequiredService<FailureHistoryClient>(), args[0]));
await builder.Build().RunAsync();
return 0;
