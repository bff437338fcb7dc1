using FailureHistory.Core.Identity;

namespace FailureHistory.Core.Ring;

/// <summary>
/// Whether a version of the ring was still the latest when it was asked about: so many of its members say that they have voted for no next one that none
/// can have been decided before (R6.5, R9.9).
/// </summary>
/// <remarks>
/// A read with majority needs it. A majority of a segment's copies may still be on a version that the rest of the ring has left, behind a cut or
/// stopped with it, and answer, while others acknowledge under the next version.
/// </remarks>
/// <param name="ring">The version asked about.</param>
public sealed class RingConfirmation(RingRecord ring)
{
    private readonly HashSet<MemberId> confirmed = [];

    /// <summary>Whether a majority of the version's members has confirmed it.</summary>
    public bool IsConfirmed => confirmed.Count >= Segments.Majority(ring.Members.Count);

    /// <summary>Whether so many more members could still confirm it.</summary>
    public bool CanBeConfirmedBy(int more) => confirmed.Count + more >= Segments.Majority(ring.Members.Count);

    /// <summary>A member's answer, given after it was asked; true once a majority has confirmed.</summary>
    public bool Take(MemberId member, bool isLatest)
    {
        if (isLatest && ring.Contains(member))
        {
            confirmed.Add(member);
        }

        return IsConfirmed;
    }
}
