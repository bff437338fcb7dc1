using System.Globalization;
using Akka.Actor;
using Akka.Configuration;
using FailureHistory.Node.Telemetry;

namespace FailureHistory.Node.Configuration;

/// <summary>Everything a member is told, read and checked once (DESIGN D9). The keys are explained in <c>hocon/reference.conf</c>.</summary>
public sealed record NodeSettings
{
    /// <summary>The name of every actor system of the service (DESIGN D14).</summary>
    public const string SystemName = "failure-history";

    /// <summary>The address that remoting listens on.</summary>
    public required string Host { get; init; }

    /// <summary>The name that others reach it by.</summary>
    public required string PublicHost { get; init; }

    /// <summary>The remoting port; 0 for a free one.</summary>
    public required int Port { get; init; }

    /// <summary>Where HTTP is served, or null for nowhere.</summary>
    public required Uri? Http { get; init; }

    /// <summary>The data folder, absolute.</summary>
    public required string Data { get; init; }

    /// <summary>The database of the log.</summary>
    public required JournalKind Journal { get; init; }

    /// <summary>Where it is, for <see cref="JournalKind.PostgreSql"/>.</summary>
    public required PostgreSqlSettings PostgreSql { get; init; }

    /// <summary>Addresses to join by; may be empty.</summary>
    public required IReadOnlyList<Address> Seeds { get; init; }

    /// <summary>The failure domain, or empty.</summary>
    public required string Zone { get; init; }

    /// <summary>k (R9.1), 1 to 9.</summary>
    public required int ReplicationFactor { get; init; }

    /// <summary>R4.1.</summary>
    public required TimeSpan CorrelationInterval { get; init; }

    /// <summary>R4.1.</summary>
    public required TimeSpan IncidentLimit { get; init; }

    /// <summary>R6.1, in (0, 1].</summary>
    public required double FailedThreshold { get; init; }

    /// <summary>R2.6.</summary>
    public required TimeSpan Settle { get; init; }

    /// <summary>R9.3, R9.5.</summary>
    public required TimeSpan ExchangeInterval { get; init; }

    /// <summary>R9.2.</summary>
    public required TimeSpan ReplaceAfter { get; init; }

    /// <summary>R10.1; null for never.</summary>
    public required TimeSpan? ForgetAfter { get; init; }

    /// <summary>R10.3; null where all is kept.</summary>
    public required TimeSpan? FullDetail { get; init; }

    /// <summary>Where what is folded is written first, absolute; null for nowhere.</summary>
    public required string? Archive { get; init; }

    /// <summary>How often it is looked for what to fold.</summary>
    public required TimeSpan FoldInterval { get; init; }

    /// <summary>R9.11.</summary>
    public required TimeSpan FormAfter { get; init; }

    /// <summary>R3.3.</summary>
    public required bool AutoRegister { get; init; }

    /// <summary>How long a report waits for its majority.</summary>
    public required TimeSpan GateTimeout { get; init; }

    /// <summary>Bytes of reports in flight.</summary>
    public required long InFlightBytes { get; init; }

    /// <summary>When the next replica is asked as well (R6.4).</summary>
    public required TimeSpan HedgeAfter { get; init; }

    /// <summary>How long a query may take in all.</summary>
    public required TimeSpan QueryTimeout { get; init; }

    /// <summary>HistoryActors at a time.</summary>
    public required int HistoryActors { get; init; }

    /// <summary>When an idle HistoryActor stops.</summary>
    public required TimeSpan HistoryIdle { get; init; }

    /// <summary>What subscribers are told, and when.</summary>
    public required NotificationSettings Notifications { get; init; }

    /// <summary>Log bytes behind a segment's snapshot before the next one.</summary>
    public required long SnapshotAfter { get; init; }

    /// <summary>Whether a member goes on with its log after so long an absence that the others may have forgotten removals (R9.7).</summary>
    public required bool KeepAfterAbsence { get; init; }

    /// <summary>Rows deleted at a step.</summary>
    public required int DeleteStep { get; init; }

    /// <summary>The largest log row, in bytes.</summary>
    public required int RowBytes { get; init; }

