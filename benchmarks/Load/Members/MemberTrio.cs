using System.Text.Json;

namespace FailureHistory.Load.Members;

/// <summary>Three members in one ring, k = 3: a report is answered once two of them have it on disk.</summary>
internal sealed class MemberTrio : IAsyncDisposable
{
    private readonly List<MemberProcess> members = [];
    private readonly string folder;

    private MemberTrio(string folder) => this.folder = folder;

    public IReadOnlyList<MemberProcess> Members => members;

    public static async Task<MemberTrio> Start(MemberOptions options, CancellationToken ct)
    {
        var folder = Path.Combine(options.Folder ?? Path.GetTempPath(), $"fhs-load-{Guid.NewGuid():n}");
        Directory.CreateDirectory(folder);
        var trio = new MemberTrio(folder);
        try
        {
            for (var i = 0; i < 3; i++)
            {
                trio.members.Add(MemberProcess.Start(Path.Combine(folder, $"member-{i}"), trio.members.FirstOrDefault(), options));
            }

            using var client = new HttpClient();
            foreach (var member in trio.members)
            {
                await member.Ready(client, ct).ConfigureAwait(false);
            }

            await trio.Whole(client, ct).ConfigureAwait(false);
            return trio;
        }
        catch
        {
            await trio.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var member in members)
        {
            await member.DisposeAsync().ConfigureAwait(false);
        }

        Directory.Delete(folder, recursive: true);
    }

    // All three in the ring, and every copy serves: before that a majority is cheaper than it will be.
    private async Task Whole(HttpClient client, CancellationToken ct)
    {
        for (var attempt = 0; attempt < 300; attempt++)
        {
            using var reply = await client.GetAsync(new Uri(members[0].Url, "/v1/ring"), ct).ConfigureAwait(false);
            if (reply.IsSuccessStatusCode)
            {
                using var ring = JsonDocument.Parse(await reply.Content.ReadAsStringAsync(ct).ConfigureAwait(false));
                if (ring.RootElement.GetProperty("members").GetArrayLength() == 3
                    && ring.RootElement.GetProperty("segments").EnumerateArray().All(s => s.GetProperty("serving").GetArrayLength() == 3))
                {
                    return;
                }
            }

            // Nobody tells from outside when a ring serves: it is asked, for a bounded time.
            await Task.Delay(100, ct).ConfigureAwait(false);
        }

        throw new InvalidOperationException("expected a ring of three that serves everywhere within 30 s");
    }
}
