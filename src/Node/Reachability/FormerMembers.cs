using Akka.Actor;
using FailureHistory.Messages;
using FailureHistory.Node.Member;

namespace FailureHistory.Node.Reachability;

/// <summary>
/// The names that stay in the scope though their members are in neither ring nor cluster: of those that failed and were taken out of the ring.
/// Out of scope the detector would not count, and a dead machine would turn from failed to unknown by being replaced. It stays as long as its
/// failure stands: until it joins anew or its history is forgotten.
/// </summary>
internal sealed class FormerMembers(MemberContext context, IActorRef entry)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly Dictionary<string, (bool? Failed, long At)> known = new(StringComparer.Ordinal);
    private readonly HashSet<string> asked = new(StringComparer.Ordinal);

    /// <summary>Another member led before: what was read may have changed.</summary>
    public void Forget() => known.Clear();

    /// <summary>Which of these names of the scope in force stay in it; those not yet looked up do.</summary>
    /// <param name="names">Names of nobody who is in the ring or the cluster.</param>
    /// <param name="self">Gets a <see cref="FormerRead"/> for each that is looked up.</param>
    public IEnumerable<string> Staying(IEnumerable<string> names, IActorRef self)
    {
        foreach (var name in names.Where(n => !n.Contains('*', StringComparison.Ordinal)).ToList())
        {
            var isKnown = known.TryGetValue(name, out var found);
            if ((!isKnown || context.Time.GetElapsedTime(found.At) > context.Settings.ExchangeInterval * 2) && asked.Add(name))
            {
                entry.Ask<object>(new GetState(name, Consistency.Majority), Patience).PipeTo(
                    self, success: reply => new FormerRead(name, FailedBy(reply)), failure: _ => new FormerRead(name, null));
            }

            if (!isKnown || found.Failed != false)
            {
                yield return name;
            }
        }
    }

    /// <summary>Takes in what was looked up.</summary>
    public void Take(FormerRead read)
    {
        asked.Remove(read.Name);
        var before = known.TryGetValue(read.Name, out var found) ? found.Failed : null;
        known[read.Name] = (read.Failed ?? before, context.Time.GetTimestamp());
    }

    // Null where it can't be told now.
    private static bool? FailedBy(object reply) => reply switch
    {
        NodeState state => state.Verdicts.FirstOrDefault(v => v.Detector == ReachabilityDetector.Id)?.Suspects, // not listed: stale, by what that replica heard
        NodeNotFound => false,
        _ => null,
    };
}

/// <summary>Whether <c>akka.reachability</c> still suspects the node of this name; null where it can't be told now.</summary>
internal sealed record FormerRead(string Name, bool? Failed) : ILocalMessage;
