using Akka.Actor;
using Akka.Cluster.Hosting;
using Akka.Hosting;
using Akka.Remote.Hosting;
using FailureHistory.HostedMember;
using FailureHistory.Node.Hosting;

// An application that takes orders, as it was before, and what makes it a member of the Failure History Service as well: the lines marked so.
var builder = WebApplication.CreateSlimBuilder(args);
var port = builder.Configuration.GetValue("port", 4060);
var http = builder.Configuration.GetValue("http", "http://127.0.0.1:8570")!;
var seed = builder.Configuration.GetValue("seed", "akka.tcp://orders@127.0.0.1:4060")!;
var folder = Path.GetFullPath(builder.Configuration.GetValue("data", $"./orders-{port}")!);
Directory.CreateDirectory(folder);

builder.WebHost.UseUrls(http);
builder.Logging.SetMinimumLevel(LogLevel.Warning);
builder.Services.AddAkka("orders", akka => akka
    .WithRemoting("127.0.0.1", port)
    .WithClustering(new ClusterOptions { Roles = ["orders"], SeedNodes = [seed] })
    .AddHocon(
        $$"""
        orders.branch = "{{port}}"
        akka.persistence.journal.plugin = "akka.persistence.journal.sql"
        akka.persistence.journal.sql {
          class = "Akka.Persistence.Sql.Journal.SqlWriteJournal, Akka.Persistence.Sql"
          connection-string = "Data Source={{folder.Replace("\\", "\\\\", StringComparison.Ordinal)}}/orders.db"
          provider-name = "SQLite.MS"
          auto-initialize = true
        }
        """,
        HoconAddMode.Prepend)
    .WithActors((system, registry) => registry.Register<OrderBook>(system.ActorOf(Props.Create(() => new OrderBook()), "order-book")))
    .WithFailureHistory(new FailureHistoryOptions { Data = Path.Combine(folder, "failure-history"), Http = new Uri(http) })); // a member
builder.Services.AddFailureHistory(); // a member

var app = builder.Build();
app.MapGet("/orders", async (IRequiredActor<OrderBook> book) => await book.ActorRef.Ask<Dictionary<string, int>>(new OrderBook.Ordered(), TimeSpan.FromSeconds(5)));
app.MapPost("/orders/{item}", async (string item, IRequiredActor<OrderBook> book) => await book.ActorRef.Ask<int>(new OrderBook.Order(item), TimeSpan.FromSeconds(5)));
app.MapFailureHistory(); // a member
await app.RunAsync();
