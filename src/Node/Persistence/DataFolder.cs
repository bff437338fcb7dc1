using System.Buffers.Binary;
using System.Security.Cryptography;
using FailureHistory.Core.Identity;
using FailureHistory.Node.Configuration;
using Microsoft.Data.Sqlite;

namespace FailureHistory.Node.Persistence;

/// <summary>
/// The data folder of one member (DESIGN D13): its id, a lock that keeps a second process out, its ring and its log. Held for as long as
/// the process lives.
/// </summary>
public sealed class DataFolder : IDisposable
{
    private readonly FileStream memberLock;

    private DataFolder(string path, FileStream memberLock, MemberId id, bool isNew)
    {
        Path = path;
        this.memberLock = memberLock;
        Id = id;
        WasEmpty = isNew;
    }

    /// <summary>The absolute path.</summary>
    public string Path { get; }

    /// <summary>The member's id, drawn when the folder was first used.</summary>
    public MemberId Id { get; }

    /// <summary>Whether this start drew the id: nothing was here before.</summary>
    public bool WasEmpty { get; }

    /// <summary>The connection string of the log's SQLite file.</summary>
    public string LogConnection => new SqliteConnectionStringBuilder
    {
        DataSource = System.IO.Path.Combine(Path, "log.db"),
        Cache = SqliteCacheMode.Private,
        DefaultTimeout = 30,
    }.ToString();

    /// <summary>Opens or makes the folder.</summary>
    /// <exception cref="StartupException">It can't be made or written, another member uses it, or its id is damaged.</exception>
    public static DataFolder Open(string path)
    {
        FileStream memberLock;
        try
        {
            Directory.CreateDirectory(path);
            memberLock = new FileStream(System.IO.Path.Combine(path, "member.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new StartupException($"data folder {path}: can't be written: {e.Message}", e);
        }
        catch (IOException e) when (File.Exists(System.IO.Path.Combine(path, "member.lock")) && IsLocked(e))
        {
            throw new StartupException($"data folder {path}: another member uses it; give each member a folder of its own (--data)", e);
        }
        catch (IOException e)
        {
            throw new StartupException($"data folder {path}: can't be written: {e.Message}", e);
        }

        try
        {
            var idFile = System.IO.Path.Combine(path, "member-id");
            var isNew = !File.Exists(idFile);
            var id = isNew ? Draw() : ReadId(idFile);
            if (isNew)
            {
                DurableFile.Write(idFile, System.Text.Encoding.ASCII.GetBytes(id + "\n"));
            }

            return new DataFolder(path, memberLock, id, isNew);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            memberLock.Dispose();
            throw new StartupException($"data folder {path}: can't be written: {e.Message}", e);
        }
        catch
        {
            memberLock.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => memberLock.Dispose();

    // EWOULDBLOCK / sharing violation, as .NET reports a lock that another process holds.
    private static bool IsLocked(IOException e) => e.HResult is 11 or 13 or unchecked((int)0x80070020) or 35;

    private static MemberId ReadId(string file) =>
        MemberId.TryParse(File.ReadAllText(file).Trim(), out var id)
            ? id
            : throw new StartupException($"{file}: expected the member's id, 32 hex digits; the file is damaged: restore it, or start with an empty folder");

    private static MemberId Draw()
    {
        Span<byte> bytes = stackalloc byte[16];
        RandomNumberGenerator.Fill(bytes);
        return new MemberId(BinaryPrimitives.ReadUInt128BigEndian(bytes));
    }
}
