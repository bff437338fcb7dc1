using System.Diagnostics;
using System.Runtime.InteropServices;
using FailureHistory.Load.Driving;
using FailureHistory.Load.Results;
using Microsoft.Data.Sqlite;

namespace FailureHistory.Load.Raw;

/// <summary>What the machine does without the service, in the same minute and on the same disk.</summary>
internal static class RawDisk
{
    private static readonly string[] Columns = ["$node", "$detector", "$id", "$kind", "$at"];

    /// <summary>The rows of a report into SQLite, as many a transaction, one transaction after the other, WAL and synchronous=FULL.</summary>
    public static Figure Sqlite(string name, string folder, int rowsEach, TimeSpan time)
    {
        var file = Path.Combine(folder, $"raw-{rowsEach}.db");
        using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = file, Pooling = false }.ToString());
        connection.Open();
        Execute(connection, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE observation (node TEXT, detector TEXT, id TEXT, kind TEXT, at INTEGER, PRIMARY KEY (node, detector, id))");
        using var insert = connection.CreateCommand();
        insert.CommandText = "INSERT INTO observation VALUES ($node, $detector, $id, $kind, $at)";
        var parameters = Columns.Select(column => insert.Parameters.Add(new SqliteParameter(column, null))).ToArray();
        var caller = new Workload("raw", Plan.DefaultNodes, seed: 1).Split(1)[0];
        var rows = 0L;
        return Timed(name, time, () =>
        {
            var batch = caller.Next(rowsEach);
            using var transaction = connection.BeginTransaction();
            insert.Transaction = transaction;
            for (var i = 0; i < batch.Count; i++)
            {
                var row = batch.Row(i);
                (parameters[0].Value, parameters[1].Value, parameters[2].Value, parameters[3].Value, parameters[4].Value) = (row.Node, Workload.Detector, row.Id, row.Kind, rows++);
                insert.ExecuteNonQuery();
            }

            transaction.Commit();
            return rowsEach;
        });
    }

    /// <summary>4 KiB written at the end of a file, and fdatasync, one after the other.</summary>
    public static Figure Syncs(string name, string folder, TimeSpan time)
    {
        using var file = File.OpenHandle(Path.Combine(folder, "raw.sync"), FileMode.Create, FileAccess.Write);
        var block = new byte[4096];
        var offset = 0L;
        return Timed(name, time, () =>
        {
            RandomAccess.Write(file, block, offset);
            offset += block.Length;
            return NativeMethods.FDataSync((int)file.DangerousGetHandle()) == 0 ? 1 : throw new IOException($"fdatasync failed: {Marshal.GetLastPInvokeErrorMessage()}");
        });
    }

    private static Figure Timed(string name, TimeSpan time, Func<int> step)
    {
        var times = new Times();
        var done = 0L;
        var before = Cpu.Now([]);
        while (Stopwatch.GetElapsedTime(before.At) < time)
        {
            var from = Stopwatch.GetTimestamp();
            done += step();
            times.Add(Stopwatch.GetTimestamp() - from);
        }

        var used = Cpu.Now([]).Since(before);
        return new Figure(name, done / used.Seconds, Units.PerSecond) { P50Ms = times.Milliseconds(50), P99Ms = times.Milliseconds(99), Calls = times.Count, DriverCores = used.Driver };
    }

    private static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private static class NativeMethods
    {
        [DllImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        public static extern int FDataSync(int file);
    }
}