    /// <summary>Shortest backoff of the log.</summary>
    public required TimeSpan MinBackoff { get; init; }

    /// <summary>Longest backoff of the log.</summary>
    public required TimeSpan MaxBackoff { get; init; }

    /// <summary>How the log is written to the standard output.</summary>
    public required OutputFormat Output { get; init; }

    /// <summary>The whole configuration for the actor system, ours and Akka's.</summary>
    public required Config Hocon { get; init; }

    /// <summary>Reads command line, environment (<c>FAILURE_HISTORY_…</c>) and <c>--config</c> over the defaults.</summary>
    /// <exception cref="StartupException">Unknown key, or a value out of its range.</exception>
    public static NodeSettings Load(IReadOnlyList<string> arguments, System.Collections.IDictionary? environment = null) =>
        From(SettingsSource.Read(arguments, environment ?? new Dictionary<string, string>()));

    /// <summary>How the log is written, of a whole configuration; text where it does not say.</summary>
    /// <exception cref="StartupException">Neither text nor json.</exception>
    public static OutputFormat OutputOf(Config config)
    {
        var word = config.GetString("failure-history.output", "text") ?? "text";
        return word switch
        {
            "text" => OutputFormat.Text,
            "json" => OutputFormat.Json,
            _ => throw new StartupException($"failure-history.output: expected text or json; came '{word}'"),
        };
    }

    /// <summary>Checks a merged configuration.</summary>
    /// <exception cref="StartupException">A value out of its range.</exception>
    public static NodeSettings From(Config merged)
    {
        var read = new SettingsReader(merged.GetConfig("failure-history"));
        var host = read.Text("host", allowEmpty: false);
        var publicHost = read.Text("public-host", allowEmpty: true);
        if (publicHost.Length == 0 && host is "0.0.0.0" or "::")
        {
            throw new StartupException($"failure-history.host = {host} listens everywhere, so public-host must say by which name others reach this member");
        }

        var journal = read.Journal("journal");
        return new NodeSettings
        {
            Host = host,
            PublicHost = publicHost.Length == 0 ? host : publicHost,
            Port = read.Whole("port", 0, 65535),
            Http = read.HttpUri("http"),
            Data = Path.GetFullPath(read.Text("data", allowEmpty: false)),
            Journal = journal,
            PostgreSql = PostgreSqlSettings.From(read, journal),
            Seeds = read.Addresses("seeds"),
            Zone = read.Text("zone", allowEmpty: true),
            ReplicationFactor = read.Whole("replication-factor", 1, 9),
            CorrelationInterval = read.Span("correlation-interval"),
            IncidentLimit = read.Span("incident-limit"),
            FailedThreshold = read.Number("failed-threshold", double.Epsilon, 1),
            Settle = read.Span("settle"),
            ExchangeInterval = read.Span("exchange-interval"),
            ReplaceAfter = read.Span("replace-after"),
            ForgetAfter = read.SpanOrOff("forget-after"),
            FullDetail = read.DaysOrOff("full-detail"),
            Archive = read.FolderOrOff("archive"),
            FoldInterval = read.Span("fold-interval"),
            FormAfter = read.Span("form-after"),
            AutoRegister = read.Switch("detectors.auto-register"),
            GateTimeout = read.Span("gate.timeout"),
            InFlightBytes = read.Whole("gate.in-flight-bytes", 65536, int.MaxValue),
            HedgeAfter = read.Span("query.hedge-after"),
            QueryTimeout = read.Span("query.timeout"),
            HistoryActors = read.Whole("history.actors", 1, 1_000_000),
            HistoryIdle = read.Span("history.idle"),
            Notifications = NotificationSettings.From(read),
            SnapshotAfter = read.Whole("log.snapshot-after", 1024, int.MaxValue),
            KeepAfterAbsence = read.Switch("log.keep-after-absence"),
            DeleteStep = read.Whole("log.delete-step", 1, 100_000),
            RowBytes = read.Whole("log.row-bytes", 65536, 64 * 1024 * 1024),
            MinBackoff = read.Span("log.min-backoff"),
            MaxBackoff = read.Span("log.max-backoff"),
            Output = OutputOf(merged),
            // Akka shows its configuration where it is asked to (log-config-on-start): the password is not in it.
            Hocon = ConfigurationFactory.ParseString($"failure-history.{PostgreSqlSettings.ConnectionKey} = hidden").WithFallback(merged),
        };
    }

