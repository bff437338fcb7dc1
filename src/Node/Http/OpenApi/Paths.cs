using System.Text.Json.Nodes;
using static FailureHistory.Node.Http.OpenApi.Schema;

namespace FailureHistory.Node.Http.OpenApi;

/// <summary>What can be asked for, where, and with which parameters.</summary>
internal static class Paths
{
    private const string NodeReference = "The node's id (32 hex digits), its name, or hw: and a hardware address.";

    public static JsonObject Build() => new()
    {
        ["/v1/observations"] = new JsonObject { ["post"] = Report() },
        ["/v1/nodes"] = new JsonObject { ["get"] = ListNodes() },
        ["/v1/nodes/{node}"] = new JsonObject { ["delete"] = RemoveHistory() },
        ["/v1/nodes/{node}/state"] = new JsonObject
        {
            ["get"] = OfNode("getState", "Which detectors suspect a node now, and how likely is it that it has failed?", "NodeState", Consistency()),
        },
        ["/v1/nodes/{node}/reliability"] = new JsonObject
        {
            ["get"] = OfNode(
                "getReliability", "How reliable a node was lately.", "NodeReliability",
                Query("duration", Duration(), "How long the node is to stay up, above 0. Checked, and without effect as long as no chance of survival is told."),
                Query("window", Duration(), "How far back from now, above 0. Default 365d."), Consistency()),
        },
        ["/v1/nodes/{node}/pin"] = new JsonObject
        {
            ["put"] = PinNode(),
            ["delete"] = OfNode("unpinNode", "Ends the pin of a node.", "PinChanged", Query("by", Text(256), "Who asks; default its address.")),
        },
        ["/v1/nodes/{node}/history"] = new JsonObject
        {
            ["get"] = OfNode("getHistory", "The periods of a node, newest last.", "NodeHistory", [.. Span(), .. Page(1000), Consistency()]),
        },
        ["/v1/nodes/{node}/observations"] = new JsonObject
        {
            ["get"] = OfNode("getObservations", "The raw observations of a node, newest last.", "NodeObservations", [.. Span(), .. Page(1000), Consistency(), Stored()]),
        },
        ["/v1/detectors"] = new JsonObject { ["get"] = Simple("getDetectors", "All detectors, sorted by id.", "DetectorList", Retry()) },
        ["/v1/detectors/{id}"] = new JsonObject
        {
            ["get"] = OfDetector("getDetector", "One detector.", "Detector"),
            ["put"] = RegisterDetector(),
            ["delete"] = OfDetector("deleteDetector", "Deletes a detector and withdraws its suspicions.", "DetectorDeleted"),
        },
        ["/v1/detectors/{id}/heartbeat"] = new JsonObject
        {
            ["post"] = OfDetector("heartbeat", "Says that a detector is there though it has nothing to report.", "Detector"),
        },
        ["/v1/notifications"] = new JsonObject { ["get"] = Notifications() },
        ["/v1/cluster"] = new JsonObject { ["get"] = Simple("getCluster", "Who is in the cluster.", "Cluster", Retry()) },
        ["/v1/ring"] = new JsonObject { ["get"] = Simple("getRing", "The ring in force and where the copies are.", "Ring", Retry()) },
        ["/v1/ring/members/{id}"] = new JsonObject { ["delete"] = RemoveMember() },
        ["/healthz"] = new JsonObject { ["get"] = Operation("healthz", "Whether the process lives.", [], ("200", Responses.Json("It does.", "Health"))) },
        ["/readyz"] = new JsonObject
        {
            ["get"] = Operation(
                "readyz", "Whether the member serves.", [],
                ("200", Responses.Json("It does.", "Readiness")), ("503", Responses.Json("Not now; waitsFor says why.", "Readiness"))),
        },
        ["/openapi/v1.json"] = new JsonObject
        {
            ["get"] = Operation("openapi", "This description.", [], ("200", new JsonObject
            {
                ["description"] = "OpenAPI 3.1.",
                ["content"] = new JsonObject { ["application/json"] = new JsonObject { ["schema"] = new JsonObject { ["type"] = "object" } } },
            })),
        },
    };

