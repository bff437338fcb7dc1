namespace FailureHistory.EndToEnd.Tests.Members.Harness;

/// <summary>Members as processes, the first of which forms the cluster and by which the others join. Disposing kills them and deletes their folders.</summary>
internal sealed class MemberRing : IAsyncDisposable
{
    private readonly List<MemberProcess> members = [];

    public string Folder { get; } = Directory.CreateTempSubdirectory("fhs-members-").FullName;

    public IReadOnlyList<MemberProcess> Members => members;

    public MemberProcess this[int index] => members[index];

    public IEnumerable<MemberProcess> Running => members.Where(member => member.IsRunning);

    /// <summary>All members' last lines, for messages.</summary>
    public string Logs => string.Join('\n', members.Select(member => member.Log));

    public static async Task<MemberRing> Of(int count, params string[] more)
    {
        var ring = new MemberRing();
        try
        {
            for (var i = 0; i < count; i++)
            {
                ring.Add(more).Start();
            }

            await ring.Ready(count);
            return ring;
        }
        catch
        {
            await ring.DisposeAsync();
            throw;
        }
    }

    /// <summary>One more, not yet started.</summary>
    public MemberProcess Add(params string[] more)
    {
        var member = new MemberProcess(Path.Combine(Folder, $"member-{members.Count}"), members, more);
        members.Add(member);
        return member;
    }

    /// <summary>Waits until all that run are ready, in one ring of so many, and every segment's copies serve.</summary>
    public async Task Ready(int count)
    {
        foreach (var member in Running.ToList())
        {
            await member.Ready();
            await Wait.Until($"{member.Name} to see a ring of {count} that serves everywhere", MemberProcess.ReadyBound, async () =>
            {
                var ring = await member.Http.Get("/v1/ring");
                if (!ring.IsOk)
                {
                    return ring.ToString();
                }

                var inRing = ring["members"].AsArray().Count;
                var silent = ring["segments"].AsArray().Count(s => s!["serving"]!.AsArray().Count < s["members"]!.AsArray().Count);
                return inRing == count && silent == 0 ? null : $"version {ring["version"]} of {inRing} members, {silent} segments without all their copies";
            }, () => Logs);
        }
    }

    /// <summary>
    /// Waits until the others have removed a member that does not run. One that is started again at the very moment at which they do may be taken
    /// for the one that died and has to join once more, which is another failure and another recovery.
    /// </summary>
    public Task Removed(MemberProcess member) => Wait.Until($"{member.Name} to be removed from the cluster", TimeSpan.FromSeconds(40), async () =>
    {
        var cluster = await Running.First().Http.Get("/v1/cluster");
        if (!cluster.IsOk)
        {
            return cluster.ToString();
        }

        var seen = cluster["members"].AsArray().SingleOrDefault(m => (string?)m!["id"] == member.Id);
        return (string?)seen?["status"] == "missing" ? null : cluster.ToString();
    }, () => Logs);

    public async ValueTask DisposeAsync()
    {
        foreach (var member in members)
        {
            await member.DisposeAsync();
        }

        if (Environment.GetEnvironmentVariable("FHS_KEEP_DATA") is null)
        {
            Directory.Delete(Folder, recursive: true);
        }
    }
}
