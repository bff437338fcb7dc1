using FailureHistory.Core.Probability;
using FailureHistory.Node.Member;

namespace FailureHistory.Node.Reachability;

/// <summary>The detector that every cluster has from the start (R3.4): its id and how it is registered where nobody has said otherwise.</summary>
internal static class ReachabilityDetector
{
    public const string Id = "akka.reachability";
    public const double Accuracy = 90;
    public const string Description = "The members of this service, as the leader of their Akka cluster sees them. Its scope follows the members.";

    /// <summary>
    /// The scope for these node names: the names themselves, sorted; of more than a scope may hold, their longest beginnings of one length that
    /// it does hold, each with a star.
    /// </summary>
    public static IReadOnlyList<string> Scope(IEnumerable<string> names)
    {
        var sorted = names.Select(n => n.ToLowerInvariant()).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
        if (sorted.Count <= DetectorRegistration.MaxScope)
        {
            return sorted;
        }

        for (var length = sorted.Max(n => n.Length) - 1; ; length--)
        {
            var globs = sorted.Select(n => n[..Math.Min(length, n.Length)] + "*").Distinct(StringComparer.Ordinal).ToList();
            if (globs.Count <= DetectorRegistration.MaxScope)
            {
                return globs;
            }
        }
    }

    /// <summary>How it is registered with this scope, given the entry in force: what an administrator set stays, but for the scope.</summary>
    public static DetectorRegistration Following(DetectorEntry? known, IReadOnlyList<string> scope) => known is { Explicit: true }
        ? new DetectorRegistration(Id, known.Accuracy, scope, known.Ttl, known.ReportedTimestamps, known.Description)
        : new DetectorRegistration(Id, Accuracy, scope, Description: Description);
}

/// <summary>Let the scope of <see cref="ReachabilityDetector"/> be this; register it where it never was. A deleted one stays deleted.</summary>
internal sealed record FollowMembers(IReadOnlyList<string> Scope) : ILocalMessage;
