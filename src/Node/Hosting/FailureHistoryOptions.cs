using Akka.Persistence.Sql.Config;
using FailureHistory.Node.Configuration;

namespace FailureHistory.Node.Hosting;

/// <summary>What a member in an application's actor system is told. The address, the port and the way into the cluster are the application's.</summary>
public sealed record FailureHistoryOptions
{
    private static readonly string[] NotOurs = ["host", "public-host", "port", "seeds", "data", "replication-factor", "zone", "http"];

    /// <summary>The folder of the member's id, its ring and its log; one member per folder, on a disk that outlives the process. Default <c>./failure-history</c>.</summary>
    public string Data { get; init; } = "./failure-history";

    /// <summary>How many members hold each history (k), 1 to 9; the same at all members. Default 3.</summary>
    public int ReplicationFactor { get; init; } = 3;

    /// <summary>The failure domain of this member (rack, room, site), or empty for its own.</summary>
    public string Zone { get; init; } = string.Empty;

    /// <summary>Where the application serves the HTTP interface (<c>MapFailureHistory</c>), for others to be told; or null.</summary>
    public Uri? Http { get; init; }

    /// <summary>
    /// Whether this member may form the ring when no member of the application's cluster has one (default). Where it may not, as in deployments
    /// whose first member is to be a certain one, it waits for one that does.
    /// </summary>
    public bool MayForm { get; init; } = true;

    /// <summary>Further keys of <c>hocon/reference.conf</c>, without <c>failure-history.</c>, such as <c>form-after</c> or <c>query.timeout</c>.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();

    /// <summary>The application's own <see cref="MultiDataOptionsSetup"/>, where it has one: an actor system has one at most, so the member's goes into it.</summary>
    public MultiDataOptionsSetup? DataOptions { get; init; }

    /// <summary>Checked and read.</summary>
    /// <exception cref="StartupException">An unknown key, or a value out of its range.</exception>
    internal NodeSettings ToSettings()
    {
        if (Settings.Keys.FirstOrDefault(k => NotOurs.Contains(k)) is { } key)
        {
            throw new StartupException($"failure-history.{key}: is the application's, or an option of its own; take it out of Settings");
        }

        string[] own =
        [
            "--data", Data, "--replication-factor", ReplicationFactor.ToString(System.Globalization.CultureInfo.InvariantCulture), "--http", Http?.ToString() ?? "off",
            .. Zone.Length == 0 ? Array.Empty<string>() : ["--zone", Zone],
        ];
        return NodeSettings.Load([.. own, .. Settings.SelectMany(s => new[] { $"--{s.Key}", s.Value })]);
    }
}
