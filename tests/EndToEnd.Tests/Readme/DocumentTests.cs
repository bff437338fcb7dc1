using System.Text.RegularExpressions;
using Akka.Configuration;
using Xunit;

namespace FailureHistory.EndToEnd.Tests.Readme;

/// <summary>What the documents say of files and options is so.</summary>
public sealed partial class DocumentTests
{
    [Fact]
    public void Every_link_within_the_documents_leads_to_a_file()
    {
        var broken = new List<string>();
        var count = 0;
        foreach (var document in Documents())
        {
            var folder = Path.GetDirectoryName(document)!;
            foreach (Match link in Link().Matches(File.ReadAllText(document)))
            {
                count++;
                var target = link.Groups[1].Value;
                if (!Path.Exists(Path.Combine(folder, target)))
                {
                    broken.Add($"{Path.GetRelativePath(Repository.Root, document)} links to {target}");
                }
            }
        }

        Assert.True(count > 10, $"expected many links in the documents; came {count}");
        Assert.True(broken.Count == 0, string.Join('\n', broken));
    }

    [Fact]
    public void Every_decision_is_listed()
    {
        var listed = Repository.Read("docs/decisions/README.md");
        var missing = Directory.GetFiles(Path.Combine(Repository.Root, "docs/decisions"), "*.md").Select(Path.GetFileName)
            .Where(name => name != "README.md" && !listed.Contains($"({name})", StringComparison.Ordinal)).ToList();
        Assert.True(missing.Count == 0, $"docs/decisions/README.md does not link {string.Join(", ", missing)}");
    }

    [Fact]
    public void OPERATING_md_lists_every_option_with_its_default()
    {
        var reference = ConfigurationFactory.ParseString(Repository.Read("hocon/reference.conf")).GetConfig("failure-history");
        var actual = Flatten(string.Empty, reference.Root).ToDictionary(p => p.Key, p => p.Value);
        var options = Repository.Read("docs/OPERATING.md").Split("\n## ").Single(section => section.StartsWith("Options\n", StringComparison.Ordinal));
        var listed = OptionRow().Matches(options).ToDictionary(m => m.Groups[1].Value, m => m.Groups[2].Value);
        Assert.Equal(
            actual.OrderBy(p => p.Key, StringComparer.Ordinal).Select(p => $"{p.Key} = {p.Value}"),
            listed.OrderBy(p => p.Key, StringComparer.Ordinal).Select(p => $"{p.Key} = {p.Value}"));
    }

    private static IEnumerable<string> Documents() =>
        Directory.GetFiles(Repository.Root, "*.md").Concat(Directory.GetFiles(Path.Combine(Repository.Root, "docs"), "*.md", SearchOption.AllDirectories));

    private static IEnumerable<KeyValuePair<string, string>> Flatten(string prefix, Akka.Configuration.Hocon.HoconValue value) => value.GetObject().Items.SelectMany(
        item => item.Value.IsObject() ? Flatten($"{prefix}{item.Key}.", item.Value) : [KeyValuePair.Create(prefix + item.Key, item.Value.GetString())]);

    [GeneratedRegex(@"\]\((?!https?:|#)([^)#\s]+)(?:#[^)]*)?\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"^\| `([a-z.-]+)` \| (?:`([^`]*)`|empty) \|", RegexOptions.Multiline)]
    private static partial Regex OptionRow();
}
