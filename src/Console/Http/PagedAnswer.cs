using System.Text.Json;
using System.Text.Json.Nodes;

namespace FailureHistory.Fhs.Http;

/// <summary>
/// Follows the cursors of a paged query and makes one answer of the pages, in the same shape: the items one after another, complete when
/// every page was, <c>next</c> as in the last.
/// </summary>
internal static class PagedAnswer
{
    /// <summary>The most items asked for at once.</summary>
    public const int PageSize = 1000;

    /// <summary>Asks for the pages until the end, or until there are <paramref name="limit"/> items.</summary>
    /// <param name="service">The service.</param>
    /// <param name="path">The path without its query.</param>
    /// <param name="query">The query without <c>limit</c> and <c>cursor</c>.</param>
    /// <param name="items">The member that holds a page's items.</param>
    /// <param name="limit">The most items wanted, or null for all.</param>
    /// <param name="cursor">Where to begin, or null.</param>
    /// <param name="cancel">Stops it.</param>
    /// <returns>A single page as it came; else the pages made one.</returns>
    public static async Task<Reply> ReadAsync(
        ServiceClient service, string path, QueryText query, string items, int? limit, string? cursor, CancellationToken cancel)
    {
        Reply? first = null;
        JsonObject? whole = null;
        var left = limit ?? int.MaxValue;
        while (true)
        {
            var page = query.Copy().Add("limit", Math.Min(left, PageSize)).Add("cursor", cursor);
            var reply = await service.GetAsync(path + page, cancel);
            var body = reply.Read<JsonObject>();
            left -= Items(body, items).Count;
            var next = (string?)body["next"];
            if (first is null && (next is null || left <= 0))
            {
                return reply;
            }

            first ??= reply;
            whole = whole is null ? body : Join(whole, body, items);
            if (next is null || left <= 0)
            {
                return first with { Body = whole.ToJsonString(Shapes.Json) };
            }

            // A cursor that leads to itself would be followed for ever.
            cursor = next != cursor ? next : throw new JsonException($"the cursor '{next}' leads to itself");
        }
    }

    private static JsonObject Join(JsonObject whole, JsonObject page, string items)
    {
        Move(Items(page, items), Items(whole, items));
        if (page["complete"] is JsonValue complete && !complete.GetValue<bool>())
        {
            whole["complete"] = false;
        }

        if (whole["incomplete"] is JsonArray incomplete && page["incomplete"] is JsonArray more)
        {
            var known = incomplete.Select(segment => (int)segment!).ToHashSet();
            whole["incomplete"] = new JsonArray([.. known.Union(more.Select(segment => (int)segment!)).Order().Select(segment => (JsonNode)segment)]);
        }

        whole["next"] = page["next"]?.DeepClone();
        return whole;
    }

    private static JsonArray Items(JsonObject body, string items) =>
        body[items] as JsonArray ?? throw new JsonException($"the answer has no array '{items}'");

    private static void Move(JsonArray from, JsonArray to)
    {
        var nodes = from.ToArray();
        from.Clear();
        foreach (var node in nodes)
        {
            to.Add(node);
        }
    }
}
