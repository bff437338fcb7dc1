using System.Xml.Linq;
using FailureHistory.Core.Identity;
using Xunit;

namespace FailureHistory.Core.Tests;

/// <summary>References point one way: Core ← Messages ← Node ← Seed, Messages ← Client, and Core ← Simulator ← Console (ARCHITECTURE.md). A new project is listed here, or this fails.</summary>
public sealed class ArchitectureTests
{
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Core"] = [],
        ["Messages"] = ["Core"],
        ["Node"] = ["Core", "Messages"],
        ["Seed"] = ["Node"],
        ["Console"] = ["Core", "Simulator"],
        ["Simulator"] = ["Core"],
        ["Client"] = ["Messages"],
    };

    [Fact]
    public void Projects_reference_what_lies_below_them_and_nothing_else()
    {
        var actual = Projects().OrderBy(p => p.Key, StringComparer.Ordinal)
            .Select(p => $"{p.Key}: {string.Join(", ", Items(p.Value, "ProjectReference").Select(r => Path.GetFileNameWithoutExtension(r.Replace('\\', '/'))).Order(StringComparer.Ordinal))}");
        var expected = Allowed.OrderBy(p => p.Key, StringComparer.Ordinal).Select(p => $"{p.Key}: {string.Join(", ", p.Value)}");
        Assert.Equal(expected, actual);
    }

    [Fact]
    public void Core_uses_no_package()
    {
        var packages = Projects()["Core"].Descendants("PackageReference").Where(r => (string?)r.Attribute("PrivateAssets") != "all").Select(r => (string?)r.Attribute("Include"));
        Assert.Empty(packages);
    }

    [Fact]
    public void Core_is_compiled_against_the_runtime_alone()
    {
        var foreign = typeof(NodeId).Assembly.GetReferencedAssemblies().Select(a => a.Name!).Where(name => !name.StartsWith("System.", StringComparison.Ordinal) && name != "System");
        Assert.Empty(foreign);
    }

    [Fact]
    public void Console_knows_nothing_of_Akka()
    {
        var akka = Items(Projects()["Console"], "PackageReference").Where(name => name.StartsWith("Akka", StringComparison.OrdinalIgnoreCase));
        Assert.Empty(akka);
    }

    private static Dictionary<string, XDocument> Projects()
    {
        var source = Path.Combine(Root(), "src");
        return Directory.GetFiles(source, "*.csproj", SearchOption.AllDirectories)
            .ToDictionary(file => Path.GetFileNameWithoutExtension(file), file => XDocument.Load(file));
    }

    private static IEnumerable<string> Items(XDocument project, string kind) => project.Descendants(kind).Select(item => (string)item.Attribute("Include")!);

    private static string Root()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "FailureHistory.Actors.sln")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException($"no folder above {AppContext.BaseDirectory} holds FailureHistory.Actors.sln");
    }
}
