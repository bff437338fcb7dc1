using FailureHistory.Core.Identity;
using FailureHistory.Core.Time;

namespace FailureHistory.Core.Replication;

/// <summary>
/// What was removed (R9.7, R10.1, R10.2): observations of a node received up to <see cref="UpTo"/>; all of them, or one machine's.
/// </summary>
/// <param name="Node">Whose history.</param>
/// <param name="Hardware">The machine, or null for all of the id's.</param>
/// <param name="Stints">When that machine held the id: observations without an address at such a time, begin inclusive, end exclusive, are its own.</param>
/// <param name="UpTo">What was received (<c>ReceivedAt</c>) at or before this is gone.</param>
public sealed record Tombstone(NodeId Node, HardwareAddress? Hardware, IReadOnlyList<(Stamp From, Stamp To)> Stints, Stamp UpTo);
