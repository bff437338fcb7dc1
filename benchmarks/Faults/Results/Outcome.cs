namespace FailureHistory.Faults.Results;

/// <summary>What one scenario showed.</summary>
/// <param name="Name">Its name on the command line.</param>
/// <param name="What">What was done, in words.</param>
/// <param name="Members">On how many members.</param>
/// <param name="MajorityLives">Whether a majority of every replica set (of those written to) lived all the time; if not, requests are expected to fail for as long.</param>
/// <param name="Seconds">From the fault to the end.</param>
/// <param name="Acknowledged">Observations that were acknowledged.</param>
/// <param name="Lost">Those of them that a majority read lacks at some member. Must be 0.</param>
/// <param name="Wrong">Answers that must not be, such as a majority read that misses what was acknowledged before. Must be empty.</param>
/// <param name="Writes">Batches acknowledged.</param>
/// <param name="Reads">Reads answered.</param>
/// <param name="FailedWrites">Batches that no member acknowledged within the deadline.</param>
/// <param name="FailedReads">Reads that no member answered within the deadline.</param>
/// <param name="Failures">Why, the first few.</param>
/// <param name="Usual">The longest times between two successes before the fault.</param>
/// <param name="Gaps">… and from the fault to the end.</param>
/// <param name="Loops">The same for every loop.</param>
/// <param name="WholeAfterSeconds">From the last thing done, or from when the ring changed where nothing was, to every segment having all its copies serving.</param>
/// <param name="Checks">What else was expected.</param>
internal sealed record Outcome(
    string Name, string What, int Members, bool MajorityLives, double Seconds, long Acknowledged, long Lost, IReadOnlyList<string> Wrong, int Writes, int Reads, int FailedWrites, int FailedReads,
    IReadOnlyList<string> Failures, Gaps Usual, Gaps Gaps, IReadOnlyList<LoopGap> Loops, double? WholeAfterSeconds, IReadOnlyList<Check> Checks)
{
    /// <summary>One that did not come to its end.</summary>
    public static Outcome BrokenOff(Scenario scenario, string why)
    {
        var none = new Gaps(null, null, null, null, null, null, null);
        return new Outcome(scenario.Name, scenario.What, scenario.On.Members, scenario.MajorityLives, 0, 0, 0, [], 0, 0, 0, 0, [], none, none, [], null, [new Check("the scenario comes to its end", false, why)]);
    }

    public bool IsGood => Lost == 0 && Wrong.Count == 0 && Checks.All(c => c.Holds) && (!MajorityLives || FailedWrites + FailedReads == 0);
}

/// <summary>The longest times in milliseconds in which one loop succeeded in nothing, by what it did and by which way; null where nobody did that.</summary>
internal sealed record Gaps(double? ClientWrite, double? HttpWrite, double? RoamingWrite, double? ClientRead, double? HttpRead, double? ClientMajority, double? HttpMajority);

/// <summary>The longest gap of one loop, and how many seconds after the fault it began.</summary>
internal sealed record LoopGap(string Loop, double Milliseconds, double AtSeconds);

/// <summary>Something that was expected, and what was seen.</summary>
internal sealed record Check(string Expected, bool Holds, string Seen);
