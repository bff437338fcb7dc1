using FailureHistory.Core.Identity;
using FailureHistory.Core.Notifications;
using FailureHistory.Messages.Wire;

namespace FailureHistory.Node.Notifications;

/// <summary>What this member raised, numbered from 1, kept a while for those who missed it (R8.3).</summary>
/// <param name="self">This member.</param>
/// <param name="epoch">Tells this start from earlier ones, whose numbers mean nothing any more.</param>
internal sealed class NoticeLog(MemberId self, long epoch)
{
    /// <summary>The most bytes of one message; the serializer's limit is 64 kB.</summary>
    public const int BatchBytes = 40_000;

    private const long MostBytes = 16 * 1024 * 1024;

    private readonly Queue<(NoticeBatch Batch, int Bytes)> kept = new();
    private long bytes;

    public long Epoch => epoch;

    public long Sequence { get; private set; }

    /// <summary>Numbers what is raised now: as few batches as fit messages.</summary>
    public IReadOnlyList<NoticeBatch> Add(IReadOnlyList<PresentSequence> readings)
    {
        var batches = new List<NoticeBatch>();
        var size = 0;
        foreach (var notice in readings.Select(r => NoticeWire.Trimmed(r).ToWire()))
        {
            var add = notice.CalculateSize();
            if (batches.Count == 0 || size + add > BatchBytes)
            {
                batches.Add(new NoticeBatch { Raiser = WireIds.Bytes(self), Epoch = epoch, Sequence = ++Sequence });
                size = 0;
            }

            batches[^1].Notices.Add(notice);
            size += add;
        }

        foreach (var batch in batches)
        {
            Keep(batch);
        }

        return batches;
    }

    /// <summary>The answer to one who has all up to a number of an epoch.</summary>
    public NoticesKept After(NoticeCheck check)
    {
        var reply = new NoticesKept { Raiser = WireIds.Bytes(self), Epoch = epoch, Sequence = Sequence };
        if (check.Epoch != epoch || check.Sequence >= Sequence)
        {
            return reply;
        }

        reply.Lost = kept.Count == 0 || kept.Peek().Batch.Sequence > check.Sequence + 1;
        var size = 0;
        foreach (var (batch, length) in kept)
        {
            if (batch.Sequence <= check.Sequence)
            {
                continue;
            }

            size += length;
            if (size > BatchBytes && reply.Missing.Count > 0)
            {
                break;
            }

            reply.Missing.Add(batch);
        }

        return reply;
    }

    private void Keep(NoticeBatch batch)
    {
        var size = batch.CalculateSize();
        kept.Enqueue((batch, size));
        bytes += size;
        while (bytes > MostBytes && kept.Count > 1)
        {
            bytes -= kept.Dequeue().Bytes;
        }
    }
}
