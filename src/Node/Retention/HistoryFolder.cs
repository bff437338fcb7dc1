using Akka.Actor;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Replication;
using FailureHistory.Core.Retention;
using FailureHistory.Core.Ring;
using FailureHistory.Core.Time;
using FailureHistory.Node.Member;
using FailureHistory.Node.Queries;

namespace FailureHistory.Node.Retention;

/// <summary>
/// Folds one node (R10.3): where a majority of its replicas agrees on its contents, what is dropped goes to the archive first, where there is one, and then
/// the fold to a majority. Cut off in between, the archive holds what is still stored; archived twice it is restored once (R2.4).
/// </summary>
internal sealed class HistoryFolder(MemberContext context, IActorRef node)
{
    private readonly MachineGatherer gatherer = new(context);
    private readonly ReplicaAsk replicas = new(context);
    private readonly HistoryArchive? archive = context.Settings.Archive is { } folder ? new HistoryArchive(folder, context.Time) : null;

    /// <summary>Whether it is folded now; false where there was nothing to fold or the replicas differ for the moment.</summary>
    /// <exception cref="IOException">The archive can't be written: nothing is folded.</exception>
    public async Task<bool> Fold(NodeId id, Stamp until)
    {
        if (context.Ring is not { } ring)
        {
            return false;
        }

        var deadline = new Deadline(context.Time, context.Settings.QueryTimeout);
        if (await replicas.MajorityOfDigests(ring, id, deadline).ConfigureAwait(false) is not { Reading: MajorityReading.Agreed }
            || await gatherer.ReadMajority(id, ring, deadline).ConfigureAwait(false) is not { } source
            || Folding.Make(source, until, Replies.Options(context), context.Settings.FailedThreshold, FoldCandidates.QuietSince(context), FoldCandidates.Least) is not { } made
            || context.Ring?.Version != ring.Version
            || context.Now < context.HeldUntil)
        {
            return false; // for now; rows that are being restored since then may be of the same time
        }

        archive?.Append(Segments.Of(id), made.Dropped);
        var write = new WriteTombstones([]) { Folds = [made.Fold] };
        return await node.Ask<object>(write, context.Settings.GateTimeout + TimeSpan.FromSeconds(1)).ConfigureAwait(false) is TombstoneWritten { Durable: true };
    }
}
