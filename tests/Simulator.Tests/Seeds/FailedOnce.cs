using Xunit;

namespace FailureHistory.Simulator.Tests.Seeds;

/// <summary>Runs that found something wrong in the product, each with what it found. They stay, and must hold.</summary>
internal static class FailedOnce
{
    public static TheoryData<ulong, int, int, string> Seeds { get; } = new()
    {
        { 116, 5, 5000, "a majority of copies that stood still through a change of the ring answered for the version before (RingConfirmation)" },
        { 81, 7, 12_000, "a member was taken out whose disk alone held a report, while another replica had lost its log (RingSafety)" },
        { 40, 7, 12_000, "the ring changed before the copies of the version before counted (RingSafety)" },
        { 2, 5, 30_000, "a repeat went although its successor was younger than settle, and a report came between them (RepeatRuns)" },
    };
}
