using System.Reflection;
using FailureHistory.Node.Configuration;
using Xunit;

namespace FailureHistory.Node.Tests.Configuration;

public sealed class NodeSettingsTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("fh-settings-").FullName;

    /// <summary>Every key of reference.conf, a value other than its default, and the setting that must change with it.</summary>
    public static TheoryData<string, string, string, string> Keys => new()
    {
        { "host", "10.0.0.1", nameof(NodeSettings.Host), "10.0.0.1" },
        { "public-host", "node7", nameof(NodeSettings.PublicHost), "node7" },
        { "port", "4711", nameof(NodeSettings.Port), "4711" },
        { "http", "http://127.0.0.1:9999", nameof(NodeSettings.Http), "http://127.0.0.1:9999/" },
        { "data", "/tmp/somewhere", nameof(NodeSettings.Data), "/tmp/somewhere" },
        { "journal", "postgresql", nameof(NodeSettings.Journal), "PostgreSql" },
        { "postgresql.connection", "Host=db;Port=5433;Database=fhs;Username=fhs;Password=s3cret", "PostgreSql.Connection", "database fhs on db:5433 as fhs" },
        { "postgresql.schema", "other", "PostgreSql.Schema", "other" },
        { "seeds", "akka.tcp://failure-history@a:1, akka.tcp://failure-history@b:2", nameof(NodeSettings.Seeds), "akka.tcp://failure-history@a:1|akka.tcp://failure-history@b:2" },
        { "zone", "rack 3", nameof(NodeSettings.Zone), "rack 3" },
        { "replication-factor", "5", nameof(NodeSettings.ReplicationFactor), "5" },
        { "correlation-interval", "31s", nameof(NodeSettings.CorrelationInterval), "00:00:31" },
        { "incident-limit", "11m", nameof(NodeSettings.IncidentLimit), "00:11:00" },
        { "failed-threshold", "0.75", nameof(NodeSettings.FailedThreshold), "0.75" },
        { "settle", "2m", nameof(NodeSettings.Settle), "00:02:00" },
        { "exchange-interval", "3s", nameof(NodeSettings.ExchangeInterval), "00:00:03" },
        { "replace-after", "4m", nameof(NodeSettings.ReplaceAfter), "00:04:00" },
        { "forget-after", "3d", nameof(NodeSettings.ForgetAfter), "3.00:00:00" },
        { "full-detail", "30d", nameof(NodeSettings.FullDetail), "30.00:00:00" },
        { "archive", "/tmp/archive", nameof(NodeSettings.Archive), "/tmp/archive" },
        { "fold-interval", "2h", nameof(NodeSettings.FoldInterval), "02:00:00" },
        { "form-after", "5s", nameof(NodeSettings.FormAfter), "00:00:05" },
        { "output", "json", nameof(NodeSettings.Output), "Json" },
        { "detectors.auto-register", "off", nameof(NodeSettings.AutoRegister), "False" },
        { "gate.timeout", "6s", nameof(NodeSettings.GateTimeout), "00:00:06" },
        { "gate.in-flight-bytes", "70000", nameof(NodeSettings.InFlightBytes), "70000" },
        { "query.hedge-after", "70ms", nameof(NodeSettings.HedgeAfter), "00:00:00.0700000" },
        { "query.timeout", "8s", nameof(NodeSettings.QueryTimeout), "00:00:08" },
        { "history.actors", "9", nameof(NodeSettings.HistoryActors), "9" },
        { "history.idle", "10s", nameof(NodeSettings.HistoryIdle), "00:00:10" },
        { "notifications.raise-step", "16ms", "Notifications.RaiseStep", "00:00:00.0160000" },
        { "notifications.check-interval", "17s", "Notifications.CheckInterval", "00:00:17" },
        { "notifications.late-after", "18s", "Notifications.Rules.LateAfter", "00:00:18" },
        { "notifications.late-hold", "19s", "Notifications.Rules.LateHold", "00:00:19" },
        { "notifications.replay", "20s", "Notifications.Replay", "00:00:20" },
        { "notifications.window", "21", "Notifications.Window", "21" },
        { "notifications.queue", "22", "Notifications.Queue", "22" },
        { "notifications.drop-one-in", "23", "Notifications.DropOneIn", "23" },
        { "notifications.never-raise", "on", "Notifications.NeverRaise", "True" },
        { "log.snapshot-after", "11111", nameof(NodeSettings.SnapshotAfter), "11111" },
        { "log.keep-after-absence", "on", nameof(NodeSettings.KeepAfterAbsence), "True" },
        { "log.delete-step", "12", nameof(NodeSettings.DeleteStep), "12" },
        { "log.row-bytes", "131313", nameof(NodeSettings.RowBytes), "131313" },
        { "log.min-backoff", "14ms", nameof(NodeSettings.MinBackoff), "00:00:00.0140000" },
        { "log.max-backoff", "15s", nameof(NodeSettings.MaxBackoff), "00:00:15" },
    };

    [Theory]
    [MemberData(nameof(Keys))]
    public void Every_key_is_read_from_command_line_environment_and_file(string key, string value, string property, string expected)
    {
        // The journal alone would lack its connection.
        string[] besides = key == "journal" ? ["--postgresql.connection", "Host=db"] : [];
        Assert.NotEqual(expected, Show(NodeSettings.Load([]), property));
        Assert.Equal(expected, Show(NodeSettings.Load([$"--{key}", value, .. besides]), property));
        Assert.Equal(expected, Show(NodeSettings.Load([$"--{key}={value}", .. besides]), property));
        Assert.Equal(expected, Show(NodeSettings.Load(besides, Environment(key, value)), property));
        Assert.Equal(expected, Show(NodeSettings.Load(["--config", File($"failure-history.{key} = \"{value}\""), .. besides]), property));
    }

    [Fact]
    public void The_table_of_keys_above_is_that_of_the_reference_configuration()
    {
        var reference = SettingsSource.Embedded("reference.conf").GetConfig("failure-history");
        var known = Flatten(string.Empty, reference.Root).Order(StringComparer.Ordinal);
        Assert.Equal(known, Keys.Select(row => (string)((object[])row)[0]).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_command_line_wins_over_the_environment_and_that_over_the_file()
    {
        var file = File("failure-history { zone = file, settle = 7s, exchange-interval = 7s }");
        var environment = Environment("zone", "environment");
        environment["FAILURE_HISTORY_SETTLE"] = "8s";
        var settings = NodeSettings.Load(["--config", file, "--zone", "line"], environment);
        Assert.Equal(("line", TimeSpan.FromSeconds(8), TimeSpan.FromSeconds(7)), (settings.Zone, settings.Settle, settings.ExchangeInterval));
    }

    [Fact]
    public void The_file_can_be_named_by_the_environment_and_sets_keys_of_Akka_too()
    {
        var settings = NodeSettings.Load([], Environment("config", File("akka.loglevel = DEBUG\nfailure-history.zone = z")));
        Assert.Equal(("z", "DEBUG"), (settings.Zone, settings.Hocon.GetString("akka.loglevel")));
    }

    [Theory]
    [InlineData("--replikation-factor", "3", "command line: unknown option --replikation-factor; did you mean --replication-factor?")]
    [InlineData("--confg", "x", "command line: unknown option --confg; did you mean --config?")]
    [InlineData("--port", "70000", "failure-history.port: expected a whole number from 0 to 65535; came '70000'")]
    [InlineData("--replication-factor", "0", "failure-history.replication-factor: expected a whole number from 1 to 9; came '0'")]
    [InlineData("--replication-factor", "10", "failure-history.replication-factor: expected a whole number from 1 to 9; came '10'")]
    [InlineData("--failed-threshold", "0", "failure-history.failed-threshold: expected a number above 0 to 1; came '0'")]
    [InlineData("--failed-threshold", "1.01", "failure-history.failed-threshold: expected a number above 0 to 1; came '1.01'")]
    [InlineData("--failed-threshold", "NaN", "failure-history.failed-threshold: expected a number above 0 to 1; came 'NaN'")]
    [InlineData("--settle", "soon", "failure-history.settle: expected a time such as 500ms, 10s or 1m; came 'soon'")]
    [InlineData("--settle", "0s", "failure-history.settle: expected a time above 0 such as 10s; came '0s'")]
    [InlineData("--detectors.auto-register", "maybe", "failure-history.detectors.auto-register: expected on or off; came 'maybe'")]
    [InlineData("--http", "127.0.0.1:8560", "failure-history.http: expected an address such as http://127.0.0.1:8560, or off; came '127.0.0.1:8560'")]
    [InlineData("--http", "http://127.0.0.1:8560/v1", "failure-history.http: expected an address such as http://127.0.0.1:8560, or off; came 'http://127.0.0.1:8560/v1'")]
    [InlineData("--seeds", "127.0.0.1:4053", "failure-history.seeds: expected addresses such as akka.tcp://failure-history@127.0.0.1:4053, separated by commas; came '127.0.0.1:4053'")]
    [InlineData("--seeds", "akka.tcp://other@127.0.0.1:4053", "failure-history.seeds: expected addresses such as akka.tcp://failure-history@127.0.0.1:4053, separated by commas; came 'akka.tcp://other@127.0.0.1:4053'")]
    [InlineData("--journal", "oracle", "failure-history.journal: expected sqlite or postgresql; came 'oracle'")]
    [InlineData("--journal", "postgresql", "failure-history.postgresql.connection: expected how to reach the database, such as Host=db;Database=fhs;Username=fhs, since failure-history.journal is postgresql; came nothing")]
    [InlineData("--postgresql.schema", "a b", "failure-history.postgresql.schema: expected a name of a-z, 0-9 and _, 63 characters at most; came 'a b'")]
    [InlineData("--postgresql.schema", "1a", "failure-history.postgresql.schema: expected a name of a-z, 0-9 and _, 63 characters at most; came '1a'")]
    [InlineData("--postgresql.connection", "Hots=db;Password=s3cret", "failure-history.postgresql.connection: can't be read; expected pairs such as Host=db;Port=5432;Database=fhs;Username=fhs")]
    [InlineData("--postgresql.connection", "s3cret", "failure-history.postgresql.connection: can't be read; expected pairs such as Host=db;Port=5432;Database=fhs;Username=fhs")]
    [InlineData("--postgresql.connection", "Host=db;Timeout=s3cret", "failure-history.postgresql.connection: can't be read; expected pairs such as Host=db;Port=5432;Database=fhs;Username=fhs")]
    [InlineData("--postgresql.connection", "Host=db;Options=-c synchronous_commit = OFF", "failure-history.postgresql.connection: its Options switch synchronous_commit off; what a member acknowledges must be on disk: leave it out, or set on or remote_apply")]
    [InlineData("--host", "", "failure-history.host: expected a text; came ''")]
    [InlineData("--host", "0.0.0.0", "failure-history.host = 0.0.0.0 listens everywhere, so public-host must say by which name others reach this member")]
    public void What_is_wrong_is_told_in_one_line_with_key_expectation_and_what_came(string option, string value, string expected)
    {
        Assert.Equal(expected, Assert.Throws<StartupException>(() => NodeSettings.Load([option, value])).Message);
    }

    [Theory]
    [InlineData("--postgresql.connection", "Host=db;", "Password=s3cret")]
    [InlineData("--postgresql.connection=Host=db;Password=one", "s3cret")]
    [InlineData("Password=s3cret")]
    public void The_rest_of_an_unquoted_value_is_not_repeated(params string[] arguments)
    {
        var told = Assert.Throws<StartupException>(() => NodeSettings.Load(arguments)).Message;
        Assert.DoesNotContain("s3cret", told, StringComparison.Ordinal);
        Assert.Contains($"another text as argument {arguments.Length}; quote a value", told, StringComparison.Ordinal);
    }

    [Fact]
    public void A_stray_word_at_the_start_is_told() =>
        Assert.EndsWith("came 'serve'", Assert.Throws<StartupException>(() => NodeSettings.Load(["serve"])).Message, StringComparison.Ordinal);

    [Fact]
    public void The_password_of_the_database_is_shown_nowhere()
    {
        var settings = NodeSettings.Load(["--journal", "postgresql"], Environment("postgresql.connection", "Host=db;Username=fhs;Password=s3cret"));

        Assert.Contains("s3cret", settings.PostgreSql.Connection.Reveal("test"), StringComparison.Ordinal);
        foreach (var shown in new[] { $"{settings}", $"{settings.PostgreSql}", $"{settings.Hocon}", settings.Hocon.ToString(includeFallback: true), $"{settings.Hocon.GetConfig("failure-history")}" })
        {
            Assert.DoesNotContain("s3cret", shown, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("Host=db", "Maximum Pool Size=10")]
    [InlineData("Host=db;MaxPoolSize=100", "Maximum Pool Size=100")]
    [InlineData("Host=db", "Options=\"-c synchronous_commit=on\"")]
    [InlineData("Host=db;Options=-c synchronous_commit=remote_apply", "Options=\"-c synchronous_commit=remote_apply\"")]
    [InlineData("Host=db;Options=-c lock_timeout=1s", "-c lock_timeout=1s -c synchronous_commit=on")]
    public void What_a_connection_leaves_open_is_set_safe_and_modest(string given, string expected)
    {
        var revealed = NodeSettings.Load(["--postgresql.connection", given]).PostgreSql.Connection.Reveal("failure-history 1");
        Assert.Contains(expected.Replace("\"", string.Empty, StringComparison.Ordinal), revealed.Replace("\"", string.Empty, StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Contains("Application Name=failure-history 1", revealed.Replace("\"", string.Empty, StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public void Unknown_names_in_environment_and_file_name_the_nearest_key()
    {
        Assert.Equal(
            "environment variable FAILURE_HISTORY_EXCHANGE_INTERVALL: unknown; did you mean FAILURE_HISTORY_EXCHANGE_INTERVAL?",
            Assert.Throws<StartupException>(() => NodeSettings.Load([], Environment("exchange-intervall", "1s"))).Message);
        var file = File("failure-history.query.hedge_after = 1s");
        Assert.Equal(
            $"--config {file}: unknown key failure-history.query.hedge_after; did you mean failure-history.query.hedge-after?",
            Assert.Throws<StartupException>(() => NodeSettings.Load(["--config", file])).Message);
        file = File("failurehistory.zone = x");
        Assert.Equal(
            $"--config {file}: unknown key failurehistory.zone; expected failure-history.… or akka.…",
            Assert.Throws<StartupException>(() => NodeSettings.Load(["--config", file])).Message);
    }

    [Fact]
    public void An_option_without_a_value_a_stray_word_and_a_file_that_is_not_there_or_no_HOCON_are_told()
    {
        Assert.Contains("option --zone needs a value", Assert.Throws<StartupException>(() => NodeSettings.Load(["--zone"])).Message, StringComparison.Ordinal);
        Assert.Contains("option --zone needs a value", Assert.Throws<StartupException>(() => NodeSettings.Load(["--zone", "--port", "1"])).Message, StringComparison.Ordinal);
        Assert.Contains("came 'start'", Assert.Throws<StartupException>(() => NodeSettings.Load(["start"])).Message, StringComparison.Ordinal);
        Assert.Contains("can't be read", Assert.Throws<StartupException>(() => NodeSettings.Load(["--config", Path.Combine(folder, "none")])).Message, StringComparison.Ordinal);
        Assert.Contains("is not HOCON", Assert.Throws<StartupException>(() => NodeSettings.Load(["--config", File("failure-history { zone = ")])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Values_with_quotes_backslashes_and_dollar_signs_arrive_as_they_are()
    {
        Assert.Equal("""a"b\c${d}""", NodeSettings.Load(["--zone", """a"b\c${d}"""]).Zone);
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private static Dictionary<string, string> Environment(string key, string value) =>
        new() { ["FAILURE_HISTORY_" + key.Replace('-', '_').Replace('.', '_').ToUpperInvariant()] = value, ["PATH"] = "/bin" };

    private static string Show(NodeSettings settings, string property) =>
        property.Split('.').Aggregate((object?)settings, (at, name) => at!.GetType().GetProperty(name, BindingFlags.Public | BindingFlags.Instance)!.GetValue(at)) switch
        {
            IReadOnlyList<Akka.Actor.Address> addresses => string.Join('|', addresses),
            IFormattable value => value.ToString(null, System.Globalization.CultureInfo.InvariantCulture),
            var other => $"{other}",
        };

    private static IEnumerable<string> Flatten(string path, Akka.Configuration.Hocon.HoconValue value) =>
        value.IsObject() ? value.GetObject().Items.SelectMany(i => Flatten(path.Length == 0 ? i.Key : $"{path}.{i.Key}", i.Value)) : [path];

    private string File(string text)
    {
        var path = Path.Combine(folder, $"{Guid.NewGuid():n}.conf");
        System.IO.File.WriteAllText(path, text);
        return path;
    }
}
