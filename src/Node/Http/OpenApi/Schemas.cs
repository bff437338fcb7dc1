using System.Text.Json.Nodes;
using static FailureHistory.Node.Http.OpenApi.Schema;

namespace FailureHistory.Node.Http.OpenApi;

/// <summary>The shapes of all bodies (SPEC 11.2).</summary>
internal static class Schemas
{
    private static readonly string[] KindWords = ["failure", "join", "alive", "leave"];

    public static JsonObject Build()
    {
        var all = new JsonObject();
        AddReporting(all);
        AddNodes(all);
        AddHistory(all);
        AddDetectors(all);
        AddNotifications(all);
        AddCluster(all);
        AddProblems(all);
        return all;
    }

    private static void AddReporting(JsonObject all)
    {
        all["Observation"] = Object(
            "One observation as a reporter hands it in. Joins and leaves need no detector.", ["node", "kind"],
            ("id", Nullable(Text(256, "The reporter's id of it: sent twice, it is stored once. Without one the service makes one."))),
            ("node", Text(256, "The node's id (32 hex digits) or its name.")),
            ("hardware", Nullable(Text(128, "The machine's address; none means the machine that held the id at that time."))),
            ("detector", Nullable(Text(256))),
            ("kind", Word(KindWords)),
            ("at", Nullable(Described(Time, "When it happened, as the reporter says; orders the history only for detectors with reported timestamps."))),
            ("reason", Nullable(Text(1024))),
            ("labels", Nullable(Labels)),
            ("signature", Nullable(Text())),
            ("receivedAt", Nullable(Described(Time, "Read with restore=true alone, as are the following: when the service took it in."))),
            ("reportedAt", Nullable(Described(Time, "The reporter's own time where it orders nothing."))),
            ("accuracy", Nullable(Described(Accuracy, "The detector's accuracy then."))),
            ("total", Nullable(Described(Number(0), "The sum of the accuracies of the explicitly registered detectors that watched the node then."))),
            ("explicit", Nullable(Described(Flag, "Whether the detector was explicitly registered then; default true."))));
        all["CloudEvent"] = Object(
            "One observation as a CloudEvent 1.0 in JSON, structured mode. Extensions are ignored.", ["specversion", "id", "source", "subject", "type"],
            ("specversion", Word("1.0")),
            ("id", Text(256, "The reporter's id of the observation: sent twice, it is stored once.")),
            ("source", Text(256, "The id of the detector.")),
            ("subject", Text(256, "The node's id (32 hex digits) or its name.")),
            ("type", Text(description: "Ends in .failure, .join, .alive or .leave: the kind.")),
            ("time", Nullable(Described(Time, "When it happened, as the reporter says; orders the history only for detectors with reported timestamps."))),
            ("datacontenttype", Nullable(Text(description: "application/json, or none."))),
            ("data", Nullable(Object("What else there is to say.", [], ("hardware", Nullable(Text(128))), ("reason", Nullable(Text(1024))), ("labels", Nullable(Labels))))));
        (string, JsonObject)[] outcome =
        [
            ("accepted", Integer(0, description: "Newly stored by a majority of their replicas.")),
            ("duplicates", Integer(0, description: "Stored before.")),
            ("rejected", ArrayOf(Object("Refused for good.", ("index", Integer(0)), ("error", Text())))),
            ("retry", Described(ArrayOf(Integer(0)), "Indices to send again: no majority answered in time.")),
        ];
        all["ObservationsRecorded"] = Object("What became of each observation.", outcome);
        all["ReportProblem"] = new JsonObject
        {
            ["allOf"] = new JsonArray(Ref("Problem"), Ref("ObservationsRecorded")),
            ["description"] = "A problem that tells of each observation besides.",
        };
    }

