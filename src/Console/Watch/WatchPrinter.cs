using System.Net.ServerSentEvents;
using System.Text.Json;
using System.Text.Json.Nodes;
using FailureHistory.Fhs.Http;
using FailureHistory.Fhs.Output;

namespace FailureHistory.Fhs.Watch;

/// <summary>
/// One line per event: for people the crossings, and beside them what they should know; for programs every event as a JSON object, in the order
/// in which it came.
/// </summary>
internal sealed class WatchPrinter(Screen screen, bool json)
{
    public const string Crossing = "crossing";
    private const string Synced = "synced";
    private const string Gap = "gap";

    private string? lastSaid;

    /// <summary>A connection is there.</summary>
    public void Connected(Uri member, bool again)
    {
        lastSaid = null;
        if (again)
        {
            Say("connected", $"connected again, to {member}");
        }
    }

    /// <summary>A connection has ended, or none could be had; said once for each reason.</summary>
    public void Lost(string why, string? lastId)
    {
        if (lastSaid != why)
        {
            lastSaid = why;
            Say("disconnected", $"{why}; trying again from {(lastId is null ? "the beginning" : $"id {lastId}")}");
        }
    }

    /// <summary>Prints an event; those that are not known yet are for programs alone.</summary>
    /// <exception cref="JsonException">Its data is no object, or lacks something.</exception>
    public void Print(SseItem<string> item)
    {
        if (json)
        {
            screen.Json(Line(item));
            return;
        }

        switch (item.EventType)
        {
            case Crossing:
                Show(Read<CrossingShape>(item));
                break;
            case Synced:
                screen.Note("the present is told; from now on each crossing");
                break;
            case Gap:
                var gap = Read<GapShape>(item);
                screen.Note($"gap: crossings may be missing: {gap.Reason}; {(gap.Ended ? "subscribing anew" : "the present follows")}");
                break;
            default:
                break;
        }
    }

    // "gpu-7 up" would read as if the node were up.
    private void Show(CrossingShape crossing) => screen.Line(
        $"{Wording.Time(crossing.At)}Z {Screen.NameOf(crossing.Node)}: P {crossing.Direction} to {Wording.Probability(crossing.Probability)} (observation {crossing.Observation})",
        Screen.StyleOf(crossing.Direction == "up" ? "failed" : "up"));

    private static string Line(SseItem<string> item)
    {
        var line = new JsonObject { ["event"] = item.EventType, ["cursor"] = item.EventId };
        foreach (var (name, value) in Read<JsonObject>(item))
        {
            line.TryAdd(name, value?.DeepClone());
        }

        return line.ToJsonString(Shapes.Json);
    }

    private static T Read<T>(SseItem<string> item) => JsonSerializer.Deserialize<T>(item.Data, Shapes.Json) ?? throw new JsonException($"event {item.EventType} has no data");

    private void Say(string what, string detail)
    {
        if (json)
        {
            screen.NoteJson(new JsonObject { ["event"] = what, ["detail"] = detail }.ToJsonString(Shapes.Json));
        }
        else
        {
            screen.Note($"fhs: {detail}");
        }
    }
}
