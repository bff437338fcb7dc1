namespace FailureHistory.Core.Ring;

/// <summary>
/// Assigns each segment to <c>k</c> distinct members, nearest first, no member above its limit and copies in different zones as far as
/// the limits allow (R9.2).
/// </summary>
/// <remarks>
/// <para>
/// The pairs of segment and member are taken in the order of their distance; a pair becomes a copy when the segment still wants one and
/// the member has room. As both sides rank their pairs by the same distance this is the one stable assignment, and that is what keeps
/// movement small: who is displaced by a change turns to a pair that is further away, and so seldom displaces a third.
/// </para>
/// <para>
/// Zones: pass 1 takes a pair only while the segment has no copy in the member's zone, pass 2 while it has at most one there, and so on;
/// pass <c>k</c> ignores zones. So a segment has <c>c</c> copies in one zone only when every other member of the zones where it has fewer
/// than <c>c - 1</c> had reached its limit.
/// </para>
/// <para>
/// Rejected: a hash ring walked clockwise past full members (each full member pushes its overflow onto the next, so that one change runs
/// on around the ring), and Maglev's turns (equal loads, but with 5 segments a member every change shuffles several times its share).
/// </para>
/// </remarks>
internal sealed class BoundedAssignment
{
    private readonly MemberPositions[] members;
    private readonly int[] zones;
    private readonly int[] limits;
    private readonly int segments;
    private readonly int copies;
    private readonly int[] load;
    private readonly int[] held;
    private readonly int[] holders;

    /// <param name="members">The members' positions, in an order that depends on their ids only.</param>
    /// <param name="zones">For each member the number of its zone.</param>
    /// <param name="limits">For each member the most copies it may hold; each at least the mean.</param>
    /// <param name="segments">The number of segments.</param>
    /// <param name="copies">The copies of each segment, at most the number of members.</param>
    internal BoundedAssignment(MemberPositions[] members, int[] zones, int[] limits, int segments, int copies)
    {
        this.members = members;
        this.zones = zones;
        this.limits = limits;
        this.segments = segments;
        this.copies = copies;
        load = new int[members.Length];
        held = new int[segments];
        holders = new int[segments * copies];
        for (var level = 1; level <= copies && !Complete(copies); level++)
        {
            TakeInOrderOfDistance(level);
        }

        for (var segment = 0; segment < segments; segment++)
        {
            while (held[segment] < copies)
            {
                MakeRoomFor(segment);
            }
        }
    }

    /// <summary>The members, by index, that hold the segment; in no particular order.</summary>
    internal ReadOnlySpan<int> HoldersOf(int segment) => holders.AsSpan(segment * copies, held[segment]);

    /// <summary>One pass: at most <paramref name="level"/> copies of a segment in a zone.</summary>
    private void TakeInOrderOfDistance(int level)
    {
        var reachable = zones.GroupBy(zone => zone).Sum(zone => Math.Min(level, zone.Count()));
        var wanted = Math.Min(copies, reachable);
        var pairs = new (ulong TieBreak, int Member, int Segment)[members.Length];
        for (var distance = 0; distance < segments && !Complete(wanted); distance++)
        {
            // At one distance each member has one pair, so what is taken here can't fill a member before its pair is looked at.
            var count = 0;
            for (var member = 0; member < members.Length; member++)
            {
                if (load[member] >= limits[member])
                {
                    continue;
                }

                var segment = members[member].SegmentAt(distance);
                if (held[segment] < copies)
                {
                    pairs[count++] = (members[member].TieBreak(segment), member, segment);
                }
            }

            var found = pairs.AsSpan(0, count);
            found.Sort();
            foreach (var (_, member, segment) in found)
            {
                if (held[segment] < copies && Fits(segment, member, level, leaving: -1))
                {
                    Add(segment, member);
                }
            }
        }
    }

    /// <summary>
    /// When all that could take the segment are full (only with hardly more members than copies): the shortest chain of moves that ends at
    /// a member with room. One always exists, because the limits are not below the mean; chains that keep zones apart are preferred.
    /// </summary>
    private void MakeRoomFor(int segment)
    {
        for (var level = 1; level <= copies; level++)
        {
            if (TryMakeRoom(segment, level))
            {
                return;
            }
        }

        throw new InvalidOperationException($"segment {segment} can't be placed: the limits of {members.Length} members leave no room");
    }

    private bool TryMakeRoom(int segment, int level)
    {
        var reachedFrom = new int[members.Length];
        var reachedBy = new int[members.Length];
        Array.Fill(reachedBy, -1);
        var frontier = new Queue<int>();

        void Reach(int moved, int leaving)
        {
            for (var member = 0; member < members.Length; member++)
            {
                if (reachedBy[member] < 0 && Fits(moved, member, level, leaving))
                {
                    (reachedBy[member], reachedFrom[member]) = (moved, leaving);
                    frontier.Enqueue(member);
                }
            }
        }

        Reach(segment, leaving: -1);
        while (frontier.TryDequeue(out var member))
        {
            if (load[member] < limits[member])
            {
                MoveAlong(member, reachedFrom, reachedBy);
                return true;
            }

            for (var other = 0; other < segments; other++)
            {
                if (HoldersOf(other).Contains(member))
                {
                    Reach(other, leaving: member);
                }
            }
        }

        return false;
    }

    private void MoveAlong(int last, int[] reachedFrom, int[] reachedBy)
    {
        for (var member = last; member >= 0; member = reachedFrom[member])
        {
            if (reachedFrom[member] >= 0)
            {
                Remove(reachedBy[member], reachedFrom[member]);
            }

            Add(reachedBy[member], member);
        }
    }

    /// <summary>Whether the segment has no copy at the member and, the one at <paramref name="leaving"/> aside, fewer than <paramref name="level"/> in its zone.</summary>
    private bool Fits(int segment, int member, int level, int leaving)
    {
        var inZone = 0;
        foreach (var holder in HoldersOf(segment))
        {
            if (holder == member)
            {
                return false;
            }

            if (holder != leaving && zones[holder] == zones[member])
            {
                inZone++;
            }
        }

        return inZone < level;
    }

    private void Add(int segment, int member)
    {
        holders[(segment * copies) + held[segment]++] = member;
        load[member]++;
    }

    private void Remove(int segment, int member)
    {
        var own = holders.AsSpan(segment * copies, held[segment]);
        own[own.IndexOf(member)] = own[^1];
        held[segment]--;
        load[member]--;
    }

    private bool Complete(int wanted) => held.AsSpan().IndexOfAnyInRange(0, wanted - 1) < 0;
}
