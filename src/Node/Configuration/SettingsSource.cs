using System.Collections;
using System.Reflection;
using Akka.Configuration;
using Microsoft.Extensions.Configuration;

namespace FailureHistory.Node.Configuration;

/// <summary>
/// Where settings come from, later ones winning: the embedded <c>reference.conf</c>, the file named by <c>--config</c>, the environment
/// (<c>FAILURE_HISTORY_REPLICATION_FACTOR</c>), the command line (<c>--replication-factor 3</c>). Every key must be known.
/// </summary>
internal static class SettingsSource
{
    private const string EnvironmentPrefix = "FAILURE_HISTORY_";

    public static Config Embedded(string file) => ConfigurationFactory.ParseString(EmbeddedText(file));

    public static string EmbeddedText(string file)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream("hocon/" + file)
            ?? throw new InvalidOperationException($"the embedded file hocon/{file} is missing from this build");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    public static Config Read(IReadOnlyList<string> arguments, IDictionary environment)
    {
        var reference = Embedded("reference.conf");
        var known = Keys(reference.GetConfig("failure-history")).ToHashSet(StringComparer.Ordinal);
        var given = Given(arguments, environment, known, out var configFile);
        var settings = configFile is null ? reference : File(configFile, known).WithFallback(reference);
        return given.Count == 0
            ? settings
            : ConfigurationFactory.ParseString(string.Join('\n', given.Select(pair => $"failure-history.{pair.Key} = \"{Escape(pair.Value)}\""))).WithFallback(settings);
    }

    private static Dictionary<string, string> Given(IReadOnlyList<string> arguments, IDictionary environment, HashSet<string> known, out string? configFile)
    {
        var given = new Dictionary<string, string>(StringComparer.Ordinal);
        configFile = null;
        foreach (DictionaryEntry entry in environment)
        {
            var name = (string)entry.Key;
            if (!name.StartsWith(EnvironmentPrefix, StringComparison.Ordinal))
            {
                continue;
            }

            var wanted = name[EnvironmentPrefix.Length..].ToLowerInvariant();
            if (wanted == "config")
            {
                configFile = (string?)entry.Value;
                continue;
            }

            var key = known.FirstOrDefault(k => k.Replace('-', '_').Replace('.', '_') == wanted)
                ?? throw new StartupException($"environment variable {name}: unknown; did you mean {EnvironmentPrefix}{Nearest(wanted, known).Replace('-', '_').Replace('.', '_').ToUpperInvariant()}?");
            given[key] = (string?)entry.Value ?? string.Empty;
        }

        foreach (var (key, value) in CommandLine(arguments))
        {
            if (key == "config")
            {
                configFile = value;
            }
            else if (known.Contains(key))
            {
                given[key] = value;
            }
            else
            {
                throw new StartupException($"command line: unknown option --{key}; did you mean --{Nearest(key, known.Append("config"))}?");
            }
        }

        return given;
    }

    private static IEnumerable<KeyValuePair<string, string>> CommandLine(IReadOnlyList<string> arguments)
    {
        for (var i = 0; i < arguments.Count; i++)
        {
            if (!arguments[i].StartsWith("--", StringComparison.Ordinal))
            {
                // Behind an option it may be the rest of an unquoted value, and that a password: it is not repeated to a log.
                var came = i == 0 && !arguments[i].Contains('=', StringComparison.Ordinal)
                    ? $"'{arguments[i]}'"
                    : $"another text as argument {i + 1}; quote a value that holds blanks";
                throw new StartupException($"command line: expected an option such as --port 4053; came {came}");
            }

            if (!arguments[i].Contains('=', StringComparison.Ordinal) && (++i == arguments.Count || arguments[i].StartsWith("--", StringComparison.Ordinal)))
            {
                throw new StartupException($"command line: option {arguments[i - 1]} needs a value");
            }
        }

        return new ConfigurationBuilder().AddCommandLine([.. arguments]).Build().AsEnumerable()
            .Where(pair => pair.Value is not null)
            .Select(pair => KeyValuePair.Create(pair.Key, pair.Value!));
    }

    private static Config File(string path, HashSet<string> known)
    {
        Config config;
        List<string> keys;
        try
        {
            config = ConfigurationFactory.ParseString(System.IO.File.ReadAllText(path));
            keys = [.. Keys(config)]; // some broken files are only found broken here
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartupException($"--config {path}: can't be read: {e.Message}", e);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            throw new StartupException($"--config {path}: is not HOCON: {e.Message}", e);
        }

        foreach (var key in keys)
        {
            if (key.StartsWith("failure-history.", StringComparison.Ordinal))
            {
                var ours = key["failure-history.".Length..];
                if (!known.Contains(ours))
                {
                    throw new StartupException($"--config {path}: unknown key {key}; did you mean failure-history.{Nearest(ours, known)}?");
                }

                if (config.GetString(key) is null)
                {
                    throw new StartupException($"--config {path}: is not HOCON: {key} has no value"); // a file that was cut off
                }
            }
            else if (!key.StartsWith("akka.", StringComparison.Ordinal))
            {
                throw new StartupException($"--config {path}: unknown key {key}; expected failure-history.… or akka.…");
            }
        }

        return config;
    }

    private static IEnumerable<string> Keys(Config config) =>
        config.IsEmpty ? [] : config.AsEnumerable().SelectMany(pair => Flatten(pair.Key, pair.Value));

    private static IEnumerable<string> Flatten(string path, Akka.Configuration.Hocon.HoconValue value)
    {
        if (!value.IsObject())
        {
            return [path];
        }

        return value.GetObject().Items.SelectMany(item => Flatten($"{path}.{item.Key}", item.Value));
    }

    private static string Escape(string value) => value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);

    private static string Nearest(string wanted, IEnumerable<string> known) => known.MinBy(k => EditDistance(wanted, k))!;

    // Levenshtein, one row at a time.
    private static int EditDistance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var above = row[j];
                row[j] = Math.Min(Math.Min(row[j] + 1, row[j - 1] + 1), diagonal + (a[i - 1] == b[j - 1] ? 0 : 1));
                diagonal = above;
            }
        }

        return row[b.Length];
    }
}
