using System.Diagnostics;
using System.Runtime.InteropServices;
using Microsoft.Data.Sqlite;

namespace FailureHistory.Load.Raw;

/// <summary>What the machine does without the service, in the same minute and on the same disk.</summary>
internal static class RawDisk
{
    private static readonly string[] Columns = ["$node", "$detector", "$id", "$kind", "$at"];

    /// <summary>The rows of a report into SQLite, as many a transaction, one transaction after the other, WAL and synchronous=FULL.</summary>
    public static Figure Sqlite(string folder, int rowsEach, TimeSpan time)
    {
        var file = Path.Combine(folder, $"raw-{rowsEach}.db");
        using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = file, Pooling = false }.ToString());
        connection.Open();
        Execute(connection, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE observation (node TEXT, detector TEXT, id TEXT, kind TEXT, at INTEGER, PRIMARY KEY (node, detector, id))");
        using var insert = connection.CreateCommand();
        insert.CommandText = "INSERT INTO observation VALUES ($node, $detector, $id, $kind, $at)";
        var parameters = Columns.Select(name => insert.Parameters.Add(new SqliteParameter(name, null))).ToArray();
        var fleet = new Driving.Fleet("raw", 10_000);
        var rows = 0L;
        var times = new HdrHistogram.LongHistogram(HdrHistogram.TimeStamp.Minutes(1), 3);
        var begun = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(begun) < time)
        {
            var (batch, _) = fleet.Next(rowsEach);
            var from = Stopwatch.GetTimestamp();
            using var transaction = connection.BeginTransaction();
            insert.Transaction = transaction;
            foreach (var row in batch)
            {
                (parameters[0].Value, parameters[1].Value, parameters[2].Value, parameters[3].Value, parameters[4].Value) = (row.Node, row.Detector, row.Id, row.Kind, from);
                insert.ExecuteNonQuery();
            }

            transaction.Commit();
            times.RecordValue(Stopwatch.GetTimestamp() - from);
            rows += rowsEach;
        }

        return Figured($"SQLite alone, {rowsEach} rows a transaction", rows, begun, times);
    }

    /// <summary>4 KiB written at the end of a file, and fdatasync, one after the other.</summary>
    public static Figure Syncs(string folder, TimeSpan time)
    {
        using var file = File.OpenHandle(Path.Combine(folder, "raw.sync"), FileMode.Create, FileAccess.Write);
        var block = new byte[4096];
        var syncs = 0L;
        var times = new HdrHistogram.LongHistogram(HdrHistogram.TimeStamp.Minutes(1), 3);
        var begun = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(begun) < time)
        {
            var from = Stopwatch.GetTimestamp();
            RandomAccess.Write(file, block, syncs * block.Length);
            if (NativeMethods.FDataSync((int)file.DangerousGetHandle()) != 0)
            {
                throw new IOException($"fdatasync failed: {Marshal.GetLastPInvokeErrorMessage()}");
            }

            times.RecordValue(Stopwatch.GetTimestamp() - from);
            syncs++;
        }

        return Figured("fdatasync of 4 KiB", syncs, begun, times);
    }

    private static Figure Figured(string name, long done, long begun, HdrHistogram.LongHistogram times) => new(
        name, done / Stopwatch.GetElapsedTime(begun).TotalSeconds, Milliseconds(times, 50), Milliseconds(times, 99), times.TotalCount, 0, []);

    private static double Milliseconds(HdrHistogram.LongHistogram times, double percentile) =>
        Math.Round(times.GetValueAtPercentile(percentile) * 1000.0 / Stopwatch.Frequency, 3);

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
