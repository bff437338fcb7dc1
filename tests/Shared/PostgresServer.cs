using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace FailureHistory.Tests.Shared;

/// <summary>
/// A PostgreSQL server of a test's own, on a free port of 127.0.0.1, in a temporary folder; which can crash and be started again. A shell
/// stands over it that ends it and wipes the folder as soon as this process is gone, however that ended. PostgreSQL refuses to run as root:
/// then it runs as the user <c>postgres</c>.
/// </summary>
public sealed class PostgresServer : IAsyncDisposable
{
    /// <summary>The user and its password.</summary>
    public const string User = "fhs", Password = "p4ss-of-the-tests";

    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);

    // One word on standard input is one thing to do, one line on standard output says that it is done. Its end is the end of everything.
    private const string Keeper = """
        set -u
        bin=$1 folder=$2 port=$3
        cd "$folder" || exit 1
        printf '%s' "$4" >pw
        "$bin/initdb" -D data -U "$5" --pwfile=pw -A scram-sha-256 -E UTF8 --locale=C --no-sync >init.log 2>&1 || { echo "initdb failed: $(tail -n 3 init.log | tr '\n' ' ')"; exit 1; }
        rm pw
        echo made
        server=
        while read -r word; do
            case $word in
                start)
                    "$bin/postgres" -D data -p "$port" -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=60 >>server.log 2>&1 </dev/null &
                    server=$!
                    echo started ;;
                crash) kill -QUIT "$server"; wait "$server"; echo crashed ;;
            esac
        done
        [ -n "$server" ] && kill -QUIT "$server" 2>/dev/null && wait "$server"
        cd / && rm -rf "$folder"
        """;

    private readonly Process keeper;
    private readonly string folder;
    private readonly SemaphoreSlim turn = new(1);

    private PostgresServer(Process keeper, string folder, int port)
    {
        this.keeper = keeper;
        this.folder = folder;
        Port = port;
    }

    /// <summary>Why no server can be started on this machine, or null.</summary>
    public static string? Missing { get; } = FindMissing();

    /// <summary>Its port.</summary>
    public int Port { get; }

    /// <summary>The end of the server's log, for messages.</summary>
    public string Log => File.Exists(Path.Combine(folder, "server.log")) ? string.Join('\n', File.ReadLines(Path.Combine(folder, "server.log")).TakeLast(30)) : "(no log)";

    /// <summary>How to reach a database on it.</summary>
    public string Connection(string database = "postgres") => $"Host=127.0.0.1;Port={Port};Database={database};Username={User};Password={Password}";

    /// <summary>Makes a server and starts it.</summary>
    public static async Task<PostgresServer> Start()
    {
        var folder = Directory.CreateTempSubdirectory("fhs-postgres-").FullName;
        List<string> command = ["sh", "-c", Keeper, "keeper", Binaries!, folder, $"{FreePort()}", Password, User];
        if (Environment.UserName == "root")
        {
            await Run("chown", "postgres", folder);
            command = ["setpriv", "--reuid", "postgres", "--regid", "postgres", "--init-groups", .. command];
        }

        var keeper = Process.Start(new ProcessStartInfo(command[0], command.Skip(1))
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            WorkingDirectory = folder,
        }) ?? throw new InvalidOperationException("the shell over PostgreSQL did not start");
        var server = new PostgresServer(keeper, folder, int.Parse(command[^3], System.Globalization.CultureInfo.InvariantCulture));
        try
        {
            await server.Expect("made");
            await server.StartAgain();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts it, and waits until it takes connections.</summary>
    public async Task StartAgain()
    {
        await Say("start", "started");
        await Ready();
    }

    /// <summary>An immediate shutdown: what is not in its write-ahead log on disk is gone.</summary>
    public Task Crash() => Say("crash", "crashed");

    /// <summary>Runs SQL.</summary>
    public async Task<object?> Sql(string sql, string database = "postgres")
    {
        await using var connection = new Npgsql.NpgsqlConnection(Connection(database) + ";Pooling=false");
        await connection.OpenAsync();
        await using var command = new Npgsql.NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        keeper.StandardInput.Close();
        using var bound = new CancellationTokenSource(Bound);
        await keeper.WaitForExitAsync(bound.Token);
        keeper.Dispose();
        turn.Dispose();
    }

    private static string? Binaries { get; } = FindBinaries();

    private static string? FindBinaries()
    {
        var candidates = Directory.Exists("/usr/lib/postgresql")
            ? Directory.GetDirectories("/usr/lib/postgresql").OrderByDescending(d => int.TryParse(Path.GetFileName(d), out var version) ? version : 0).Select(d => Path.Combine(d, "bin"))
            : [];
        return candidates.Concat((Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(':'))
            .FirstOrDefault(d => File.Exists(Path.Combine(d, "initdb")) && File.Exists(Path.Combine(d, "postgres")));
    }

    private static string? FindMissing()
    {
        if (RuntimeInformation.IsOSPlatform(OSPlatform.Windows))
        {
            return "no PostgreSQL is started on Windows";
        }

        if (FindBinaries() is null)
        {
            return "PostgreSQL (initdb, postgres) is not installed";
        }

        return Environment.UserName == "root" && !File.ReadLines("/etc/passwd").Any(line => line.StartsWith("postgres:", StringComparison.Ordinal))
            ? "PostgreSQL does not run as root and there is no user postgres"
            : null;
    }

    // Below the range of outgoing connections: a server that is down for a while must find its port free.
    private static int FreePort()
    {
        for (var attempt = 0; attempt < 1000; attempt++)
        {
            using var listener = new TcpListener(IPAddress.Loopback, Random.Shared.Next(10_000, 15_000));
            try
            {
                listener.Start();
                return ((IPEndPoint)listener.LocalEndpoint).Port;
            }
            catch (SocketException)
            {
                // Taken: the next.
            }
        }

        throw new InvalidOperationException("no free port found in 1000 attempts");
    }

    private static async Task Run(string program, params string[] arguments)
    {
        using var process = Process.Start(program, arguments);
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} ended with exit code {process.ExitCode}");
        }
    }

    private async Task Ready()
    {
        var begun = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                await Sql("SELECT 1");
                return;
            }
            catch (Npgsql.NpgsqlException) when (Stopwatch.GetElapsedTime(begun) < Bound)
            {
                await Task.Delay(50); // it starts: asked again until it answers or the time is up
            }
        }
    }

    private async Task Say(string word, string answer)
    {
        await turn.WaitAsync();
        try
        {
            await keeper.StandardInput.WriteLineAsync(word);
            await keeper.StandardInput.FlushAsync();
            await Expect(answer);
        }
        finally
        {
            turn.Release();
        }
    }

    private async Task Expect(string answer)
    {
        using var bound = new CancellationTokenSource(Bound);
        var line = await keeper.StandardOutput.ReadLineAsync(bound.Token);
        if (line != answer)
        {
            throw new InvalidOperationException($"expected '{answer}' of the shell over PostgreSQL; came '{line}'\n{Log}");
        }
    }
}
