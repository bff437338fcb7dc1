using FailureHistory.Core.Identity;
using FailureHistory.Simulator.Members;

namespace FailureHistory.Simulator.Checks;

/// <summary>What was asked of members, and what came of it.</summary>
internal sealed class Attempts(World world)
{
    private int asked;
    private int answered;

    /// <summary>Requests that had to succeed, all of them, and those that did.</summary>
    public (int Asked, int Answered) Fair => (asked, answered);

    /// <summary>What was asked after everything had healed, and is not answered yet.</summary>
    public SortedSet<string> Open { get; } = new(StringComparer.Ordinal);

    /// <summary>
    /// A request for a segment has ended, or its time is over. It counts where the member that was asked, and a majority of the segment's replicas, were up
    /// and reached one another and a majority of the ring, when it was asked and now.
    /// </summary>
    public void Ended(bool couldAnswerThen, SimMember asked, int segment, bool succeeded)
    {
        if (couldAnswerThen && CouldAnswer(asked, segment))
        {
            this.asked++;
            answered += succeeded ? 1 : 0;
        }
    }

    /// <summary>Whether a majority of a segment's replicas is alive, and in reach of a member that is in the ring.</summary>
    public bool CouldAnswer(SimMember at, int segment)
    {
        var ring = world.LatestRing;
        bool Reached(MemberId member) => world.ById[member] is { Runs: true } other && Connected(at.Place, other.Place);
        return at.Runs
            && ring.Record.Contains(at.Id)
            && ring.Record.Members.Count(m => Reached(m.Id)) > ring.Record.Members.Count / 2
            && ring.Placement.Replicas(segment).Count(Reached) >= ring.Placement.Majority(segment);
    }

    private bool Connected(int one, int other) => world.Network.CutSince(one, other) is null && world.Network.CutSince(other, one) is null;
}

/// <summary>While a majority of the replicas is alive most requests are answered, first time: a cluster that tells nobody anything keeps no promise.</summary>
internal sealed class MostRequestsAreAnswered(World world, Ledger ledger) : Invariant(world, ledger)
{
    /// <summary>So many at least make a share worth looking at.</summary>
    private const int Enough = 40;

    /// <summary>The least share that is answered; see docs/SIMULATION.md for what is usual.</summary>
    private const double Share = 0.6;

    public override string Rule => "R2.7, R6.5, R9.9";

    public override void AtEnd()
    {
        var (asked, answered) = World.Checks.Attempts.Fair;
        if (asked >= Enough && answered < Share * asked)
        {
            Fail($"of {asked} requests made while a majority of the replicas was alive {answered} were answered; expected {Share:0 %} at least");
        }
    }
}

/// <summary>Once faults stop, every member acknowledges a report, and answers a read with majority, of every segment.</summary>
internal sealed class EverybodyAnswersInTheEnd(World world, Ledger ledger) : Invariant(world, ledger)
{
    public override string Rule => "R2.7, R6.5, R9.9";

    public override void AtEnd()
    {
        var open = World.Checks.Attempts.Open;
        if (open.Count > 0)
        {
            Fail($"everything has healed, and {open.Count} requests were not answered: {string.Join("; ", open.Take(8))}");
        }
    }
}
