using System.Globalization;
using System.Text;
using FailureHistory.Core.Replication;
using FailureHistory.Core.Time;
using FailureHistory.Node.Configuration;

namespace FailureHistory.Node.Persistence;

/// <summary>What became of a member's log since it last ran.</summary>
public enum LogFate
{
    /// <summary>Nothing was here before.</summary>
    New,

    /// <summary>It is the one that was here, up to the last row that was noted or further.</summary>
    Kept,

    /// <summary>It is another one, or its end is missing: a file that was deleted, a database that was emptied, or put back from a backup.</summary>
    Lost,
}

/// <summary>
/// The file <c>log-mark</c> in the data folder: which log belongs to the folder, up to which row it is known to have been written, how many rows
/// are known to lack in the middle of it, a bound of the stamps that were given, and when the member was last alive. Log
/// and folder are two things, and on PostgreSQL on two machines: a copy whose log was lost must not vouch for what was acknowledged, though
/// the file <c>counting</c> says that it does (docs/decisions/23).
/// </summary>
public sealed class LogMark(DataFolder folder, TimeProvider time)
{
    // A database put back to less than this ago is not noticed by its rows; each note costs a synced write.
    private static readonly TimeSpan NoteEvery = TimeSpan.FromSeconds(5);

    // Far enough that reservations seldom need a note of their own, and well below what another member would refuse (R2.3).
    private static readonly TimeSpan BoundAhead = TimeSpan.FromSeconds(30);

    // How often it is noted that the member is alive, where nothing is written.
    private static readonly TimeSpan AliveEvery = TimeSpan.FromHours(1);

    // Well within the time that removals are remembered.
    private static readonly TimeSpan LongestAbsence = Tombstone.Lifetime - TimeSpan.FromDays(1);

    private readonly string file = Path.Combine(folder.Path, "log-mark");
    private readonly Lock gate = new();
    private string logId = string.Empty;
    private long noted;
    private long notedAt;
    private long missing;
    private long bound;
    private long alive;

    /// <summary>No stamp above it was given under any log that the folder had (R2.3); zero where nobody knows.</summary>
    public Stamp Bound => new(Volatile.Read(ref bound));

    /// <summary>The last row that the file knows of.</summary>
    public long Noted => Volatile.Read(ref noted);

    /// <summary>What became of the log, given what is in the database. Where it is not <see cref="LogFate.Kept"/>, <see cref="Begin"/> follows.</summary>
    /// <param name="found">What is in the database.</param>
    /// <param name="vouched">Whether copies of this folder were ever said to count.</param>
    /// <param name="keepAfterAbsence">Whether a log is taken whose member was not alive for so long that the others may have forgotten what was removed (R9.7).</param>
    /// <exception cref="StartupException">The file is damaged, or the member was away for too long.</exception>
    public LogFate Judge(LogFound found, bool vouched, bool keepAfterAbsence = false)
    {
        if (!File.Exists(file))
        {
            // A log from before there were marks has rows and no id. An id without the file is a start that was cut off, or a lost file.
            return found is { LogId: null, LastRow: > 0 } || !vouched ? LogFate.New : LogFate.Lost;
        }

        // Marks of earlier builds lack the later ones of: which rows lacked, how far the clock went, when the member was last alive.
        var numbers = new long[4];
        var words = File.ReadAllText(file).Trim().Split(' ');
        if (words is not [{ Length: 32 }, _] and not [{ Length: 32 }, _, _, _] and not [{ Length: 32 }, _, _, _, _] || !ReadNumbers(words, numbers))
        {
            throw new StartupException($"{file}: damaged; delete it, and this member asks the others again what its copies lack");
        }

        bound = numbers[2];
        alive = numbers[3];
        var away = alive == 0 ? TimeSpan.Zero : Stamp.From(time.GetUtcNow()) - new Stamp(Math.Max(alive, bound));
        if (away > LongestAbsence && !keepAfterAbsence)
        {
            throw new StartupException(
                $"{folder.Path}: this member was last alive {(int)away.TotalDays} days ago, and removals are remembered for {Tombstone.Lifetime.TotalDays} days: it could bring back what was removed since. "
                + "If other members went on meanwhile, start it with an empty data folder, and remove its old id with 'fhs ring remove'; if all were stopped, start each with --log.keep-after-absence on");
        }

        if (found.LogId != words[0] || found.LastRow < numbers[0] || found.Missing > numbers[1])
        {
            return LogFate.Lost;
        }

        (logId, noted, missing) = (words[0], numbers[0], found.Missing);
        return LogFate.Kept;
    }

    /// <summary>From now on the folder belongs to the log in the database; claimed there first, so that a start which is cut off in between is begun anew.</summary>
    public async Task Begin(LogDatabase database, LogFound found, CancellationToken ct)
    {
        var id = Guid.NewGuid().ToString("n");
        await database.Claim(id, ct).ConfigureAwait(false);
        lock (gate)
        {
            (logId, noted, missing, alive) = (id, found.LastRow, found.Missing, Stamp.From(time.GetUtcNow()).Ticks);
            Write();
        }
    }

    /// <summary>
    /// The member is alive, the log is written up to this row, and stamps are reserved up to there; noted now and then, and before stamps go beyond
    /// <see cref="Bound"/>.
    /// </summary>
    public void Note(long row, Stamp reserved, bool atOnce = false)
    {
        lock (gate)
        {
            var isBeyond = reserved.Ticks > bound;
            var elapsed = notedAt == 0 ? TimeSpan.MaxValue : time.GetElapsedTime(notedAt);
            if (logId.Length == 0 || (row > noted ? !atOnce && !isBeyond && elapsed < NoteEvery : elapsed < AliveEvery))
            {
                return;
            }

            noted = Math.Max(row, noted);
            bound = Math.Max(bound, (reserved + BoundAhead).Ticks);
            alive = Math.Max(alive, Stamp.From(time.GetUtcNow()).Ticks);
            notedAt = time.GetTimestamp();
            Write();
        }
    }

    private static bool ReadNumbers(string[] words, long[] numbers)
    {
        for (var i = 1; i < words.Length; i++)
        {
            if (!long.TryParse(words[i], NumberStyles.None, CultureInfo.InvariantCulture, out numbers[i - 1]))
            {
                return false;
            }
        }

        return true;
    }

    private void Write() =>
        DurableFile.Write(file, Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{logId} {noted} {missing} {bound} {alive}\n")));
}
