using System.Text;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Time;
using FailureHistory.Fhs.Http;
using FailureHistory.Fhs.Import;
using FailureHistory.Fhs.Output;
using FailureHistory.Fhs.Traces;

namespace FailureHistory.Fhs.Export;

/// <summary>An id that something is stored under.</summary>
internal sealed record ExportedId(string Id, string? Name)
{
    public string Shown => Name ?? Id;
}

/// <summary>
/// Reads what is stored, id by id (<c>stored=true</c>): every observation is stored under one id, so that all ids together give each of them
/// once, those of machines that moved or were replaced too, and none twice.
/// </summary>
/// <param name="service">Asks patiently.</param>
/// <param name="hasty">Asks, once a node could not be read, without waiting long for each of the others.</param>
/// <param name="from">Only what is not before it, or null.</param>
/// <param name="to">Only what is before it, or null.</param>
/// <param name="screen">Where it tells of its progress.</param>
/// <param name="json">Whether a program reads it.</param>
/// <param name="time">The clock that rates are measured by.</param>
internal sealed class HistoryExport(PatientReporter service, PatientReporter hasty, Stamp? from, Stamp? to, Screen screen, bool json, TimeProvider time)
{
    private const int InFlight = 8;
    private const int PageSize = 1000;

    private PatientReporter asker = service;

    public ExportTally Tally { get; } = new();

    /// <summary>The ids to export.</summary>
    /// <param name="wanted">Names, ids and globs; none for everything.</param>
    /// <param name="patience">How long to ask again for segments that nobody lists.</param>
    /// <param name="cancel">Stops it.</param>
    /// <exception cref="CommandFailure">A name or id that is not known.</exception>
    public async Task<IReadOnlyList<ExportedId>> FindAsync(IReadOnlyList<string> wanted, TimeSpan patience, CancellationToken cancel)
    {
        var found = new Dictionary<string, ExportedId>(StringComparer.Ordinal);
        foreach (var node in wanted.Where(node => !IsGlob(node)))
        {
            await AddMachineAsync(node, found, cancel);
        }

        var silent = new SortedSet<int>();
        foreach (var glob in wanted.Count == 0 ? new string?[] { null } : [.. wanted.Where(IsGlob)])
        {
            silent.UnionWith(await AddListedAsync(glob, found, patience, cancel));
        }

        Tally.Segments = [.. silent];

        return [.. found.Values.OrderBy(id => id.Shown, StringComparer.OrdinalIgnoreCase).ThenBy(id => id.Id, StringComparer.Ordinal)];
    }

    /// <summary>Writes the header and every observation of the ids; what can't be read is noted as missing.</summary>
    public async Task WriteAsync(IReadOnlyList<ExportedId> ids, TextWriter target, CancellationToken cancel)
    {
        await target.WriteAsync(CsvRows.Header + "\n");
        await new ImportProgress(screen, json, time, "ids").RunAsync(ids.Count, progress => WriteAllAsync(ids, target, progress, cancel));
        await target.FlushAsync(cancel);
    }

    private async Task WriteAllAsync(IReadOnlyList<ExportedId> ids, TextWriter target, Action<int> progress, CancellationToken cancel)
    {
        var begun = time.GetTimestamp();
        var ahead = new Queue<(ExportedId Id, Task<StoredPageShape?> First)>();
        var next = 0;
        while (next < ids.Count || ahead.Count > 0)
        {
            for (; next < ids.Count && ahead.Count < InFlight; next++)
            {
                ahead.Enqueue((ids[next], PageAsync(ids[next], null, cancel)));
            }

            var (id, first) = ahead.Dequeue();
            await WriteOneAsync(id, first, target, cancel);
            progress(1);
        }

        Tally.Elapsed = time.GetElapsedTime(begun);
    }

    private async Task WriteOneAsync(ExportedId id, Task<StoredPageShape?> first, TextWriter target, CancellationToken cancel)
    {
        var text = new StringBuilder();
        var isNew = true;
        try
        {
            for (var page = await first; page is not null; page = page.Next is { } next ? await PageAsync(id, next, cancel) : null)
            {
                foreach (var observation in page.Observations ?? [])
                {
                    CsvRows.Append(text, observation);
                    Tally.Observations++;
                }

                await target.WriteAsync(text, cancel);
                text.Clear();
                Tally.Nodes += isNew && page.Observations is { Count: > 0 } ? 1 : 0;
                isNew = false;
            }
        }
        catch (CommandFailure failure)
        {
            asker = hasty;
            Tally.Miss(id.Shown, failure.Message);
        }
    }

    // Null where it was removed meanwhile.
    private async Task<StoredPageShape?> PageAsync(ExportedId id, string? cursor, CancellationToken cancel)
    {
        var query = new QueryText().Add("stored", "true").Add("limit", PageSize).Add("from", from).Add("to", to).Add("cursor", cursor);
        try
        {
            return (await asker.AskAsync(HttpMethod.Get, $"{ServiceAddress.Node(id.Id)}/observations{query}", null, cancel)).Read<StoredPageShape>();
        }
        catch (CommandFailure failure) when (failure.ExitCode == ExitCode.NotFound)
        {
            return null;
        }
    }

    // A machine that is named is wanted under every id that it went under (R1.5).
    private async Task AddMachineAsync(string node, Dictionary<string, ExportedId> found, CancellationToken cancel)
    {
        if (node.StartsWith("hw:", StringComparison.OrdinalIgnoreCase))
        {
            throw CommandFailure.WrongUsage($"'{node}' is a hardware address; expected names, ids or globs of the ids that the machine went under, as fhs history {node} shows them");
        }

        var query = new QueryText().Add("consistency", "majority").Add("limit", 1);
        var history = (await asker.AskAsync(HttpMethod.Get, $"{ServiceAddress.Node(node)}/history{query}", null, cancel)).Read<HistoryShape>();
        var own = NodeReference.Parse(node).Id.ToString();
        foreach (var incarnation in history.Incarnations ?? [])
        {
            found.TryAdd(incarnation.Id, new ExportedId(incarnation.Id, incarnation.Name));
        }

        found.TryAdd(own, new ExportedId(own, history.Node.Id == own ? history.Node.Name : node));
    }

    // The segments that nobody listed.
    private async Task<SortedSet<int>> AddListedAsync(string? glob, Dictionary<string, ExportedId> found, TimeSpan patience, CancellationToken cancel)
    {
        var backoff = new Backoff(patience, time);
        SortedSet<int> silent;
        do
        {
            silent = [];
            string? cursor = null;
            do
            {
                var query = new QueryText().Add("stored", "true").Add("limit", PageSize).Add("name", glob).Add("cursor", cursor);
                var page = (await asker.AskAsync(HttpMethod.Get, $"/v1/nodes{query}", null, cancel)).Read<NodesShape>();
                silent.UnionWith(page.Incomplete ?? []);
                foreach (var it in page.Nodes ?? [])
                {
                    found.TryAdd(it.Node.Id, new ExportedId(it.Node.Id, it.Node.Name));
                }

                cursor = page.Next;
            }
            while (cursor is not null);
        }
        while (silent.Count > 0 && await backoff.WaitAsync(null, cancel));
        return silent;
    }

    private static bool IsGlob(string node) => node.AsSpan().IndexOfAny('*', '?') >= 0;
}
