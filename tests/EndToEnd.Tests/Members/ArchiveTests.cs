using System.Text.Json.Nodes;
using FailureHistory.EndToEnd.Tests.Members.Harness;
using FailureHistory.Fhs;
using Xunit;

namespace FailureHistory.EndToEnd.Tests.Members;

/// <summary>R10.3: what a member folds is in its archive, line for line as <c>fhs export</c> would have written it, and <c>fhs import --restore</c> reads it.</summary>
[Collection(OwnMembersTests.Name)]
[Trait("Rule", "R10.3")]
public sealed class ArchiveTests
{
    [Fact]
    public async Task The_archive_and_what_is_left_are_together_the_export_of_before_and_the_archive_restores_elsewhere()
    {
        var folder = Directory.CreateTempSubdirectory("fh-archive-");
        try
        {
            var archive = Path.Combine(folder.FullName, "archive");
            await using var ring = await MemberRing.Of(1, "--full-detail", "1d", "--fold-interval", "15s", "--archive", archive);
            (await ring[0].Http.Put("/v1/detectors/trace", new { accuracy = 70, timestamps = "reported" })).Ok();
            var start = DateTimeOffset.UtcNow.AddDays(-10);
            object[] reports = [.. Enumerable.Range(0, 60).Select(i => new
            {
                node = "rack 1, node \"7\"",
                kind = i % 2 == 0 ? "failure" : "join",
                detector = "trace",
                id = $"é,{i}",
                hardware = i % 3 == 0 ? "aa:bb:cc:00:11:22" : null,
                at = start.AddHours(i),
                reason = i % 2 == 0 ? $" line {i},\n\"quoted\"" : null,
                labels = i % 5 == 0 ? new Dictionary<string, string> { ["row"] = $"{i}, α" } : null,
            })];
            await ring[0].Http.ReportSurely(reports);
            var before = await Export(ring[0], Path.Combine(folder.FullName, "before.csv"));
            Assert.Equal(60, before.Count);

            var path = $"/v1/nodes/{Uri.EscapeDataString("rack 1, node \"7\"")}";
            await Wait.Until("the history to be folded", TimeSpan.FromSeconds(90), async () =>
                await ring[0].Http.Get(path + "/history") is var history && history.Body["foldedUntil"] is not null ? null : history.ToString());

            var left = await Export(ring[0], Path.Combine(folder.FullName, "left.csv"));
            var file = Assert.Single(Directory.GetFiles(archive));
            var archived = Rows(await File.ReadAllTextAsync(file));
            Assert.True(left.Count < 30, $"expected less than half to be left; {left.Count} are");
            Assert.Equal(before.Order(StringComparer.Ordinal), left.Concat(archived).Order(StringComparer.Ordinal));

            // Here it is refused by name, elsewhere it is as it was.
            var refused = await Backup.Fhs(ring[0], ExitCode.Failed, "import", file, "--format", "csv", "--restore");
            Assert.Contains("folded", refused.Error + refused.Output, StringComparison.Ordinal);
            await using var elsewhere = await MemberRing.Of(1);
            var restored = JsonNode.Parse((await Backup.Fhs(elsewhere[0], ExitCode.Done, "import", file, "--format", "csv", "--restore", "--json")).Output)!;
            Assert.Equal(archived.Count, (int)restored["accepted"]!);
            Assert.Equal(archived.Order(StringComparer.Ordinal), (await Export(elsewhere[0], Path.Combine(folder.FullName, "elsewhere.csv"))).Order(StringComparer.Ordinal));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task<List<string>> Export(MemberProcess member, string file)
    {
        await Backup.Fhs(member, ExitCode.Done, "export", "--out", file, "rack 1, node \"7\"");
        return Rows(await File.ReadAllTextAsync(file));
    }

    // Every row begins with a time of its own; a reason may have several lines.
    private static List<string> Rows(string csv) => [.. csv[(csv.IndexOf('\n', StringComparison.Ordinal) + 1)..].Split("\n20").Select(row => row.TrimEnd('\n')).Select(row => row.StartsWith("20", StringComparison.Ordinal) ? row : "20" + row)];
}