    private static void AddNodes(JsonObject all)
    {
        all["Node"] = Object(null, ("id", HexId), ("name", Nullable(Text())), ("hardware", Nullable(Text())));
        all["Status"] = Described(
            Word("up", "suspected", "failed", "left", "unknown"),
            "left after a leave; else unknown when the probability is null, failed from the failed-threshold on, suspected above 0, else up.");
        all["Probability"] = Nullable(Described(Fraction, "The share of the accuracies of those that suspect the node; null for unknown, which is not 0."));
        all["NodeState"] = Object(
            "Which detectors suspect a node now.",
            ("node", Ref("Node")), ("asOf", Time), ("status", Ref("Status")), ("probability", Ref("Probability")),
            ("incident", Nullable(Object("The latest incident.", ("id", Text()), ("since", Time)))),
            ("verdicts", ArrayOf(Ref("Verdict"))), ("complete", Flag), ("replicas", Integer(0)), ("answeredBy", Text()),
            ("pinned", Nullable(Ref("Pin"))));
        all["Verdict"] = Object(
            "What one available detector that watches the node says.",
            ("detector", Text()), ("accuracy", Accuracy), ("suspects", Flag), ("since", Nullable(Time)), ("lastHeard", Nullable(Time)),
            ("latestIncident", Flag), ("observation", Nullable(Text())), ("reason", Nullable(Text())));
        all["NodeList"] = Object(
            "A page of the fleet.",
            ("nodes", ArrayOf(Object(
                null, ("node", Ref("Node")), ("status", Ref("Status")), ("probability", Ref("Probability")), ("since", Time), ("labels", Labels)))),
            ("incomplete", Described(ArrayOf(Integer(0, 255)), "The segments that did not answer.")), ("next", Ref("Next")));
        all["HistoryRemoved"] = Object("The history that is gone.", ("node", Ref("Node")), ("upTo", Described(Time, "What was received up to then is gone.")));
        all["PinRequest"] = Object(
            "Why a node is pinned.", ["reason"],
            ("reason", Text(1024)), ("by", Nullable(Text(256, "Who; default the address that asks."))));
        all["Pin"] = Object("Who keeps a node from being forgotten, and why.", ("reason", Text()), ("by", Text()), ("since", Time));
        all["PinChanged"] = Object("The pin of a node from now on.", ("node", Ref("Node")), ("pinned", Nullable(Ref("Pin"))));
        all["Next"] = Nullable(Text(description: "The cursor of the next page, or null at the end."));
    }

    private static void AddHistory(JsonObject all)
    {
        all["NodeHistory"] = Object(
            "A page of the periods of a node, newest last.",
            ("node", Ref("Node")), ("incarnations", ArrayOf(Ref("Incarnation"))), ("periods", ArrayOf(Ref("Period"))), ("complete", Flag), ("next", Ref("Next")),
            ("replicas", Integer(0)), ("answeredBy", Text()),
            ("foldedUntil", Nullable(Described(Time, "Where the history is folded it begins here, and what was before is in reliability alone."))));
        all["Incarnation"] = Object(
            "One id that the machine went under.",
            ("id", HexId), ("name", Nullable(Text())), ("hardware", Nullable(Text())), ("from", Time), ("to", Nullable(Time)), ("clash", Flag));
        all["Period"] = Object(
            "A span of time with one set of suspecting detectors.",
            ("from", Time), ("to", Nullable(Described(Time, "Null for the open one."))), ("probability", Ref("Probability")),
            ("suspects", ArrayOf(Object(
                null, ("detector", Text()), ("accuracy", Accuracy), ("since", Time), ("observation", Text()), ("reason", Nullable(Text()))))),
            ("incident", Nullable(Text())), ("planned", Flag));
        all["NodeReliability"] = Object(
            "How reliable a node was over a window. Spans are in seconds. observed is the sum of up, failed, planned and unknown.",
            ("node", Ref("Node")), ("window", Object(null, ("from", Time), ("to", Time))),
            ("availability", Nullable(Described(Fraction, "up / (up + failed); null without such time."))),
            ("failures", Integer(0, description: "Begun in the window; a failure is a stretch with a probability at or above the failed-threshold.")),
            ("mtbfSeconds", Nullable(Described(Number(0), "Time up for each failure; null without one."))),
            ("mttrSeconds", Nullable(Described(Number(0), "Mean length of the failures begun in the window that are over; null without one."))),
            ("lastFailure", Nullable(Object("Be it before the window.", ("from", Time), ("to", Nullable(Described(Time, "Null while it stands.")))))),
            ("sinceLastFailureSeconds", Nullable(Described(Number(0), "Since it was over; 0 while it stands."))),
            ("flapping", Described(Flag, "Whether three failures began within an hour.")),
            ("observedSeconds", Number(0)), ("upSeconds", Number(0)), ("failedSeconds", Number(0)), ("plannedSeconds", Number(0)), ("unknownSeconds", Number(0)),
            ("complete", Flag), ("replicas", Integer(0)), ("answeredBy", Text()));
        all["NodeObservations"] = Object(
            "A page of raw observations, newest last.",
            ("observations", ArrayOf(Ref("StoredObservation"))), ("complete", Flag), ("next", Ref("Next")), ("replicas", Integer(0)), ("answeredBy", Text()));
        all["StoredObservation"] = Object(
            "An observation as stored.",
            ("id", Text()), ("node", Text(description: "The name if it is known, else the id.")), ("hardware", Nullable(Text())), ("detector", Nullable(Text())),
            ("kind", Word(KindWords)), ("at", Time), ("receivedAt", Time), ("reportedAt", Nullable(Time)), ("reason", Nullable(Text())), ("labels", Labels),
            ("accuracy", Nullable(Accuracy)), ("total", Nullable(Number(0))),
            ("explicit", Nullable(Described(Flag, "Whether the detector was explicitly registered then."))), ("signature", Nullable(Text())));
    }

