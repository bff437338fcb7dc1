using System.Globalization;
using System.Text;
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
/// The file <c>log-mark</c> in the data folder: which log belongs to the folder, and up to which row it is known to have been written. Log
/// and folder are two things, and on PostgreSQL on two machines: a copy whose log was lost must not vouch for what was acknowledged, though
/// the file <c>counting</c> says that it does (docs/decisions/23).
/// </summary>
public sealed class LogMark(DataFolder folder, TimeProvider time)
{
    // A database put back to less than this ago is not noticed by its rows; each note costs a synced write.
    private static readonly TimeSpan NoteEvery = TimeSpan.FromSeconds(5);

    private readonly string file = Path.Combine(folder.Path, "log-mark");
    private readonly Lock gate = new();
    private string logId = string.Empty;
    private long noted;
    private long notedAt;

    /// <summary>The last row that the file knows of.</summary>
    public long Noted => Volatile.Read(ref noted);

    /// <summary>What became of the log, given what is in the database. Where it is not <see cref="LogFate.Kept"/>, <see cref="Begin"/> follows.</summary>
    /// <param name="found">What is in the database.</param>
    /// <param name="vouched">Whether copies of this folder were ever said to count.</param>
    /// <exception cref="StartupException">The file is damaged.</exception>
    public LogFate Judge(LogFound found, bool vouched)
    {
        if (!File.Exists(file))
        {
            // A log from before there were marks has rows and no id. An id without the file is a start that was cut off, or a lost file.
            return found is { LogId: null, LastRow: > 0 } || !vouched ? LogFate.New : LogFate.Lost;
        }

        if (File.ReadAllText(file).Trim().Split(' ') is not [{ Length: 32 } id, var row]
            || !long.TryParse(row, NumberStyles.None, CultureInfo.InvariantCulture, out var last))
        {
            throw new StartupException($"{file}: damaged; delete it, and this member asks the others again what its copies lack");
        }

        if (found.LogId != id || found.LastRow < last)
        {
            return LogFate.Lost;
        }

        (logId, noted) = (id, last);
        return LogFate.Kept;
    }

    /// <summary>From now on the folder belongs to the log in the database; claimed there first, so that a start which is cut off in between is begun anew.</summary>
    public async Task Begin(LogDatabase database, LogFound found, CancellationToken ct)
    {
        var id = Guid.NewGuid().ToString("n");
        await database.Claim(id, ct).ConfigureAwait(false);
        lock (gate)
        {
            (logId, noted) = (id, found.LastRow);
            Write();
        }
    }

    /// <summary>The log is written up to this row; noted now and then.</summary>
    public void Note(long row, bool atOnce = false)
    {
        lock (gate)
        {
            if (logId.Length == 0 || row <= noted || (!atOnce && notedAt != 0 && time.GetElapsedTime(notedAt) < NoteEvery))
            {
                return;
            }

            noted = row;
            notedAt = time.GetTimestamp();
            Write();
        }
    }

    private void Write() => DurableFile.Write(file, Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{logId} {noted}\n")));
}
