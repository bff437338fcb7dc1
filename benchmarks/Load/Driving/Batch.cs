using System.Buffers;
using System.Globalization;
using System.Text.Json;
using FailureHistory.Messages;

namespace FailureHistory.Load.Driving;

/// <summary>The observations of one report, in arrays that are used again.</summary>
internal sealed class Batch
{
    private static readonly JsonEncodedText Id = JsonEncodedText.Encode("id");
    private static readonly JsonEncodedText Node = JsonEncodedText.Encode("node");
    private static readonly JsonEncodedText Detector = JsonEncodedText.Encode("detector");
    private static readonly JsonEncodedText Kind = JsonEncodedText.Encode("kind");
    private static readonly JsonEncodedText Load = JsonEncodedText.Encode(Workload.Detector);
    private static readonly JsonEncodedText Failure = JsonEncodedText.Encode("failure");
    private static readonly JsonEncodedText Alive = JsonEncodedText.Encode("alive");

    private readonly ArrayBufferWriter<byte> json = new(256);
    private Utf8JsonWriter? writer;
    private string[] names = [];
    private ulong[] ids = [];
    private bool[] fails = [];

    public int Count { get; private set; }

    public int[] Nodes { get; private set; } = [];

    public void Begin(int count)
    {
        Count = count;
        if (Nodes.Length < count)
        {
            (Nodes, names, ids, fails) = (new int[count], new string[count], new ulong[count], new bool[count]);
        }
    }

    public void Set(int index, int node, string name, ulong id, bool isFailure) =>
        (Nodes[index], names[index], ids[index], fails[index]) = (node, name, id, isFailure);

    /// <summary>16 hex digits.</summary>
    public string IdText(int index) => ids[index].ToString("x16", CultureInfo.InvariantCulture);

    /// <summary>A row for SQLite, of the same content.</summary>
    public (string Node, string Id, string Kind) Row(int index) => (names[index], IdText(index), fails[index] ? "failure" : "alive");

    /// <summary>As the client takes it.</summary>
    public ReportedObservation[] ToReport()
    {
        var report = new ReportedObservation[Count];
        for (var i = 0; i < report.Length; i++)
        {
            report[i] = new ReportedObservation { Id = IdText(i), Node = names[i], Detector = Workload.Detector, Kind = fails[i] ? "failure" : "alive" };
        }

        return report;
    }

    /// <summary>As HTTP takes it; valid until the next batch.</summary>
    public ReadOnlyMemory<byte> ToJson()
    {
        json.ResetWrittenCount();
        writer ??= new Utf8JsonWriter(json, new JsonWriterOptions { SkipValidation = true });
        writer.Reset(json);
        writer.WriteStartArray();
        Span<byte> id = stackalloc byte[16];
        for (var i = 0; i < Count; i++)
        {
            ids[i].TryFormat(id, out _, "x16", CultureInfo.InvariantCulture);
            writer.WriteStartObject();
            writer.WriteString(Id, id);
            writer.WriteString(Node, names[i]);
            writer.WriteString(Detector, Load);
            writer.WriteString(Kind, fails[i] ? Failure : Alive);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.Flush();
        return json.WrittenMemory;
    }
}