    private static void AddDetectors(JsonObject all)
    {
        all["Registration"] = Object(
            "What a detector is registered with.", ["accuracy"],
            ("accuracy", Described(Accuracy, "0 (worst) to 100 (best).")),
            ("scope", Nullable(Described(ArrayOf(Text(256)), "Globs of the names of the nodes it watches; none means all."))),
            ("ttl", Nullable(Duration("It counts only if heard from within; none means always."))),
            ("timestamps", Nullable(Described(Word("received", "reported"), "Whether its own times count. Default received."))),
            ("description", Nullable(Described(new JsonObject { ["type"] = "string", ["maxLength"] = 1024 }, "Free text."))));
        all["Detector"] = Object(
            "A registered detector.",
            ("id", Text()), ("accuracy", Accuracy), ("scope", ArrayOf(Text())), ("ttl", Nullable(Duration())), ("timestamps", Word("received", "reported")),
            ("description", Nullable(Text())), ("explicit", Described(Flag, "False for one that registered itself by its first report.")),
            ("lastHeard", Nullable(Time)), ("stale", Described(Flag, "Its ttl has run out: it is not counted.")));
        all["DetectorList"] = Object(null, ("detectors", ArrayOf(Ref("Detector"))));
        all["DetectorDeleted"] = Object(null, ("id", Text()));
    }

    private static void AddNotifications(JsonObject all)
    {
        all["Crossing"] = Object(
            "The probability of a node has crossed the threshold; before synced: is on that side at present.",
            ("id", Text(description: "The same at every member: by it a reader tells what it has seen.")), ("node", Ref("Node")),
            ("direction", Word("up", "down")), ("probability", Ref("Probability")), ("at", Time),
            ("observation", Text(description: "The id of the observation that opened the period.")));
        all["Synced"] = Object("The present, or what was missed, is told.");
        all["Gap"] = Object(
            "Crossings may be missing; forget what was known.",
            ("reason", Text()), ("ended", Described(Flag, "Whether the stream ends here; else the present follows.")));
    }

    private static void AddCluster(JsonObject all)
    {
        all["Cluster"] = Object(
            "The cluster as the answering member sees it.",
            ("clusterId", Nullable(Text())),
            ("members", ArrayOf(Object(
                null, ("id", Text()), ("name", Text()), ("address", Text()), ("http", Nullable(Text())), ("zone", Text()),
                ("status", Word("joining", "up", "leaving", "exiting", "down", "unreachable", "missing")), ("inRing", Flag)))));
        all["Ring"] = Object(
            "The ring in force and where the copies are.",
            ("clusterId", Text()), ("version", Integer(0)), ("replicationFactor", Integer(1)),
            ("members", ArrayOf(Object(null, ("id", Text()), ("name", Text()), ("zone", Text()), ("copies", Integer(0))))),
            ("segments", ArrayOf(Object(
                null, ("segment", Integer(0, 255)), ("members", Described(ArrayOf(Text()), "The replica set, nearest first.")), ("serving", ArrayOf(Text()))))));
        all["RingChanged"] = Object(null, ("version", Integer(0, description: "The version now in force.")));
        all["Readiness"] = Object(
            "Whether the member serves.",
            ("status", Word("ready", "starting", "joining", "recovering", "fetching", "no-majority", "read-only", "stopping")),
            ("ringVersion", Integer(0)), ("waitsFor", Described(ArrayOf(Text()), "What is missing, in words that tell an operator what to do.")));
        all["Health"] = Object(null, ("status", Word("alive")));
    }

    private static void AddProblems(JsonObject all) => all["Problem"] = Object(
        "Problem details (RFC 9457).", ["type", "title", "status", "detail"],
        ("type", Described(Text(), "By this programs tell problems apart.")), ("title", Text()), ("status", Integer(400, 599)),
        ("detail", Text(description: "What was expected and what came.")),
        ("field", Text(description: "The parameter or member at fault.")), ("limit", Integer(0, description: "The limit that was passed.")),
        ("node", Text()), ("detector", Text()), ("answeredBy", Text()), ("pinned", Ref("Pin")));
}
