using System.Diagnostics;
using System.Globalization;
using Akka.Actor;
using FailureHistory.Load.Driving;
using FailureHistory.Load.Results;

namespace FailureHistory.Load.Raw;

/// <summary>
/// Akka.Remote between two processes and nothing else: a text of 100 characters is asked and sent back. The other process is this program again,
/// with <c>pong</c>.
/// </summary>
internal sealed class PingPong : IAsyncDisposable
{
    private static readonly string Ping = new('p', 100);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly ActorSystem system = ActorSystem.Create("ping", ClientService.Configuration);
    private readonly Process other;
    private readonly IActorRef echo;

    private PingPong(Process other, int port)
    {
        this.other = other;
        var path = new RootActorPath(new Address("akka.tcp", "pong", "127.0.0.1", port)) / "user" / "echo";
        echo = ((ExtendedActorSystem)system).Provider.ResolveActorRef(path);
    }

    public static async Task<PingPong> Start(CancellationToken ct)
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", [typeof(PingPong).Assembly.Location, "pong"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        var other = Process.Start(start) ?? throw new InvalidOperationException("the other end of the ping-pong did not start");
        var said = await other.StandardOutput.ReadLineAsync(ct).AsTask().WaitAsync(Patience, ct).ConfigureAwait(false);
        return new PingPong(other, int.Parse(said ?? "0", CultureInfo.InvariantCulture));
    }

    public Task<Figure> Measure(string name, int inFlight, TimeSpan time, CancellationToken ct) =>
        ClosedLoop.Run(name, inFlight, time, ClosedLoop.AFifthOf(time), () => Cpu.Now([], other), async (_, token) =>
        {
            var reply = await echo.Ask<string>(Ping, Patience, token).ConfigureAwait(false);
            return (1, reply.Length == Ping.Length ? null : "another text");
        }, ct);

    /// <summary>The other end: answers until its input ends.</summary>
    public static async Task<int> Answer(CancellationToken ct)
    {
        var pong = ActorSystem.Create("pong", ClientService.Configuration);
        pong.ActorOf(Props.Create(() => new Echo()), "echo");
        Console.WriteLine(((ExtendedActorSystem)pong).Provider.DefaultAddress.Port);
        await Console.In.ReadToEndAsync(ct).ConfigureAwait(false);
        await pong.Terminate().ConfigureAwait(false);
        return 0;
    }

    public async ValueTask DisposeAsync()
    {
        await system.Terminate().ConfigureAwait(false);
        if (!other.HasExited)
        {
            other.Kill();
            await other.WaitForExitAsync().ConfigureAwait(false);
        }

        other.Dispose();
    }

    private sealed class Echo : UntypedActor
    {
        protected override void OnReceive(object message) => Sender.Tell(message);
    }
}
