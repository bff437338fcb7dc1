using Akka.Actor;
using Akka.Persistence;
using FailureHistory.Messages.Wire;
using Xunit;
using Xunit.Abstractions;

namespace FailureHistory.Node.Tests.Wire;

/// <summary>Log rows and snapshots go through the embedded journal under hocon/serialization.conf, and come back after the actor has gone.</summary>
public sealed class PersistedBytesTests : ActorTest
{
    private static readonly string Folder = Directory.CreateTempSubdirectory("fhs-wire-").FullName;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public PersistedBytesTests(ITestOutputHelper output)
        : base(output, Hocon())
    {
    }

    [Fact]
    [Trait("Rule", "R9.3")]
    public void A_log_row_and_a_snapshot_come_back_from_the_journal()
    {
        var row = new LogRecord { Format = 1, Batches = { ObservationBatchCodec.Encode(RandomObservations.Fleet(100, seed: 9)) }, Reservations = { new ClockReservation { Until = 5 } } };
        var snapshot = new SegmentSnapshot { Format = 1, Segment = 7, LogOffset = 1, Batches = { ObservationBatchCodec.Encode(RandomObservations.Fleet(5_000, seed: 10)) } };
        var first = Watch(Sys.ActorOf(Props.Create(() => new Keeper())));

        first.Tell(snapshot);
        ExpectMsg("snapshot kept", Patience);
        first.Tell(row);
        ExpectMsg("row kept", Patience);
        Sys.Stop(first);
        ExpectTerminated(first, Patience);
        var second = Sys.ActorOf(Props.Create(() => new Keeper()));
        second.Tell("what is kept");

        Assert.Equal(snapshot, ExpectMsg<SegmentSnapshot>(Patience));
        Assert.Equal(row, ExpectMsg<LogRecord>(Patience));
    }

    /// <inheritdoc/>
    protected override void AfterAll()
    {
        base.AfterAll();
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        Directory.Delete(Folder, recursive: true);
    }

    // serialize-messages is off: with it on Akka.Persistence.Sql does not start (a null message, and Akka's check of it dereferences it).
    private static string Hocon() => $$"""
        akka {
          actor.serialize-messages = off
          persistence {
            journal {
              plugin = "akka.persistence.journal.sql"
              sql {
                class = "Akka.Persistence.Sql.Journal.SqlWriteJournal, Akka.Persistence.Sql"
                connection-string = "Data Source={{Folder}}/journal.db"
                provider-name = "SQLite.MS"
                auto-initialize = true
                parallelism = 1
              }
            }
            snapshot-store {
              plugin = "akka.persistence.snapshot-store.sql"
              sql {
                class = "Akka.Persistence.Sql.Snapshot.SqlSnapshotStore, Akka.Persistence.Sql"
                connection-string = "Data Source={{Folder}}/journal.db"
                provider-name = "SQLite.MS"
                auto-initialize = true
              }
            }
          }
        }
        """;

    private sealed class Keeper : ReceivePersistentActor
    {
        private IActorRef asker = ActorRefs.Nobody;
        private LogRecord? row;
        private SegmentSnapshot? snapshot;

        public Keeper()
        {
            Recover<SnapshotOffer>(offer => snapshot = (SegmentSnapshot)offer.Snapshot);
            Recover<LogRecord>(r => row = r);
            Command<SegmentSnapshot>(s =>
            {
                asker = Sender;
                SaveSnapshot(s);
            });
            Command<SaveSnapshotSuccess>(_ => asker.Tell("snapshot kept"));
            Command<SaveSnapshotFailure>(f => asker.Tell(f.Cause));
            Command<LogRecord>(r => Persist(r, _ => Sender.Tell("row kept")));
            Command<string>(_ =>
            {
                Sender.Tell(snapshot);
                Sender.Tell(row);
            });
        }

        public override string PersistenceId => "log-1";
    }
}
