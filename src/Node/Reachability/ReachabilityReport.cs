using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using FailureHistory.Core.Identity;

namespace FailureHistory.Node.Reachability;

/// <summary>
/// One event in the life of a member, as <c>akka.reachability</c> reports it (R3.4). Its observation id, <c>member/uid/kind</c> and from the
/// second one on <c>member/uid/kind-n</c>, follows from the event alone: whoever leads gives the same event the same id, so that it is stored
/// once (R2.4).
/// </summary>
/// <param name="Member">The member.</param>
/// <param name="Uid">Akka's uid of this life of it: another one after every start of its actor system.</param>
/// <param name="Kind"><c>join</c>, <c>failure</c>, <c>alive</c> or <c>leave</c>.</param>
/// <param name="Number">The how-manieth of its kind in this life: always 1 for a join and a leave; an alive has, as a rule, the number of the failure that it withdraws.</param>
internal readonly record struct ReachabilityReport(MemberId Member, int Uid, string Kind, int Number)
{
    public const string Join = "join";
    public const string Failure = "failure";
    public const string Alive = "alive";
    public const string Leave = "leave";

    /// <summary>The id of the observation.</summary>
    public string Id => string.Create(CultureInfo.InvariantCulture, $"{Member}/{Uid}/{Kind}{(Number == 1 ? string.Empty : $"-{Number}")}");

    /// <summary>Reads the id of an observation; false for one that is not of this form.</summary>
    public static bool TryParse([NotNullWhen(true)] string? id, out ReachabilityReport report)
    {
        report = default;
        if (id?.Split('/') is not [var member, var uid, var what]
            || !MemberId.TryParse(member, out var memberId)
            || !int.TryParse(uid, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var uidNumber))
        {
            return false;
        }

        var (kind, number) = (what, 1);
        if (what.Split('-') is [var before, var after])
        {
            if (!int.TryParse(after, NumberStyles.None, CultureInfo.InvariantCulture, out number) || number < 2)
            {
                return false;
            }

            kind = before;
        }

        if (kind is not (Join or Failure or Alive or Leave))
        {
            return false;
        }

        report = new ReachabilityReport(memberId, uidNumber, kind, number);
        return true;
    }

    /// <inheritdoc/>
    public override string ToString() => Id;
}
