using FailureHistory.Core.Identity;
using FailureHistory.Core.Ring;
using FailureHistory.Messages.Wire;

namespace FailureHistory.Node.Ring;

/// <summary>
/// Who has voted for the next version of the ring without having learnt since what became of it: whoever proposed it may have died, and reads with majority
/// wait (<see cref="RingConfirmation"/>). Belongs to the keeper.
/// </summary>
internal sealed class UntoldVotes(TimeProvider time)
{
    /// <summary>How long a vote may stand, and how often the members are asked.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly Dictionary<MemberId, (long Version, long Since)> votes = [];

    /// <summary>A member's answer, given under the version in force here.</summary>
    public void Take(RingChecked answer, long? inForce)
    {
        var member = WireIds.Member(answer.Member);
        if (!answer.VotedForNext || answer.Version != inForce)
        {
            votes.Remove(member);
        }
        else if (!votes.TryGetValue(member, out var known) || known.Version != answer.Version)
        {
            votes[member] = (answer.Version, time.GetTimestamp());
        }
    }

    /// <summary>Whether one has stood for too long under this version; then the next is given as much time again.</summary>
    public bool AreOverdue(long version)
    {
        if (!votes.Values.Any(v => v.Version == version && time.GetElapsedTime(v.Since) >= Patience))
        {
            return false;
        }

        votes.Clear();
        return true;
    }
}
