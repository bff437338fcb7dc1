using Akka.Actor;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Retention;
using FailureHistory.Core.Time;
using FailureHistory.Messages;
using FailureHistory.Node.Ingest;
using FailureHistory.Node.Member;

namespace FailureHistory.Node.Queries;

/// <summary>
/// Pins a node, or ends its pin (R10.1): a record beside the node's history, to a majority of its replicas. The node must be known; its pin ends
/// though nothing may be known of it any more.
/// </summary>
internal sealed class NodePinner(MemberContext context, IActorRef node)
{
    private const string Nobody = "-";

    private readonly MachineGatherer gatherer = new(context);

    public Task<object> Pin(PinNode request)
    {
        if (request.Reason is not { Length: > 0 and <= Core.Retention.Pin.MaxReason } reason || string.IsNullOrWhiteSpace(reason))
        {
            return Task.FromResult<object>(new InvalidRequest("reason", $"expected a text of 1 to {Core.Retention.Pin.MaxReason} characters; came {Length(request.Reason)}"));
        }

        if (!reason.IsNormalizedUtf16())
        {
            return Task.FromResult<object>(new InvalidRequest("reason", "reason has a broken surrogate pair; expected well-formed text"));
        }

        return Change(request.Node, request.By, (gathered, asked) => gathered.Machine is { } machine ? [asked.Address is null ? asked.Id : machine.Node] : [], reason);
    }

    public Task<object> Unpin(UnpinNode request) => Change(request.Node, request.By, Pinned, null);

    // A machine is pinned by the pin of any id that it went under: all of them end.
    private static IReadOnlyList<NodeId> Pinned(Gathered gathered, NodeReference asked)
    {
        var ids = gathered.Machine?.Incarnations.Select(i => i.Id) ?? [];
        return [.. (asked.Address is null ? ids.Prepend(asked.Id) : ids).Distinct().Where(id => gathered.Machine is not null || gathered.Sources.GetValueOrDefault(id)?.Pin is { IsPinned: true })];
    }

    private async Task<object> Change(string text, string? by, Func<Gathered, NodeReference, IReadOnlyList<NodeId>> choose, string? reason)
    {
        if (by is not null && Printable.Fault("by", by) is { } fault)
        {
            return new InvalidRequest("by", fault);
        }

        NodeReference asked;
        try
        {
            asked = NodeReference.Parse(text);
        }
        catch (FormatException e)
        {
            return new InvalidRequest("node", e.Message);
        }

        if (context.Ring is not { } ring)
        {
            return new TryAgain("the ring in force is not known yet", TimeSpan.FromSeconds(1));
        }

        var deadline = new Deadline(context.Time, context.Settings.QueryTimeout);
        var gathered = await gatherer.Gather(asked, Consistency.Majority, ring, asOfNow: false, deadline).ConfigureAwait(false);
        if (gathered.Fault is { } unreachable)
        {
            return new TryAgain(unreachable, TimeSpan.FromSeconds(1));
        }

        if (choose(gathered, asked) is not { Count: > 0 } ids)
        {
            return new NodeNotFound(text, context.Name);
        }

        var pins = ids
            .Where(id => reason is not null || gathered.Sources.GetValueOrDefault(id)?.Pin is { IsPinned: true })
            .Select(id => Next(gathered, id, reason, by ?? Nobody, context.Now))
            .ToList();
        if (pins.Count > 0)
        {
            var reply = await node.Ask<object>(new WriteTombstones([], pins), context.Settings.GateTimeout + TimeSpan.FromSeconds(1)).ConfigureAwait(false);
            if (reply is not TombstoneWritten { Durable: true })
            {
                return reply as TryAgain ?? new TryAgain("no majority of the node's replicas holds the change; send it again", TimeSpan.FromSeconds(1));
            }
        }

        return new PinChanged(Ref(gathered, ids[0]), pins.Count > 0 ? Replies.Pin(pins[0]) : null);
    }

    /// <summary>The record that takes the place of what is known: later than it, whatever this member's clock says.</summary>
    /// <param name="gathered">What is known.</param>
    /// <param name="id">The node.</param>
    /// <param name="reason">Why it is pinned; null for the end of the pin.</param>
    /// <param name="by">Who.</param>
    /// <param name="now">The hybrid clock.</param>
    public static Pin Next(Gathered gathered, NodeId id, string? reason, string by, Stamp now)
    {
        var after = gathered.Sources.GetValueOrDefault(id)?.Pin is { } known ? new Stamp(known.At.Ticks + 1) : Stamp.Zero;
        return new Pin(id, after > now ? after : now, reason is not null, reason ?? string.Empty, by);
    }

    private static NodeRef Ref(Gathered gathered, NodeId id) => gathered.Machine switch
    {
        null => new NodeRef(id.ToString(), null, null),
        { } machine when machine.Node == id => Replies.Ref(machine),
        { } machine => new NodeRef(id.ToString(), machine.Incarnations.FirstOrDefault(i => i.Id == id)?.Name, machine.Hardware?.Text),
    };

    private static string Length(string? text) => text is null ? "none" : string.IsNullOrWhiteSpace(text) ? "a blank one" : $"one of {text.Length}";
}
