namespace FailureHistory.Messages;

/// <summary>Asks who is in the Akka cluster. Answered by <see cref="ClusterInfo"/>.</summary>
public sealed record GetCluster;

/// <summary>A member of the Akka cluster.</summary>
/// <param name="Id">32 hex digits; for a seed its own id too.</param>
/// <param name="Name"><c>host:port</c>.</param>
/// <param name="Address">Its Akka address.</param>
/// <param name="Http">Where it serves HTTP, or null.</param>
/// <param name="Zone">Its failure domain, or empty.</param>
/// <param name="Status"><c>joining</c>, <c>up</c>, <c>leaving</c>, <c>exiting</c>, <c>down</c>, <c>unreachable</c>, or <c>missing</c> for one that is only in the ring.</param>
/// <param name="InRing">Whether it is in the ring in force.</param>
public sealed record ClusterMemberInfo(string Id, string Name, string Address, string? Http, string Zone, string Status, bool InRing);

/// <summary>The cluster as the answering member sees it.</summary>
public sealed record ClusterInfo(string? ClusterId, IReadOnlyList<ClusterMemberInfo> Members);

/// <summary>Asks for the ring in force and its placement. Answered by <see cref="RingInfo"/> or <see cref="TryAgain"/>.</summary>
public sealed record GetRing;

/// <summary>A member of the ring.</summary>
/// <param name="Id">32 hex digits.</param>
/// <param name="Name"><c>host:port</c> when it entered.</param>
/// <param name="Zone">Its failure domain, or empty.</param>
/// <param name="Copies">How many copies of segments the placement gives it.</param>
public sealed record RingMemberInfo(string Id, string Name, string Zone, int Copies);

/// <summary>Where the copies of a segment are.</summary>
/// <param name="Segment">0 to 255.</param>
/// <param name="Members">The replica set, nearest first.</param>
/// <param name="Serving">Those of it that answer queries, as the answering member knows.</param>
public sealed record RingSegmentInfo(int Segment, IReadOnlyList<string> Members, IReadOnlyList<string> Serving);

/// <summary>The ring in force.</summary>
public sealed record RingInfo(
    string ClusterId, long Version, int ReplicationFactor, IReadOnlyList<RingMemberInfo> Members, IReadOnlyList<RingSegmentInfo> Segments);

/// <summary>Takes a member that will not come back out of the ring (R9.2, R9.9). Answered by <see cref="RingChanged"/>, <see cref="InvalidRequest"/> or <see cref="TryAgain"/>.</summary>
public sealed record RemoveRingMember(string Id);

/// <summary>The new version of the ring is in force.</summary>
public sealed record RingChanged(long Version);

/// <summary>Asks whether the member is ready (R9.11). Answered by <see cref="Readiness"/>.</summary>
public sealed record GetReadiness;

/// <summary>Whether the member is up, in the ring in force, serves every segment of its own and has a majority of each.</summary>
/// <param name="Ready">True: 200; false: 503.</param>
/// <param name="Status"><c>ready</c>, <c>starting</c>, <c>joining</c>, <c>recovering</c>, <c>fetching</c>, <c>no-majority</c>, <c>read-only</c> or <c>stopping</c>.</param>
/// <param name="RingVersion">The ring version in force, or 0.</param>
/// <param name="WaitsFor">What is missing, in words that tell an operator what to do.</param>
public sealed record Readiness(bool Ready, string Status, long RingVersion, IReadOnlyList<string> WaitsFor);
