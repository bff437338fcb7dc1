using Xunit;

namespace FailureHistory.EndToEnd.Tests.Lanl;

/// <summary>
/// Finds the real traces, which are too big for the repository: a folder <c>shared</c> next to the repository or above it, or the one that
/// the environment variable <c>FHS_SHARED</c> names.
/// </summary>
internal static class SharedData
{
    public const string LanlFolder = "traces/lanl";

    /// <summary>The LANL failure records, or null where they are not there.</summary>
    public static string? LanlCsv => Directory(LanlFolder) is { } folder ? System.IO.Directory.GetFiles(folder, "*.csv.gz").Order().FirstOrDefault() : null;

    /// <summary>The same in the form of the Failure Trace Archive, or null where it is not there.</summary>
    public static string? LanlFta => Directory(LanlFolder) is { } folder ? System.IO.Directory.GetFiles(folder, "*fta-event_trace.tab.gz").Order().FirstOrDefault() : null;

    /// <summary>A folder of the shared data, or null where it is not there.</summary>
    public static string? Directory(string relative)
    {
        var roots = new List<string>();
        if (Environment.GetEnvironmentVariable("FHS_SHARED") is { Length: > 0 } named)
        {
            roots.Add(named);
        }

        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            roots.Add(Path.Combine(folder.FullName, "shared"));
        }

        return roots.Select(root => Path.Combine(root, relative)).FirstOrDefault(System.IO.Directory.Exists);
    }
}

/// <summary>A fact about a real trace: skipped, saying so, where the trace is not there.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class SharedFactAttribute : FactAttribute
{
    /// <param name="relative">The folder needed, relative to the shared data.</param>
    public SharedFactAttribute(string relative)
    {
        Relative = relative;
        if (SharedData.Directory(relative) is null)
        {
            Skip = $"the real trace is not here: no folder 'shared/{relative}' beside or above the repository, and FHS_SHARED names none";
        }
    }

    /// <summary>The folder needed.</summary>
    public string Relative { get; }
}
