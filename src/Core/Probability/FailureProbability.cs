namespace FailureHistory.Core.Probability;

/// <summary>The probability that a node has failed (§4.1, R5.1–R5.3): what share of all the accuracy that watches it suspects it.</summary>
public static class FailureProbability
{
    /// <summary>
    /// <c>P = suspecting / max(watching, suspecting)</c>. The maximum matters in histories alone: there the sum of those that watch was
    /// stored when the period was opened, and a suspicion may stem from a detector that has since been taken out of it.
    /// </summary>
    /// <param name="suspecting">Σ D·R: the accuracies of those that suspect the node, summed; at least 0.</param>
    /// <param name="watching">Σ D: the accuracies of all that watch it, summed; at least 0.</param>
    /// <returns>P in [0, 1]; null, for unknown, where both sums are 0 (R5.2).</returns>
    public static double? Of(double suspecting, double watching)
    {
        var all = Math.Max(watching, suspecting);
        return all > 0 ? suspecting / all : null;
    }
}
