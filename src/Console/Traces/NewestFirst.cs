using FailureHistory.Core.Identity;
using FailureHistory.Core.Time;
using FailureHistory.Fhs.Http;

namespace FailureHistory.Fhs.Traces;

/// <summary>An observation to be restored, with what it is sorted by.</summary>
internal sealed record RestoredReport(NodeId Node, Stamp At, byte Kind, TraceReport Report)
{
    private static readonly string[] Kinds = ["failure", "alive", "join", "leave"];

    public static RestoredReport Of(TraceReport report)
    {
        var at = Stamp.TryParse(report.Report.At, out var read) ? read : throw new FormatException($"'{report.Report.At}' is no time");
        return new RestoredReport(NodeReference.Parse(report.Report.Node).Id, at, (byte)Array.IndexOf(Kinds, report.Report.Kind), report);
    }
}

/// <summary>
/// By node, and within a node the latest first, at one instant in the opposite of the order of R4.5: whatever was stored of a node by then, its
/// present side is the one it has in the end, so that a restore raises nothing on its way (R8.2).
/// </summary>
internal sealed class NewestFirst : IComparer<RestoredReport>
{
    public static NewestFirst Instance { get; } = new();

    public int Compare(RestoredReport? x, RestoredReport? y)
    {
        var order = x!.Node.CompareTo(y!.Node);
        order = order != 0 ? order : y.At.CompareTo(x.At);
        order = order != 0 ? order : y.Kind.CompareTo(x.Kind);
        return order != 0 ? order : x.Report.Line.CompareTo(y.Report.Line);
    }
}

/// <summary>Observations on disk, as the JSON that they are sent as.</summary>
internal sealed class RestoredSpill : ISpillFormat<RestoredReport>
{
    // Of the objects, their strings' heads and their place in the list.
    private const int Overhead = 600;

    public static RestoredSpill Instance { get; } = new();

    public int SizeOf(RestoredReport item) => Overhead + (2 * item.Report.Report.Length);

    public void Write(BinaryWriter target, RestoredReport item)
    {
        target.Write(item.Report.Line);
        target.Write(System.Text.Json.JsonSerializer.Serialize(item.Report.Report, Shapes.Json));
    }

    public RestoredReport Read(BinaryReader source)
    {
        var line = source.ReadInt64();
        return RestoredReport.Of(new TraceReport(line, System.Text.Json.JsonSerializer.Deserialize<ReportShape>(source.ReadString(), Shapes.Json)!));
    }
}
