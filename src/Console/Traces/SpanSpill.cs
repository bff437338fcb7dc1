using FailureHistory.Core.Time;

namespace FailureHistory.Fhs.Traces;

/// <summary>Spans on disk.</summary>
internal sealed class SpanSpill : ISpillFormat<TraceSpan>
{
    // Of the object, its strings' heads and its place in the list.
    private const int Overhead = 160;

    public static SpanSpill Instance { get; } = new();

    public int SizeOf(TraceSpan item) => Overhead + (2 * (item.Node.Length + (item.Reason?.Length ?? 0)));

    public void Write(BinaryWriter target, TraceSpan item)
    {
        target.Write(item.Node);
        target.Write(item.From.Ticks);
        target.Write(item.To.Ticks);
        target.Write(item.Line);
        target.Write(item.Down);
        target.Write(item.Reason is not null);
        if (item.Reason is not null)
        {
            target.Write(item.Reason);
        }
    }

    public TraceSpan Read(BinaryReader source)
    {
        var (node, from, to, line, down) = (source.ReadString(), source.ReadInt64(), source.ReadInt64(), source.ReadInt64(), source.ReadBoolean());
        return new TraceSpan(node, new Stamp(from), new Stamp(to), source.ReadBoolean() ? source.ReadString() : null, line, down);
    }
}
