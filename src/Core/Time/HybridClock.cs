namespace FailureHistory.Core.Time;

/// <summary>
/// A hybrid logical clock (R2.3): stamps that follow the wall clock and yet are strictly increasing at a gate, through clock steps and
/// restarts, and never below the highest stamp seen from any other member.
/// </summary>
/// <remarks>
/// After Kulkarni et al., "Logical Physical Clocks" (2014), with the logical part folded into the 100 ns ticks. Stamps may only be given
/// below <see cref="ReservedUntil"/>; whoever owns the clock keeps that bound on disk first and starts from it again. Thread-safe.
/// </remarks>
public sealed class HybridClock
{
    private readonly Lock gate = new();
    private long last;
    private long reserved;

    /// <summary>A clock that has given no stamp above <paramref name="reservedUntil"/>, the bound kept on disk by its last life.</summary>
    public HybridClock(Stamp reservedUntil)
    {
        last = reservedUntil.Ticks;
        reserved = reservedUntil.Ticks;
    }

    /// <summary>Stamps up to this bound may be given.</summary>
    public Stamp ReservedUntil
    {
        get
        {
            lock (gate)
            {
                return new Stamp(reserved);
            }
        }
    }

    /// <summary>Says that the bound is durable: stamps up to it may now be given.</summary>
    public void Reserve(Stamp until)
    {
        lock (gate)
        {
            reserved = Math.Max(reserved, until.Ticks);
        }
    }

    /// <summary>Takes in a stamp of another member, so that no later stamp of ours is below it.</summary>
    public void Observe(Stamp seen)
    {
        lock (gate)
        {
            last = Math.Max(last, seen.Ticks);
        }
    }

    /// <summary>The present: the wall clock, or the highest stamp given or seen when that is later.</summary>
    public Stamp Now(Stamp wall)
    {
        lock (gate)
        {
            return new Stamp(Math.Max(last, wall.Ticks));
        }
    }

    /// <summary>
    /// Gives <paramref name="count"/> consecutive stamps, the first of which is returned; false when the reservation does not reach:
    /// reserve at least up to <paramref name="needed"/> first.
    /// </summary>
    public bool TryNext(Stamp wall, int count, out Stamp first, out Stamp needed)
    {
        lock (gate)
        {
            first = new Stamp(Math.Max(wall.Ticks, last + 1));
            needed = new Stamp(first.Ticks + count - 1);
            if (needed.Ticks > reserved)
            {
                return false;
            }

            last = needed.Ticks;
            return true;
        }
    }
}