    /// <summary>Short, and without what nobody may read.</summary>
    public override string ToString() => $"member of {Host}:{Port}, data in {Data}, log on {(Journal == JournalKind.Sqlite ? "SQLite" : PostgreSql.Connection)}";
}

/// <summary>Reads single values and names key, expectation and what came.</summary>
internal sealed class SettingsReader(Config config)
{
    public string Text(string key, bool allowEmpty)
    {
        var text = Raw(key).Trim();
        return text.Length > 0 || allowEmpty ? text : throw Fault(key, "a text", text);
    }

    public int Whole(string key, int min, int max) =>
        int.TryParse(Raw(key), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) && value >= min && value <= max
            ? value
            : throw Fault(key, $"a whole number from {min} to {max}", Raw(key));

    public double Number(string key, double min, double max) =>
        double.TryParse(Raw(key), NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && value >= min && value <= max
            ? value
            : throw Fault(key, $"a number {(min == double.Epsilon ? "above 0" : $"from {min}")} to {max}", Raw(key));

    public bool Switch(string key) => Raw(key).ToLowerInvariant() switch
    {
        "on" or "true" or "yes" => true,
        "off" or "false" or "no" => false,
        var other => throw Fault(key, "on or off", other),
    };

    public JournalKind Journal(string key) => Raw(key).ToLowerInvariant() switch
    {
        "sqlite" => JournalKind.Sqlite,
        "postgresql" => JournalKind.PostgreSql,
        var other => throw Fault(key, "sqlite or postgresql", other),
    };

    // Such as need no quotes in SQL.
    public string Identifier(string key)
    {
        var text = Raw(key);
        return text.Length is > 0 and < 64 && text.All(c => c is (>= 'a' and <= 'z') or '_' or (>= '0' and <= '9')) && !char.IsAsciiDigit(text[0])
            ? text
            : throw Fault(key, "a name of a-z, 0-9 and _, 63 characters at most", text);
    }

    public TimeSpan Span(string key)
    {
        try
        {
            var span = config.GetTimeSpan(key, null, allowInfinite: false);
            return span > TimeSpan.Zero ? span : throw Fault(key, "a time above 0 such as 10s", Raw(key));
        }
        catch (FormatException)
        {
            throw Fault(key, "a time such as 500ms, 10s or 1m", Raw(key));
        }
    }

    public TimeSpan? SpanOrOff(string key) => Raw(key).ToLowerInvariant() is "off" or "false" or "no" ? null : Span(key);

    public TimeSpan? DaysOrOff(string key) =>
        SpanOrOff(key) is { } span && span < TimeSpan.FromDays(1) ? throw Fault(key, "a time of 1d at least, or off", Raw(key)) : SpanOrOff(key);

    public string? FolderOrOff(string key) =>
        Text(key, allowEmpty: true) is { Length: > 0 } text && !text.Equals("off", StringComparison.OrdinalIgnoreCase) ? Path.GetFullPath(text) : null;

    public Uri? HttpUri(string key)
    {
        var text = Text(key, allowEmpty: true);
        if (text.Length == 0 || text.Equals("off", StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        return Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" && uri.AbsolutePath == "/"
            ? uri
            : throw Fault(key, "an address such as http://127.0.0.1:8560, or off", text);
    }

    public IReadOnlyList<Address> Addresses(string key)
    {
        var found = new List<Address>();
        foreach (var text in Text(key, allowEmpty: true).Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (!Address.TryParse(text, out var address) || address.Host is null || address.Port is null || address.System != NodeSettings.SystemName)
            {
                throw Fault(key, $"addresses such as akka.tcp://{NodeSettings.SystemName}@127.0.0.1:4053, separated by commas", text);
            }

            found.Add(address);
        }

        return found;
    }

    private string Raw(string key) => config.GetString(key, string.Empty) ?? string.Empty;

    private static StartupException Fault(string key, string expected, string came) =>
        new($"failure-history.{key}: expected {expected}; came '{came}'");
}
