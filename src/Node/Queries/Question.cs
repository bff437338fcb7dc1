using FailureHistory.Core.Identity;
using FailureHistory.Messages;

namespace FailureHistory.Node.Queries;

/// <summary>A query about one node, looked through: GetState, GetHistory, GetReliability or GetObservations.</summary>
/// <param name="Query">As it came.</param>
/// <param name="Node">Which node it is about.</param>
/// <param name="Consistency">How many copies the answer is to rest on (R6.5).</param>
internal readonly record struct Question(object Query, NodeReference Node, Consistency Consistency)
{
    /// <summary>Whether any complete copy of the one id may answer it (R6.4).</summary>
    public bool IsForOneCopy => Consistency == Consistency.One && Node.Address is null && Query is not GetObservations { Stored: true };

    /// <summary>The node as the asker named it.</summary>
    public string Text => TextOf(Query);

    /// <summary>The question, or what is wrong with it.</summary>
    /// <exception cref="ArgumentException">No query about a node.</exception>
    public static Question Of(object query, out InvalidRequest? fault)
    {
        fault = null;
        var (consistency, limit) = query switch
        {
            GetState q => (q.Consistency, 1),
            GetHistory q => (q.Consistency, q.Limit),
            GetReliability q => (q.Consistency, 1),
            GetObservations q => (q.Consistency, q.Limit),
            _ => throw new ArgumentException($"no query about a node: {query.GetType().Name}", nameof(query)),
        };
        if (limit is < 1 or > 10_000)
        {
            fault = new InvalidRequest("limit", $"expected 1 to 10000; came {limit}");
        }
        else if (query is GetReliability { Window: var window } && window <= TimeSpan.Zero)
        {
            fault = new InvalidRequest("window", $"expected a time above 0; came {window}");
        }
        else
        {
            try
            {
                return new Question(query, NodeReference.Parse(TextOf(query)), consistency);
            }
            catch (FormatException e)
            {
                fault = new InvalidRequest("node", e.Message);
            }
        }

        return default;
    }

    private static string TextOf(object query) => query switch
    {
        GetState q => q.Node,
        GetHistory q => q.Node,
        GetReliability q => q.Node,
        GetObservations q => q.Node,
        _ => string.Empty,
    };
}
