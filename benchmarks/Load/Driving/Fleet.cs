namespace FailureHistory.Load.Driving;

/// <summary>
/// The nodes that one reporter reports on, round and round: each time with the other verdict, so that every observation changes one, and
/// none is a repeat that the service may drop (R2.6). Its nodes are its own: what it sends of a node arrives in its order.
/// </summary>
internal sealed class Fleet(string name, int nodes)
{
    public const string Detector = "load";

    private readonly bool[] fails = new bool[nodes];
    private readonly List<string>[] acknowledged = [.. Enumerable.Range(0, nodes).Select(_ => new List<string>())];
    private readonly HashSet<int> unsure = [];
    private int next;
    private long sent;

    /// <summary>The next so many, of as many different nodes.</summary>
    public (IReadOnlyList<Observed> Batch, int From) Next(int count)
    {
        var from = next;
        var batch = new List<Observed>(count);
        for (var i = 0; i < count; i++)
        {
            fails[next] = !fails[next];
            batch.Add(new Observed($"{++sent:x}", Node(next), Detector, fails[next] ? "failure" : "alive"));
            next = (next + 1) % nodes;
        }

        return (batch, from);
    }

    /// <summary>Notes what became of them: what is not acknowledged may be stored or not.</summary>
    public void Note(IReadOnlyList<Observed> batch, int from, bool isAcknowledged)
    {
        for (var i = 0; i < batch.Count; i++)
        {
            var node = (from + i) % nodes;
            acknowledged[node].Add(batch[i].Id);
            if (!isAcknowledged)
            {
                unsure.Add(node);
            }
        }
    }

    /// <summary>Nodes of which all was acknowledged, with the ids, and whether they fail now.</summary>
    public IEnumerable<(string Node, IReadOnlyList<string> Ids, bool Fails)> Known() =>
        Enumerable.Range(0, nodes).Where(i => acknowledged[i].Count > 0 && !unsure.Contains(i)).Select(i => (Node(i), (IReadOnlyList<string>)acknowledged[i], fails[i]));

    private string Node(int i) => $"{name}-{i}";
}
