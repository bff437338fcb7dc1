using FailureHistory.Core.Identity;
using FailureHistory.Core.Notifications;
using FailureHistory.Core.Time;

namespace FailureHistory.Node.Tests.Notifications;

/// <summary>Readings by hand.</summary>
internal static class Readings
{
    public static readonly CrossingRules Rules = new(TimeSpan.FromMinutes(1), TimeSpan.FromSeconds(10));

    /// <summary>A node whose P was these, a second apart from a second on; of the whole history.</summary>
    public static PresentSequence Of(string node, double second, params double?[] probabilities) =>
        new(NodeId.FromName(node), node, null, [.. probabilities.Select((p, i) => Present(node, second + i, p))], FromStart: true);

    public static Present Present(string node, double second, double? probability, double late = 0, string? observation = null) => new(
        MemberRig.Second(second), MemberRig.Second(second - late), probability, (ulong)HashCode.Combine(node, second), observation ?? $"o{second}", MemberRig.Second(second), "");

    public static Threshold Threshold(double above, double? below = null, double hold = 0) => new(above, below ?? above, TimeSpan.FromSeconds(hold));

    /// <summary>Names of nodes in one segment.</summary>
    public static IReadOnlyList<string> NamesIn(int segment, int count) =>
        [.. Enumerable.Range(0, int.MaxValue).Select(i => $"n{i}").Where(n => Core.Ring.Segments.Of(NodeId.FromName(n)) == segment).Take(count)];
}
