using FailureHistory.Core.History;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Replication;
using FailureHistory.Core.Time;

namespace FailureHistory.Core.Notifications;

/// <summary>
/// What was known of a node's present after one report more: its open period. The sequence of these, by the gate's time of the reports, is what a
/// subscriber who was there all the time has been told from (R8.2, R8.3).
/// </summary>
/// <param name="ReceivedAt">The gate's time of the report that made it the present; orders the sequence.</param>
/// <param name="From">When the open period began.</param>
/// <param name="Probability">P of the open period, or null for unknown (R5.2, R5.3).</param>
/// <param name="Opening">Names the first observation of the open period: the hash of node, detector and id.</param>
/// <param name="Observation">The id of that observation.</param>
/// <param name="OpenedAt">The gate's time of that observation.</param>
/// <param name="Incarnation">The hardware address of the machine that held the id, lower-cased; empty where none is known (R1.2).</param>
public sealed record Present(Stamp ReceivedAt, Stamp From, double? Probability, ulong Opening, string Observation, Stamp OpenedAt, string Incarnation)
{
    /// <summary>The same for the same open period with the same P, whichever copy it was read from and by whatever report it came about.</summary>
    public ulong Key { get; } = KeyOf(From, Probability, Opening);

    /// <summary>Names an observation as <see cref="Opening"/> does.</summary>
    public static ulong HashOf(Observation observation)
    {
        ArgumentNullException.ThrowIfNull(observation);
        var bytes = new CanonicalBytes();
        bytes.Id(observation.About);
        bytes.Text(observation.Detector);
        bytes.Text(observation.Id);
        return bytes.Hash();
    }

    private static ulong KeyOf(Stamp from, double? probability, ulong opening)
    {
        var bytes = new CanonicalBytes();
        bytes.Int64(from.Ticks);
        bytes.Byte(probability is null ? (byte)0 : (byte)1);
        bytes.Double(probability ?? 0);
        bytes.Int64(unchecked((long)opening));
        return bytes.Hash();
    }
}

/// <summary>A stretch of a node's <see cref="Present"/>s, oldest first.</summary>
/// <param name="Node">The node.</param>
/// <param name="Name">Its name as first spelt, or null.</param>
/// <param name="Hardware">The address of the machine that holds the id now, or null.</param>
/// <param name="Steps">The presents; never empty.</param>
/// <param name="FromStart">Whether the first is the first that there ever was.</param>
public sealed record PresentSequence(NodeId Node, string? Name, HardwareAddress? Hardware, IReadOnlyList<Present> Steps, bool FromStart)
{
    /// <summary>How many of <see cref="Reports"/> are kept, the newest.</summary>
    public const int MostReports = 64;

    /// <summary>Names (<see cref="Present.HashOf"/>) the reports whose effect it tells apart: who lacks one of them does not know what this tells.</summary>
    public IReadOnlyList<ulong> Reports { get; init; } = [];

    /// <summary>The present itself.</summary>
    public Present Last => Steps[^1];
}