    private static JsonObject Report()
    {
        var operation = Operation(
            "reportObservations", "Reports one observation, or up to 10,000 in at most 8 MiB.",
            [Query("restore", Flag, "Stores them as they were stored before: at, receivedAt, total and, with a detector, accuracy are needed and kept.")],
            ("200", Responses.Json("Some of it is stored, or the batch was empty; the rest is named.", "ObservationsRecorded")),
            ("400", Responses.Problem("Nothing in it is usable.", "ReportProblem")),
            ("413", Responses.Ref("TooLarge")), ("415", Responses.Ref("UnsupportedMediaType")),
            ("503", Responses.Retriable(Responses.Problem("No majority can be reached, or the member is busy: send it again.", "ReportProblem"))));
        operation["requestBody"] = Body(
            (MediaTypes.Json, new JsonObject { ["oneOf"] = new JsonArray(Ref("Observation"), Batch("Observation")) }),
            (MediaTypes.CloudEvent, Ref("CloudEvent")),
            (MediaTypes.CloudEvents, Batch("CloudEvent")));
        return operation;

        static JsonObject Batch(string of) => new() { ["type"] = "array", ["items"] = Ref(of), ["maxItems"] = 10_000 };
    }

    private static JsonObject ListNodes() => Simple(
        "getNodes", "The nodes of the whole fleet.", "NodeList", Retry(),
        [
            Many("status", Ref("Status"), "Only these; separated by commas.", explode: false),
            Query("minProbability", Fraction, "Only nodes with a probability at or above."),
            Query("name", Text(256), "A glob over names: * and ?."),
            Many("label", Text(513), "key=value (the value a glob) or key; repeat it for several, all of which must hold.", explode: true),
            Query("sort", Word("name", "probability", "since", "status"), "Default name."),
            .. Page(100),
            Query("stored", Flag, "Every id that something was reported under, also one whose machine goes under another id now."),
        ]);

    private static JsonObject RemoveHistory()
    {
        var operation = OfNode(
            "removeHistory", "Deletes the history of a node at once.", "HistoryRemoved",
            Query("hardware", Text(128), "Only that machine's; without it all of the id's."), Query("force", Flag, "Needed for pinned nodes; ends the pin."));
        operation["responses"]!["409"] = Responses.Problem("The node is pinned: pinned says who did it and why.", "Problem");
        return operation;
    }

    private static JsonObject PinNode()
    {
        var operation = Simple(
            "pinNode", "Keeps a node from being forgotten, and from being removed without force.", "PinChanged",
            [("404", Responses.Ref("NodeNotFound")), ("413", Responses.Ref("TooLarge")), ("415", Responses.Ref("UnsupportedMediaType")), .. Retry()],
            InPath("node", Text(256), NodeReference));
        operation["requestBody"] = Body((MediaTypes.Json, Ref("PinRequest")));
        return operation;
    }

    private static JsonObject RegisterDetector()
    {
        var operation = Simple(
            "registerDetector", "Registers a detector or changes its registration.", "Detector",
            [("413", Responses.Ref("TooLarge")), ("415", Responses.Ref("UnsupportedMediaType")), .. Retry()], InPath("id", Text(256), "The detector's id."));
        operation["requestBody"] = Body((MediaTypes.Json, Ref("Registration")));
        return operation;
    }

