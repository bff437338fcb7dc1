using System.Diagnostics.CodeAnalysis;
using FailureHistory.Core.History;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Replication;
using FailureHistory.Core.Ring;
using FailureHistory.Core.Time;
using FailureHistory.Simulator.Members;

namespace FailureHistory.Simulator.Checks;

/// <summary>A promise was broken.</summary>
internal sealed class ViolationException(Invariant broken, string detail) : Exception($"{broken.Name} ({broken.Rule}): {detail}")
{
    public Invariant Broken => broken;
}

/// <summary>What a reader saw.</summary>
/// <param name="Node">Of which node.</param>
/// <param name="Majority">With which consistency.</param>
/// <param name="AskedAt">When it asked.</param>
/// <param name="Observations">What was stored, as it was told; empty for not found.</param>
internal sealed record ReadSeen(NodeId Node, bool Majority, TimeSpan AskedAt, IReadOnlyList<Observation> Observations);

/// <summary>One promise of the specification, watched during a run. It sees more than any member: the ledger, and every disk.</summary>
internal abstract class Invariant(World world, Ledger ledger)
{
    public abstract string Rule { get; }

    public string Name => GetType().Name;

    protected World World => world;

    protected Ledger Ledger => ledger;

    /// <summary>A gate has given stamps.</summary>
    public virtual void Stamped(SimMember gate, IReadOnlyList<Observation> observations)
    {
    }

    /// <summary>A reporter was told that this is recorded.</summary>
    public virtual void Acknowledged(ObservationKey key)
    {
    }

    /// <summary>A copy answered a query of others.</summary>
    public virtual void Answered(SimMember member, int segment, bool complete)
    {
    }

    /// <summary>A copy fetches still: told at every tick of its member.</summary>
    public virtual void Fetching(SimMember member, int segment)
    {
    }

    /// <summary>A copy said, with an answer, that it counts.</summary>
    public virtual void SaidToCount(SimMember member, int segment)
    {
    }

    /// <summary>A member is about to delete a copy that the ring gives to others.</summary>
    public virtual void Deleting(SimMember member, SimCopy copy, RingView ring)
    {
    }

    /// <summary>A copy dropped repeats of a node.</summary>
    public virtual void Compacted(SimMember member, List<Observation> before, List<Observation> after, Stamp horizon)
    {
    }

    /// <summary>A reader was answered.</summary>
    public virtual void Read(ReadSeen read)
    {
    }

    /// <summary>A member took a version of the ring for the one in force.</summary>
    public virtual void InForce(SimMember member, RingRecord record)
    {
    }

    /// <summary>After every step.</summary>
    public virtual void AfterStep()
    {
    }

    /// <summary>The faults have stopped and everything had time to heal.</summary>
    public virtual void AtEnd()
    {
    }

    [DoesNotReturn]
    protected void Fail(string detail) => throw new ViolationException(this, detail);

    protected static string Show(Observation o) => $"{o.Id} ({o.Kind} by {o.Detector}, stamp {o.ReceivedAt.Ticks})";
}
