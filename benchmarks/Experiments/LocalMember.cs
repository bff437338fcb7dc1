using Akka.Actor;
using Akka.Cluster;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Ring;
using FailureHistory.Messages;
using FailureHistory.Messages.Wire;
using FailureHistory.Node;
using FailureHistory.Node.Configuration;
using FailureHistory.Node.Persistence;
using Microsoft.Data.Sqlite;

namespace FailureHistory.Experiments;

/// <summary>A member in this process on a folder of its own, which outlives it unless it is wiped.</summary>
internal sealed class LocalMember(string path, string hocon) : IAsyncDisposable
{
    private DataFolder? folder;
    private MemberHost? host;

    public string Id { get; private set; } = string.Empty;

    public bool IsRunning => host is not null;

    /// <summary>How many members its actor system's cluster counts as up.</summary>
    public int MembersUp => host?.System is { } system ? Cluster.Get(system).State.Members.Count(m => m.Status == MemberStatus.Up) : 0;

    private string Data => Path.Combine(path, "data");

    public string Address { get; private set; } = string.Empty;

    /// <summary>Starts it, anew or again on what its folder holds.</summary>
    /// <param name="seeds">Addresses to join by; none for the first.</param>
    public void Start(IEnumerable<string> seeds)
    {
        Directory.CreateDirectory(path);
        var file = Path.Combine(path, "member.conf");
        File.WriteAllText(file, $$"""
            failure-history { port = 0, http = "off", seeds = "{{string.Join(',', seeds.Take(3))}}" }
            akka { loglevel = OFF, stdout-loglevel = OFF }
            {{hocon}}
            """);
        var settings = NodeSettings.Load(["--config", file, "--data", Data]);
        folder = DataFolder.Open(settings.Data);
        Id = folder.Id.ToString();
        host = new MemberHost(settings, folder, TimeProvider.System);
        host.Start();
        Address = host.SelfAddress!.ToString();
    }

    /// <summary>Ends it as a crash would.</summary>
    public async Task KillAsync()
    {
        if (host is { } running)
        {
            host = null;
            await running.Kill();
            await running.DisposeAsync();
            folder!.Dispose();
        }
    }

    /// <summary>Its disk with the histories is lost; who it is and where it belongs it still knows.</summary>
    public void LoseHistories()
    {
        SqliteConnection.ClearAllPools(); // in one process a pooled connection would go on with the file that is deleted
        Directory.GetFiles(Data, "log.db*").ToList().ForEach(File.Delete);
    }

    /// <summary>Everything is lost: what starts here next is another member.</summary>
    public void LoseEverything()
    {
        SqliteConnection.ClearAllPools();
        Directory.Delete(Data, recursive: true);
    }

    public async Task<T?> AskAsync<T>(object request)
        where T : class => host is { } running ? await running.Ask(request, CancellationToken.None) as T : null;

    public async Task<object?> ReportAsync(IReadOnlyList<ReportedObservation> observations) =>
        host is { } running ? await running.Report(new ReportObservations(observations), CancellationToken.None) : null;

    /// <summary>Reports until all of it is acknowledged.</summary>
    public async Task ReportSurelyAsync(IReadOnlyList<ReportedObservation> observations, CancellationToken cancel)
    {
        while (await ReportAsync(observations) is not ObservationsRecorded { Retry.Count: 0 })
        {
            await Task.Delay(200, cancel); // nobody tells when there is a majority again: it is tried again, not too fast
        }
    }

    /// <summary>How many observations of a node its own copy holds: 0 while it does not run, null where it does not say.</summary>
    public async Task<int?> StoredAsync(NodeId node)
    {
        if (host?.System is not { } system)
        {
            return 0;
        }

        try
        {
            var answer = await system.ActorSelection($"/user/fh/segment-{Segments.Of(node)}").Ask<DigestAnswer>(new DigestQuery { Node = WireIds.Bytes(node) }, TimeSpan.FromSeconds(1));
            return (int)answer.Count;
        }
        catch (AskTimeoutException)
        {
            return null; // it is starting: its copy is being read
        }
    }

    public async ValueTask DisposeAsync() => await KillAsync();
}
