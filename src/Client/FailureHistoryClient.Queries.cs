using System.Runtime.CompilerServices;
using FailureHistory.Core.Time;
using FailureHistory.Messages;

namespace FailureHistory.Client;

/// <summary>Queries and changes.</summary>
public sealed partial class FailureHistoryClient
{
    /// <summary>Which detectors suspect a node now, and how likely it is down (R6.1).</summary>
    /// <param name="node">Id, name, or <c>hw:</c> and an address.</param>
    /// <param name="consistency">How much the answer must have seen (R6.5).</param>
    /// <param name="ct">Gives up.</param>
    /// <exception cref="NodeNotFoundException">Nobody ever reported on it.</exception>
    public Task<NodeState> GetStateAsync(string node, Consistency consistency = Consistency.One, CancellationToken ct = default) =>
        AboutNode<NodeState>(new GetState(node, consistency), node, ct);

    /// <summary>One page of a node's periods, newest last (R6.2); the next one by <see cref="NodeHistory.Next"/>.</summary>
    /// <exception cref="NodeNotFoundException">Nobody ever reported on it.</exception>
    public Task<NodeHistory> GetHistoryAsync(GetHistory query, CancellationToken ct = default) => AboutNode<NodeHistory>(query, query.Node, ct);

    /// <summary>All periods that a query asks for, page after page. A page that follows is read later: what is reported meanwhile may be in it.</summary>
    /// <exception cref="NodeNotFoundException">Nobody ever reported on it.</exception>
    public async IAsyncEnumerable<PeriodInfo> ReadHistoryAsync(GetHistory query, [EnumeratorCancellation] CancellationToken ct = default)
    {
        for (var page = query; ;)
        {
            var history = await GetHistoryAsync(page, ct).ConfigureAwait(false);
            foreach (var period in history.Periods)
            {
                yield return period;
            }

            if (history.Next is null)
            {
                yield break;
            }

            page = query with { Cursor = history.Next };
        }
    }

    /// <summary>How reliable a node was over a window that ends now (R7.1).</summary>
    /// <param name="node">Id, name, or <c>hw:</c> and an address.</param>
    /// <param name="window">How far back; null for 365 days.</param>
    /// <param name="consistency">How much the answer must have seen (R6.5).</param>
    /// <param name="ct">Gives up.</param>
    /// <exception cref="NodeNotFoundException">Nobody ever reported on it.</exception>
    public Task<NodeReliability> GetReliabilityAsync(
        string node, TimeSpan? window = null, Consistency consistency = Consistency.One, CancellationToken ct = default) =>
        AboutNode<NodeReliability>(new GetReliability(node, window ?? GetReliability.DefaultWindow, consistency), node, ct);

    /// <summary>One page of a node's raw observations (R6.8); the next one by <see cref="NodeObservations.Next"/>.</summary>
    /// <exception cref="NodeNotFoundException">Nobody ever reported on it.</exception>
    public Task<NodeObservations> GetObservationsAsync(GetObservations query, CancellationToken ct = default) => AboutNode<NodeObservations>(query, query.Node, ct);

    /// <summary>All observations that a query asks for, page after page.</summary>
    /// <exception cref="NodeNotFoundException">Nobody ever reported on it.</exception>
    public async IAsyncEnumerable<ObservationInfo> ReadObservationsAsync(GetObservations query, [EnumeratorCancellation] CancellationToken ct = default)
    {
        for (var page = query; ;)
        {
            var observations = await GetObservationsAsync(page, ct).ConfigureAwait(false);
            foreach (var observation in observations.Observations)
            {
                yield return observation;
            }

            if (observations.Next is null)
            {
                yield break;
            }

            page = query with { Cursor = observations.Next };
        }
    }

    /// <summary>One page of the nodes of the whole fleet (R6.7); <see cref="NodeList.Incomplete"/> names the segments that did not answer.</summary>
    public Task<NodeList> GetNodesAsync(GetNodes query, CancellationToken ct = default) => Expect<NodeList>(query, options.ReportHedgeAfter, ct);

    /// <summary>All nodes that a query asks for, page after page.</summary>
    /// <exception cref="UnavailableException">Some segments did not answer: the list would be incomplete.</exception>
    public async IAsyncEnumerable<NodeSummary> ReadNodesAsync(GetNodes query, [EnumeratorCancellation] CancellationToken ct = default)
    {
        for (var page = query; ;)
        {
            var list = await GetNodesAsync(page, ct).ConfigureAwait(false);
            if (list.Incomplete.Count > 0)
            {
                throw new UnavailableException($"{list.Incomplete.Count} segments did not answer", TimeSpan.FromSeconds(1));
            }

            foreach (var node in list.Nodes)
            {
                yield return node;
            }

            if (list.Next is null)
            {
                yield break;
            }

            page = query with { Cursor = list.Next };
        }
    }

    /// <summary>
    /// Registers a detector, or changes its registration (R3.1). Accuracy 0 to 100. This client's reports that follow count with it; other members
    /// know of it some hundred milliseconds later.
    /// </summary>
    public Task<DetectorInfo> RegisterDetectorAsync(RegisterDetector registration, CancellationToken ct = default) =>
        AtTheGate<DetectorInfo>(registration, options.ReportHedgeAfter, ct);

    /// <summary>One detector.</summary>
    /// <exception cref="DetectorNotFoundException">There is none of that id.</exception>
    public Task<DetectorInfo> GetDetectorAsync(string id, CancellationToken ct = default) => AtTheGate<DetectorInfo>(new GetDetector(id), options.HedgeAfter, ct);

