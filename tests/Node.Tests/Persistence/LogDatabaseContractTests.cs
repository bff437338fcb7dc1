using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Persistence;
using FailureHistory.Messages.Wire;
using FailureHistory.Node.Configuration;
using FailureHistory.Node.Persistence;
using FailureHistory.Tests.Shared;
using Google.Protobuf;
using Microsoft.Data.Sqlite;
using Xunit;

namespace FailureHistory.Node.Tests.Persistence;

/// <summary>What the log expects of its database, whichever it is: one contract, run against each.</summary>
[Collection(OnPostgres.Name)]
public sealed class LogDatabaseContractTests(PostgresFixture postgres) : IAsyncLifetime
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(20);

    private readonly string root = Directory.CreateTempSubdirectory("fh-log-").FullName;
    private readonly List<ActorSystem> systems = [];
    private DataFolder folder = null!;
    private LogDatabase database = null!;
    private Func<string, Task> sql = null!;
    private string schema = string.Empty;

    private string LogId => $"log-{folder.Id}";

    public Task InitializeAsync()
    {
        folder = DataFolder.Open(Path.Combine(root, "data"));
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        foreach (var system in systems)
        {
            await system.Terminate();
        }

        folder.Dispose();
        SqliteConnection.ClearAllPools();
        Directory.Delete(root, recursive: true);
    }

    [Theory]
    [InlineData("SQLite")]
    [PostgresData]
    [Trait("Rule", "R9.3")]
    public async Task Rows_come_back_as_they_were_written_and_in_their_order_after_a_restart(string which)
    {
        await Prepare(which);
        var random = new Random(7);
        var rows = Enumerable.Range(1, 60).Select(i => Row(random, i * 500)).Append(Row(random, 3 << 20)).ToList();
        var log = Start();
        for (var i = 0; i < rows.Count; i++)
        {
            Assert.Equal(i + 1, await log.Ask<long>(rows[i], Bound));
        }

        var replayed = await (await Restart()).Ask<LogRecorder.Replayed>(new LogRecorder.GetReplayed(), Bound);
        Assert.Equal(rows, replayed.Rows);
        Assert.Equal(rows.Count, replayed.Last);
    }

    [Theory]
    [InlineData("SQLite")]
    [PostgresData]
    public async Task Deleted_rows_are_gone_and_the_numbers_go_on_behind_the_last(string which)
    {
        await Prepare(which);
        var random = new Random(8);
        var log = Start();
        var rows = Enumerable.Range(0, 20).Select(_ => Row(random, 100)).ToList();
        foreach (var row in rows)
        {
            await log.Ask<long>(row, Bound);
        }

        Assert.Equal(19, await log.Ask<long>(new LogRecorder.DeleteUpTo(19), Bound));
        log = await Restart();
        var left = await log.Ask<LogRecorder.Replayed>(new LogRecorder.GetReplayed(), Bound);
        Assert.Equal((rows[19], 20), (Assert.Single(left.Rows), left.Last));
        Assert.Equal(21, await log.Ask<long>(rows[0], Bound));
        Assert.Equal(21, (await database.Prepare(CancellationToken.None)).LastRow);
        Assert.Equal(0L, await Scalar($"SELECT COUNT(*) FROM {schema}journal WHERE sequence_number < 19")); // the last one deleted may stay, marked
    }

    [Theory]
    [InlineData("SQLite")]
    [PostgresData]
    public async Task A_snapshot_takes_the_place_of_the_one_before_it(string which)
    {
        await Prepare(which);
        var random = new Random(9);
        var store = Snapshots(NewSystem());
        var id = $"segment-7@{folder.Id}";
        Assert.Null((await Load(store, id)).Snapshot);
        foreach (var (offset, size) in new[] { (5, 1000), (9, 4 << 20), (12, 10) })
        {
            var snapshot = new SegmentSnapshot { Format = 1, Segment = 7, LogOffset = offset };
            snapshot.Batches.Add(Bytes(random, size));
            var saved = await store.Ask<object>(new SaveSnapshot(new SnapshotMetadata(id, 0, DateTime.UtcNow), snapshot), Bound);
            Assert.True(saved is SaveSnapshotSuccess, $"expected the snapshot to be saved; came {saved}");

            await Terminate();
            store = Snapshots(NewSystem());
            Assert.Equal(snapshot, (await Load(store, id)).Snapshot.Snapshot);
            Assert.Equal(1L, await Scalar($"SELECT COUNT(*) FROM {schema}snapshot"));
        }

        Assert.Null((await Load(store, $"segment-8@{folder.Id}")).Snapshot);
    }

    [Theory]
    [InlineData("SQLite")]
    [PostgresData]
    public async Task A_write_that_fails_is_told_leaves_nothing_and_the_next_life_writes_on(string which)
    {
        await Prepare(which);
        var random = new Random(10);
        var log = Start();
        var kept = Row(random, 100);
        await log.Ask<long>(kept, Bound);

        await sql($"ALTER TABLE {schema}journal RENAME TO away");
        await Assert.ThrowsAnyAsync<Exception>(() => log.Ask<long>(Row(random, 100), Bound));
        await sql($"ALTER TABLE {schema}away RENAME TO journal");

        log = await Restart();
        var replayed = await log.Ask<LogRecorder.Replayed>(new LogRecorder.GetReplayed(), Bound);
        Assert.Equal((kept, 1), (Assert.Single(replayed.Rows), replayed.Last));
        Assert.Equal(2, await log.Ask<long>(Row(random, 100), Bound));
    }

    [Theory]
    [InlineData("SQLite")]
    [PostgresData]
    public async Task It_says_which_log_it_holds_and_how_far_and_keeps_what_was_claimed(string which)
    {
        Assert.Equal(new LogFound(null, 0), await Prepare(which));
        await database.Claim("one", CancellationToken.None);
        Assert.Equal(new LogFound("one", 0), await database.Prepare(CancellationToken.None));
        await Start().Ask<long>(Row(new Random(11), 10), Bound);
        await database.Claim("two", CancellationToken.None);
        Assert.Equal(new LogFound("two", 1), await database.Prepare(CancellationToken.None));
    }

    [Theory]
    [InlineData("SQLite")]
    [PostgresData]
    [Trait("Rule", "R9.3")]
    public async Task Rows_that_lack_in_the_middle_are_counted_and_those_deleted_from_the_first_on_are_not(string which)
    {
        await Prepare(which);
        var log = Start();
        var random = new Random(13);
        for (var i = 0; i < 6; i++)
        {
            await log.Ask<long>(Row(random, 10), Bound);
        }

        await sql($"DELETE FROM {schema}journal WHERE sequence_number <= 2");
        Assert.Equal(new LogFound(null, 6), await database.Prepare(CancellationToken.None));
        await sql($"DELETE FROM {schema}journal WHERE sequence_number IN (4, 5)"); // a stand-by took over without them, and was written on
        Assert.Equal(new LogFound(null, 6, Missing: 2), await database.Prepare(CancellationToken.None));
    }

    [Theory]
    [InlineData("SQLite")]
    [PostgresData]
    [Trait("Rule", "R9.3")]
    public async Task A_log_that_was_emptied_or_put_back_is_noticed_at_the_next_start(string which)
    {
        var found = await Prepare(which);
        Assert.Equal(LogFate.New, Mark().Judge(found, vouched: false));
        var mark = Mark();
        await mark.Begin(database, found, CancellationToken.None);
        var log = Start();
        var random = new Random(12);
        await log.Ask<long>(Row(random, 10), Bound);
        await log.Ask<long>(Row(random, 10), Bound);
        mark.Note(2, default);
        Assert.Equal(LogFate.Kept, await Fate());

        await sql($"DELETE FROM {schema}journal WHERE sequence_number = 2"); // as a backup of an hour ago
        Assert.Equal(LogFate.Lost, await Fate());

        await sql($"DELETE FROM {schema}journal");
        await sql($"DELETE FROM {schema}member_log");
        Assert.Equal(LogFate.Lost, await Fate());

        mark = Mark();
        await mark.Begin(database, await database.Prepare(CancellationToken.None), CancellationToken.None);
        Assert.Equal(LogFate.Kept, await Fate());

        async Task<LogFate> Fate() => Mark().Judge(await database.Prepare(CancellationToken.None), vouched: true);
    }

    private LogMark Mark() => new(folder, TimeProvider.System);

    private Task<LogFound> Prepare(string which)
    {
        if (which == PostgresDataAttribute.Name)
        {
            var settings = postgres.Fresh();
            database = new PostgreSqlLog(settings, folder);
            schema = settings.Schema + ".";
            sql = async text => await postgres.Server.Sql(text);
        }
        else
        {
            database = new SqliteLog(folder);
            sql = text => Task.Run(() => OnSqlite(text));
        }

        return database.Prepare(CancellationToken.None);
    }

    private async Task<object?> Scalar(string text) => schema.Length > 0 ? await postgres.Server.Sql(text) : OnSqlite(text);

    private object? OnSqlite(string text)
    {
        using var connection = new SqliteConnection(folder.LogConnection);
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = text;
        return command.ExecuteScalar();
    }

    private ActorSystem NewSystem()
    {
        var config = database.Settings.WithFallback(SettingsSource.Embedded("serialization.conf"))
            .WithFallback("akka.loglevel = ERROR\nakka.stdout-loglevel = OFF\nakka.actor.provider = local");
        var system = ActorSystem.Create($"log-{systems.Count}", ActorSystemSetup.Create(BootstrapSetup.Create().WithConfig(config)).And(database.Connections));
        systems.Add(system);
        return system;
    }

    private IActorRef Start() => NewSystem().ActorOf(Props.Create(() => new LogRecorder(LogId)));

    private async Task<IActorRef> Restart()
    {
        await Terminate();
        await database.Prepare(CancellationToken.None);
        return Start();
    }

    private Task Terminate() => systems[^1].Terminate();

    private static IActorRef Snapshots(ActorSystem system) => Akka.Persistence.Persistence.Instance.Apply(system).SnapshotStoreFor(string.Empty);

    private static Task<LoadSnapshotResult> Load(IActorRef store, string id) =>
        store.Ask<LoadSnapshotResult>(new LoadSnapshot(id, SnapshotSelectionCriteria.Latest, long.MaxValue), Bound);

    private static LogRecord Row(Random random, int size)
    {
        var row = new LogRecord { Format = 1 };
        row.Batches.Add(Bytes(random, size));
        row.Reservations.Add(new ClockReservation { Until = random.NextInt64() });
        return row;
    }

    private static ByteString Bytes(Random random, int size)
    {
        var bytes = new byte[size];
        random.NextBytes(bytes);
        return ByteString.CopyFrom(bytes);
    }
}
