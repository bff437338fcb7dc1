using System.Globalization;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Ring;
using FailureHistory.Node.Configuration;

namespace FailureHistory.Node.Ring;

/// <summary>What a member tells of itself by its Akka roles (DESIGN D13): they are known to all as soon as it joins.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Zone">Its failure domain, or empty.</param>
/// <param name="ReplicationFactor">The k it is configured with.</param>
/// <param name="SegmentCount">Its number of segments.</param>
/// <param name="Http">Where it serves HTTP, or null.</param>
/// <param name="Ring">The cluster id of the ring in its data folder when it started, where it says so (in an application's cluster), or empty.</param>
/// <param name="IsSeed">Whether it only votes and is a contact point.</param>
internal sealed record MemberRoles(MemberId? Id, string Zone, int ReplicationFactor, int SegmentCount, string? Http, string Ring, bool IsSeed)
{
    public const string Member = "fh-member";
    public const string Seed = "fh-seed";

    public static IReadOnlyList<string> For(MemberId id, NodeSettings settings, bool seed)
    {
        List<string> roles = [seed ? Seed : Member, $"fh-id-{id}"];
        if (!seed)
        {
            roles.Add($"fh-k-{settings.ReplicationFactor}");
            roles.Add($"fh-segments-{Segments.Count}");
        }

        if (settings.Zone.Length > 0)
        {
            roles.Add($"fh-zone-{settings.Zone}");
        }

        if (settings.Http is { } http)
        {
            roles.Add($"fh-http-{http.GetLeftPart(UriPartial.Authority)}");
        }

        return roles;
    }

    public static MemberRoles Of(Akka.Cluster.Member member)
    {
        string? Value(string prefix) => member.Roles.FirstOrDefault(r => r.StartsWith(prefix, StringComparison.Ordinal))?[prefix.Length..];
        int Number(string prefix) => int.TryParse(Value(prefix), NumberStyles.None, CultureInfo.InvariantCulture, out var n) ? n : 0;
        return new MemberRoles(
            MemberId.TryParse(Value("fh-id-"), out var id) ? id : null,
            Value("fh-zone-") ?? string.Empty,
            Number("fh-k-"),
            Number("fh-segments-"),
            Value("fh-http-"),
            Value("fh-ring-") ?? string.Empty,
            member.HasRole(Seed));
    }
}
