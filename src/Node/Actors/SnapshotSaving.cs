using Akka.Actor;
using Akka.Event;
using Akka.Persistence;
using FailureHistory.Core.Replication;
using FailureHistory.Messages.Wire;
using FailureHistory.Node.Member;

namespace FailureHistory.Node.Actors;

/// <summary>
/// The snapshots of one segment's copy, through the snapshot store's own messages. Encoding a large image takes tens of milliseconds: it happens beside the
/// actor, on a frozen image; one at a time, since an earlier one that is saved later would take the place of a newer. Belongs to the SegmentActor.
/// </summary>
internal sealed class SnapshotSaving(int segment, MemberContext context, IActorRef self, IActorRef owner)
{
    private readonly IActorRef store = Akka.Persistence.Persistence.Instance.Apply(context.System).SnapshotStoreFor(context.Plugins.Snapshots);
    private readonly string id = $"segment-{segment}@{context.Id}";
    private readonly ILoggingAdapter log = Logging.GetLogger(context.System, typeof(SegmentActor));
    private (long Offset, long Bytes) saving;
    private bool again;

    /// <summary>Whether one is being encoded or saved.</summary>
    public bool IsUnderWay { get; private set; }

    /// <summary>Asks for the latest; the store answers the actor.</summary>
    public void Load() => store.Tell(new LoadSnapshot(id, SnapshotSelectionCriteria.Latest, long.MaxValue), self);

    /// <summary>Saves as it is; the store answers the actor. Always under sequence number 0: each snapshot takes the place of the one before.</summary>
    public void Save(SegmentSnapshot snapshot) => store.Tell(new SaveSnapshot(new SnapshotMetadata(id, 0, context.Time.GetUtcNow().UtcDateTime), snapshot), self);

    /// <summary>Begins one, or notes that there is to be another after the one under way.</summary>
    /// <param name="freeze">The image.</param>
    /// <param name="offset">The row up to which it holds the log.</param>
    public void Take(Func<SegmentImage> freeze, long offset)
    {
        if (IsUnderWay)
        {
            again = true;
            return;
        }

        IsUnderWay = true;
        var image = freeze();
        Task.Run(() => SnapshotCodec.Encode(segment, offset, image)).PipeTo(self, success: s => new Encoded(s), failure: e => new EncodingFailed(e));
    }

    /// <summary>The image is encoded: it is saved.</summary>
    public void OnEncoded(Encoded encoded)
    {
        saving = (encoded.Snapshot.LogOffset, encoded.Snapshot.CalculateSize());
        Save(encoded.Snapshot);
    }

    /// <summary>It is saved. True when another one is wanted.</summary>
    public bool OnSaved() => Ended(new SnapshotTaken(segment, saving.Offset, saving.Bytes));

    /// <summary>It could not be encoded or saved. True when another one is wanted.</summary>
    public bool OnFailed(Exception cause, long offset)
    {
        log.Warning(cause, "the snapshot of segment {0} failed; the log is kept until one succeeds", segment);
        return Ended(new SnapshotTaken(segment, offset, null));
    }

    private bool Ended(SnapshotTaken taken)
    {
        owner.Tell(taken, self);
        IsUnderWay = false;
        (var wanted, again) = (again, false);
        return wanted;
    }

    /// <summary>The image as bytes.</summary>
    internal sealed record Encoded(SegmentSnapshot Snapshot) : ILocalMessage;

    /// <summary>Why there are none.</summary>
    internal sealed record EncodingFailed(Exception Cause) : ILocalMessage;
}
