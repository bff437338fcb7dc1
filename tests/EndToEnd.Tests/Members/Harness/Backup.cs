using System.Text.RegularExpressions;
using FailureHistory.EndToEnd.Tests.Fhs;
using FailureHistory.Fhs;
using Xunit;

namespace FailureHistory.EndToEnd.Tests.Members.Harness;

/// <summary>Backs one cluster up into files and compares what another one says after it was restored.</summary>
internal static partial class Backup
{
    /// <summary>Every id that something is stored under.</summary>
    public static async Task<List<string>> StoredIds(MemberProcess member)
    {
        var ids = new List<string>();
        string? cursor = null;
        do
        {
            var page = (await member.Http.Get($"/v1/nodes?stored=true&limit=1000{(cursor is null ? "" : $"&cursor={cursor}")}")).Ok();
            Assert.Empty(page["incomplete"].AsArray());
            ids.AddRange(page["nodes"].AsArray().Select(node => (string)node!["node"]!["id"]!));
            cursor = (string?)page.Body["next"];
        }
        while (cursor is not null);
        return ids;
    }

    /// <summary>What a member answers, byte for byte, less who answered and on how many copies that rests.</summary>
    public static async Task<string> Text(HttpClient http, MemberProcess member, string path)
    {
        var answer = "";
        await Wait.Until($"{member.Name} to be able to tell {path}", TimeSpan.FromSeconds(30), async () =>
        {
            using var response = await http.GetAsync(new Uri(member.Http.Url + path));
            var text = await response.Content.ReadAsStringAsync();
            answer = $"{(int)response.StatusCode} {WhoAnswered().Replace(text, string.Empty)}";
            return (int)response.StatusCode == 503 ? text : null;
        });
        return answer;
    }

    /// <summary>Null where both answer alike; else the first path at which they don't, and how.</summary>
    public static async Task<string?> Difference(MemberProcess source, MemberProcess target, IEnumerable<string> paths)
    {
        using var http = new HttpClient();
        foreach (var path in paths)
        {
            var (expected, seen) = (await Text(http, source, path), await Text(http, target, path));
            if (expected != seen)
            {
                return $"{path}: expected\n{expected}\ncame\n{seen}";
            }
        }

        return null;
    }

    /// <summary>The paths of all that is known of an id: its history, its machine's observations, and what is stored under it.</summary>
    public static IEnumerable<string> PathsOf(string node)
    {
        var path = $"/v1/nodes/{Uri.EscapeDataString(node)}";
        yield return path + "/history?consistency=majority&limit=10000";
        yield return path + "/observations?consistency=majority&limit=10000";
        if (!node.StartsWith("hw:", StringComparison.Ordinal))
        {
            yield return path + "/observations?stored=true&limit=10000";
        }
    }

    /// <summary>Runs <c>fhs</c> against a member and expects that exit code.</summary>
    public static async Task<FhsRun> Fhs(MemberProcess member, int exitCode, params string[] args)
    {
        var run = await FhsRun.RunAsync([.. args, "--url", member.Http.Url]);
        Assert.True(run.ExitCode == exitCode, $"expected exit code {exitCode} of fhs {string.Join(' ', args)}; came {run.ExitCode}\n{run.Error}\n{run.Output}\n{member.Log}");
        return run;
    }

    /// <summary>Exports all of one cluster, or the nodes given, and its detectors, and restores both in another.</summary>
    public static async Task<FhsRun> PlayBack(MemberProcess source, MemberProcess target, string folder, params string[] nodes)
    {
        var (file, detectors) = (Path.Combine(folder, "backup.csv.gz"), Path.Combine(folder, "detectors.json"));
        await File.WriteAllTextAsync(detectors, (await Fhs(source, ExitCode.Done, "detectors", "--json")).Output);
        await Fhs(source, ExitCode.Done, ["export", "--out", file, .. nodes]);
        await Fhs(target, ExitCode.Done, "import", detectors, "--format", "detectors");
        return await Fhs(target, ExitCode.Done, "import", file, "--format", "csv", "--restore", "--json");
    }

    [GeneratedRegex(",\"replicas\":[0-9]+,\"answeredBy\":\"[^\"]*\"")]
    private static partial Regex WhoAnswered();
}
