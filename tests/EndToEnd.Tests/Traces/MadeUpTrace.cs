using System.Globalization;

namespace FailureHistory.EndToEnd.Tests;

/// <summary>Makes large traces of the Failure Trace Archive up: nodes that go down and come up again, the rows shuffled over the whole file.</summary>
internal static class MadeUpTrace
{
    private const int SpansOfNode = 100;
    private const int Begin = 1_000_000_000;

    /// <summary>Writes so many rows: of each node in turns an outage and an available span, one touching the next.</summary>
    public static void Write(string path, int rows, int seed)
    {
        var order = new int[rows];
        for (var i = 0; i < rows; i++)
        {
            order[i] = i;
        }

        new Random(seed).Shuffle(order);
        using var text = new StreamWriter(path);
        text.Write("# event_id component_id node_id platform_id node_name event_type event_start_time event_stop_time event_end_reason\n");
        foreach (var row in order)
        {
            var (node, span) = (row / SpansOfNode, row % SpansOfNode);
            var from = Begin + (span * 10_000) + (node % 1000);
            text.Write(string.Create(
                CultureInfo.InvariantCulture,
                $"{span,5}\t    0\t{node,5}\t    1\t{"n" + node,20}\t{span % 2,10}\t{from,13}\t{from + 10_000,13}\t{(span % 2 == 1 ? "1019" : "NULL"),10}\n"));
        }
    }
}
