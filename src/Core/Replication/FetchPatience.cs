using FailureHistory.Core.Identity;

namespace FailureHistory.Core.Replication;

/// <summary>
/// For how long a member's fetching copies wait for one that vouches, before they serve what they have, marked incomplete (R9.4). What a copy says
/// that does not vouch is merged, and ends no waiting for more: two that lost their logs would otherwise wait for each other for as long as the third is
/// down. Nor does an answer hold for ever: who vouched may be gone since.
/// </summary>
public sealed class FetchPatience
{
    /// <summary>How long a copy waits where nobody who vouches has answered yet.</summary>
    public static readonly TimeSpan BeforeAnAnswer = TimeSpan.FromSeconds(3);

    /// <summary>How long it waits after the last such answer. It asks every two seconds at the least; an answer that is lost or late is no silence.</summary>
    public static readonly TimeSpan AfterAnAnswer = TimeSpan.FromSeconds(10);

    private readonly Dictionary<int, TimeSpan> since = [];
    private readonly Dictionary<int, Dictionary<MemberId, TimeSpan>> answered = []; // when each peer that vouches did so last

    /// <summary>Whether a copy that fetches has waited long enough. The first time it is asked for the waiting begins.</summary>
    public bool IsOver(int segment, TimeSpan now)
    {
        if (since.TryAdd(segment, now))
        {
            return false;
        }

        var waits = answered.TryGetValue(segment, out var peers) && peers.Values.Any(last => now - last <= AfterAnAnswer);
        return !waits && now - since[segment] > BeforeAnAnswer;
    }

    /// <summary>A peer has said what its copy holds.</summary>
    /// <param name="segment">The segment.</param>
    /// <param name="peer">The peer.</param>
    /// <param name="vouches">Whether the peer's copy vouches (<see cref="DigestComparison.Vouches"/>).</param>
    /// <param name="now">The time, as for <see cref="IsOver"/>.</param>
    public void Answered(int segment, MemberId peer, bool vouches, TimeSpan now)
    {
        if (vouches)
        {
            (answered.TryGetValue(segment, out var peers) ? peers : answered[segment] = [])[peer] = now;
        }
    }

    /// <summary>A pull has failed: a peer that answered and went away again is silence.</summary>
    public void Failed(int segment, MemberId peer) => answered.GetValueOrDefault(segment)?.Remove(peer);

    /// <summary>The ring has changed: all begins anew.</summary>
    public void Clear()
    {
        since.Clear();
        answered.Clear();
    }
}