    /// <summary>All detectors, sorted by id.</summary>
    public async Task<IReadOnlyList<DetectorInfo>> GetDetectorsAsync(CancellationToken ct = default)
    {
        var all = new List<DetectorInfo>();
        string? cursor = null;
        do
        {
            var page = await Expect<DetectorList>(new GetDetectors(cursor), options.HedgeAfter, ct).ConfigureAwait(false);
            all.AddRange(page.Detectors);
            cursor = page.Next;
        }
        while (cursor is not null);
        return all;
    }

    /// <summary>Says that a detector is there though it has nothing to report.</summary>
    /// <exception cref="DetectorNotFoundException">There is none of that id.</exception>
    public Task<DetectorInfo> HeartbeatAsync(string detector, CancellationToken ct = default) => AtTheGate<DetectorInfo>(new DetectorHeartbeat(detector), options.ReportHedgeAfter, ct);

    /// <summary>Deletes a detector, and with it its suspicions (R3.1). False where there is none. Asked of one member only: see <see cref="RemoveHistoryAsync"/>.</summary>
    /// <exception cref="NoAnswerException">Whether it is deleted is not known.</exception>
    public async Task<bool> DeleteDetectorAsync(string id, CancellationToken ct = default)
    {
        var reply = await ask.Ask(new DeleteDetector(id), hedgeAfter: null, options.Timeout, forReports: true, ct).ConfigureAwait(false);
        return reply is not DetectorNotFound && Read<DetectorDeleted>(reply, id) is not null;
    }

    /// <summary>
    /// Deletes the history of a node at once (R10.2): all of the id's, or that of one machine. False where there is none. It is asked of one member, and
    /// of another only where that one refuses: a member that is stalled must not do it again when it wakes, and delete what was reported since.
    /// </summary>
    /// <exception cref="NodePinnedException">The node is pinned, and <paramref name="force"/> is false.</exception>
    /// <exception cref="NoAnswerException">Whether it is removed is not known.</exception>
    public async Task<bool> RemoveHistoryAsync(string node, string? hardware = null, bool force = false, CancellationToken ct = default)
    {
        var reply = await ask.Ask(new RemoveHistory(node, hardware, force), hedgeAfter: null, options.Timeout, forReports: true, ct).ConfigureAwait(false);
        return reply is not NodeNotFound && Read<HistoryRemoved>(reply, node) is not null;
    }

    /// <summary>Keeps a node from being forgotten, and from being removed without force (R10.1). Asked of one member only: see <see cref="RemoveHistoryAsync"/>.</summary>
    /// <exception cref="NodeNotFoundException">Nobody ever reported on it.</exception>
    /// <exception cref="NoAnswerException">Whether it is pinned is not known.</exception>
    public async Task<PinInfo> PinAsync(string node, string reason, string? by = null, CancellationToken ct = default)
    {
        var reply = await ask.Ask(new PinNode(node, reason, by), hedgeAfter: null, options.Timeout, forReports: true, ct).ConfigureAwait(false);
        return Read<PinChanged>(reply, node).Pinned!;
    }

    /// <summary>Ends the pin of a node. False where nothing is known of the node. Asked of one member only: see <see cref="RemoveHistoryAsync"/>.</summary>
    /// <exception cref="NoAnswerException">Whether the pin has ended is not known.</exception>
    public async Task<bool> UnpinAsync(string node, string? by = null, CancellationToken ct = default)
    {
        var reply = await ask.Ask(new UnpinNode(node, by), hedgeAfter: null, options.Timeout, forReports: true, ct).ConfigureAwait(false);
        return reply is not NodeNotFound && Read<PinChanged>(reply, node) is not null;
    }

    /// <summary>The cluster as one of its members sees it.</summary>
    public Task<ClusterInfo> GetClusterAsync(CancellationToken ct = default) => Expect<ClusterInfo>(new GetCluster(), options.HedgeAfter, ct);

    /// <summary>The ring in force and where the copies are.</summary>
    public Task<RingInfo> GetRingAsync(CancellationToken ct = default) => Expect<RingInfo>(new GetRing(), options.HedgeAfter, ct);

    private async Task<T> AboutNode<T>(object query, string node, CancellationToken ct)
        where T : class =>
        Read<T>(await ask.Ask(query, options.HedgeAfter, options.Timeout, forReports: false, ct).ConfigureAwait(false), node);

    private async Task<T> Expect<T>(object request, TimeSpan hedgeAfter, CancellationToken ct)
        where T : class =>
        Read<T>(await ask.Ask(request, hedgeAfter, options.Timeout, forReports: false, ct).ConfigureAwait(false), string.Empty);

    // Where the reports go, that member's registry is what counts for them; the others learn a moment later.
    private async Task<T> AtTheGate<T>(object request, TimeSpan hedgeAfter, CancellationToken ct)
        where T : class =>
        Read<T>(await ask.Ask(request, hedgeAfter, options.Timeout, forReports: true, ct).ConfigureAwait(false), string.Empty);

    private static T Read<T>(object reply, string node)
        where T : class => reply switch
        {
            T expected => expected,
            NodeNotFound => throw new NodeNotFoundException(node),
            DetectorNotFound detector => throw new DetectorNotFoundException(detector.Id),
            NodeIsPinned pinned => throw new NodePinnedException(pinned.Node.Name ?? pinned.Node.Id, pinned.Pin.By, pinned.Pin.Reason),
            InvalidRequest invalid => throw new InvalidRequestException(invalid.Field, invalid.Detail),
            _ => throw new InvalidOperationException($"expected {typeof(T).Name}; came {reply.GetType().Name}"),
        };
}
