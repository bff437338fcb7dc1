using FailureHistory.Load.Raw;

namespace FailureHistory.Load.Measurements;

/// <summary>What the machine does without the service, measured in every run before anything else: what the other figures are shares of.</summary>
internal static class LimitFigures
{
    public const string Sqlite = "SQLite alone, 1,000 rows a transaction";
    public const string Syncs = "fdatasync of 4 KiB";
    public const string PingPong1 = "Akka.Remote alone, ask, 1 in flight";
    public const string PingPong64 = "Akka.Remote alone, ask, 64 in flight";

    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);

    public static async Task Measure(Bench bench, CancellationToken ct)
    {
        var time = bench.Plan.Time < Longest ? bench.Plan.Time : Longest;
        var folder = Directory.CreateDirectory(Path.Combine(bench.Plan.Members.Folder ?? Path.GetTempPath(), $"fhs-raw-{Guid.NewGuid():n}")).FullName;
        try
        {
            bench.Add(RawDisk.Syncs(Syncs, folder, time));
            bench.Add(RawDisk.Sqlite(Sqlite, folder, 1_000, time));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        await using var remote = await PingPong.Start(ct).ConfigureAwait(false);
        bench.Add(await remote.Measure(PingPong1, 1, time, ct).ConfigureAwait(false));
        bench.Add(await remote.Measure(PingPong64, 64, time, ct).ConfigureAwait(false));
    }
}