    private static JsonObject Notifications()
    {
        var above = Query("above", Threshold, "Up is told when the probability is at or above.");
        above["required"] = true;
        var operation = Operation(
            "getNotifications", "Tells as server-sent events whenever the probability of a node crosses the threshold.",
            [
                Many("nodes", Text(256), "Ids, names or globs of names; none means all. A comma within a name is sent as %2C.", explode: false),
                above,
                Query("below", Threshold, "Down is told when the probability is below; not above above, which is the default."),
                Query("for", Duration(), "How long it must have been at or above before up is told."),
                Query("lastEventId", Text(4096), "As the header Last-Event-ID, which wins, for clients that can't set one."),
                new JsonObject
                {
                    ["name"] = "Last-Event-ID", ["in"] = "header", ["schema"] = Text(4096),
                    ["description"] = "The id of the last event seen, at whichever member: what came after it is told first.",
                },
            ],
            ("200", Responses.Events(
                "Until the client leaves: event crossing, synced once the present is told, and gap when crossings may be missing. "
                + "A comment line every 15 s. A client that takes text/event-stream alone gets an empty stream instead of 503.",
                "Crossing", "Synced", "Gap")),
            ("400", Responses.Ref("BadRequest")), ("503", Responses.Ref("TryAgain")));
        return operation;
    }

    private static JsonObject RemoveMember() => Simple(
        "removeRingMember", "Takes a member that will not come back out of the ring.", "RingChanged", Retry(), InPath("id", HexId, "The member's id."));

    private static JsonObject OfNode(string id, string summary, string schema, params JsonObject[] parameters) =>
        Simple(id, summary, schema, [("404", Responses.Ref("NodeNotFound")), .. Retry()], [InPath("node", Text(256), NodeReference), .. parameters]);

    private static JsonObject OfDetector(string id, string summary, string schema) =>
        Simple(id, summary, schema, [("404", Responses.Ref("DetectorNotFound")), .. Retry()], InPath("id", Text(256), "The detector's id."));

    private static JsonObject Simple(string id, string summary, string schema, (string, JsonObject)[] errors, params JsonObject[] parameters) =>
        Operation(id, summary, parameters, [("200", Responses.Json("Done.", schema)), ("400", Responses.Ref("BadRequest")), .. errors]);

    private static JsonObject Operation(string id, string summary, JsonObject[] parameters, params (string Status, JsonObject Response)[] responses)
    {
        var operation = new JsonObject { ["operationId"] = id, ["summary"] = summary };
        if (parameters.Length > 0)
        {
            operation["parameters"] = new JsonArray([.. parameters]);
        }

        var byStatus = new JsonObject();
        foreach (var (status, response) in responses)
        {
            byStatus[status] = response;
        }

        operation["responses"] = byStatus;
        return operation;
    }

    private static (string, JsonObject)[] Retry() => [("503", Responses.Ref("TryAgain"))];

    private static JsonObject Consistency() => Query(
        "consistency", Word("one", "majority"), "one (default): the first complete replica; majority: sees every report acknowledged before.");

    private static JsonObject Stored() => Query(
        "stored", Flag, "All that was reported under this very id, about whichever machine, as a majority holds it; else what is known of the machine under all its ids.");

    private static JsonObject[] Span() =>
        [Query("from", Time, "What is after this; from 1970 on."), Query("to", Time, "What is before this; not before from.")];

    private static JsonObject[] Page(int fallback) =>
    [
        Query("limit", Integer(1, 10_000), $"The most of one page; default {fallback}."),
        Query("cursor", Text(4096), "The next of the page before."),
    ];

    private static JsonObject Body(params (string Type, JsonObject Schema)[] content) => new()
    {
        ["required"] = true,
        ["content"] = new JsonObject(content.Select(c => KeyValuePair.Create<string, JsonNode?>(c.Type, new JsonObject { ["schema"] = c.Schema }))),
    };

    private static JsonObject InPath(string name, JsonObject schema, string description) =>
        new() { ["name"] = name, ["in"] = "path", ["required"] = true, ["description"] = description, ["schema"] = schema };

    private static JsonObject Query(string name, JsonObject schema, string description) =>
        new() { ["name"] = name, ["in"] = "query", ["description"] = description, ["schema"] = schema };

    private static JsonObject Many(string name, JsonObject items, string description, bool explode)
    {
        var parameter = Query(name, ArrayOf(items), description);
        parameter["style"] = "form";
        parameter["explode"] = explode;
        return parameter;
    }
}
