using FailureHistory.Core.Time;
using FailureHistory.Messages;
using Xunit;

namespace FailureHistory.Node.Tests.Http;

/// <summary>Replies of the service and the exact texts that they must become.</summary>
internal static class Samples
{
    private const string Id = "0123456789abcdef0123456789abcdef";
    private const string Other = "ffffffffffffffffffffffffffffffff";
    private static readonly NodeRef Named = new(Id, "gpu-7/rack å", "aa:bb:cc:dd:ee:01");
    private static readonly NodeRef Nameless = new(Id, null, null);

    public static Stamp At(int second, int ticks = 0) => Stamp.From(new DateTimeOffset(2026, 1, 31, 12, 0, second, TimeSpan.Zero)) + new TimeSpan(ticks);

    /// <summary>Method and path, reply, schema in the OpenAPI document, golden text.</summary>
    public static IReadOnlyList<(string Name, string Method, string Path, object Reply, string Schema, string Json)> All { get; } =
    [
        ("state of a suspected node", "GET", "/v1/nodes/gpu-7/state", new NodeState(
            Named, At(9, 1), NodeStatus.Failed, 0.75, new IncidentInfo("00000000000000ff", At(1)),
            [
                new VerdictInfo("icmp", 60, true, At(1), At(2), true, "obs \"1\"", "no echo"),
                new VerdictInfo("operator", 12.5, false, null, null, false, null, null),
            ], true, 2, "m1:8558", new PinInfo("on loan", "ann", At(3))), "NodeState",
            """{"node":{"id":"0123456789abcdef0123456789abcdef","name":"gpu-7/rack å","hardware":"aa:bb:cc:dd:ee:01"},"asOf":"2026-01-31T12:00:09.0000001Z","status":"failed","probability":0.75,"incident":{"id":"00000000000000ff","since":"2026-01-31T12:00:01.0000000Z"},"verdicts":[{"detector":"icmp","accuracy":60,"suspects":true,"since":"2026-01-31T12:00:01.0000000Z","lastHeard":"2026-01-31T12:00:02.0000000Z","latestIncident":true,"observation":"obs \"1\"","reason":"no echo"},{"detector":"operator","accuracy":12.5,"suspects":false,"since":null,"lastHeard":null,"latestIncident":false,"observation":null,"reason":null}],"complete":true,"replicas":2,"answeredBy":"m1:8558","pinned":{"reason":"on loan","by":"ann","since":"2026-01-31T12:00:03.0000000Z"}}"""),
        ("state of a node that nobody watches", "GET", "/v1/nodes/gpu-7/state", new NodeState(
            Nameless, At(0), NodeStatus.Unknown, null, null, [], false, 1, "m1:8558"), "NodeState",
            """{"node":{"id":"0123456789abcdef0123456789abcdef","name":null,"hardware":null},"asOf":"2026-01-31T12:00:00.0000000Z","status":"unknown","probability":null,"incident":null,"verdicts":[],"complete":false,"replicas":1,"answeredBy":"m1:8558","pinned":null}"""),
        ("history", "GET", "/v1/nodes/gpu-7/history", new NodeHistory(
            Named,
            [new IncarnationInfo(Other, "old", null, At(0), At(1), true), new IncarnationInfo(Id, null, "aa:bb:cc:dd:ee:01", At(1), null, false)],
            [
                new PeriodInfo(At(0), At(1), null, [], null, true),
                new PeriodInfo(At(1), null, 0.5, [new SuspectInfo("icmp", 60, At(1), "o1", null)], "00000000000000ff", false),
            ], true, "c2", 3, "m1:8558", At(0)), "NodeHistory",
            """{"node":{"id":"0123456789abcdef0123456789abcdef","name":"gpu-7/rack å","hardware":"aa:bb:cc:dd:ee:01"},"incarnations":[{"id":"ffffffffffffffffffffffffffffffff","name":"old","hardware":null,"from":"2026-01-31T12:00:00.0000000Z","to":"2026-01-31T12:00:01.0000000Z","clash":true},{"id":"0123456789abcdef0123456789abcdef","name":null,"hardware":"aa:bb:cc:dd:ee:01","from":"2026-01-31T12:00:01.0000000Z","to":null,"clash":false}],"periods":[{"from":"2026-01-31T12:00:00.0000000Z","to":"2026-01-31T12:00:01.0000000Z","probability":null,"suspects":[],"incident":null,"planned":true},{"from":"2026-01-31T12:00:01.0000000Z","to":null,"probability":0.5,"suspects":[{"detector":"icmp","accuracy":60,"since":"2026-01-31T12:00:01.0000000Z","observation":"o1","reason":null}],"incident":"00000000000000ff","planned":false}],"complete":true,"next":"c2","replicas":3,"answeredBy":"m1:8558","foldedUntil":"2026-01-31T12:00:00.0000000Z"}"""),
        ("observations", "GET", "/v1/nodes/gpu-7/observations", new NodeObservations(
            Named,
            [
                new ObservationInfo("o1", Id, "gpu-7", "aa:bb:cc:dd:ee:01", "icmp", "failure", At(1), At(2), At(0), "no echo",
                    [new("rack", "r 1"), new("zone", "\"b\"")], 60, 110, true, "c2ln"),
                new ObservationInfo("o2", Id, null, null, null, "join", At(3), At(3), null, null, [], null, null),
            ], false, null, 1, "m1:8558"), "NodeObservations",
            """{"observations":[{"id":"o1","node":"gpu-7","hardware":"aa:bb:cc:dd:ee:01","detector":"icmp","kind":"failure","at":"2026-01-31T12:00:01.0000000Z","receivedAt":"2026-01-31T12:00:02.0000000Z","reportedAt":"2026-01-31T12:00:00.0000000Z","reason":"no echo","labels":{"rack":"r 1","zone":"\"b\""},"accuracy":60,"total":110,"explicit":true,"signature":"c2ln"},{"id":"o2","node":"0123456789abcdef0123456789abcdef","hardware":null,"detector":null,"kind":"join","at":"2026-01-31T12:00:03.0000000Z","receivedAt":"2026-01-31T12:00:03.0000000Z","reportedAt":null,"reason":null,"labels":{},"accuracy":null,"total":null,"explicit":null,"signature":null}],"complete":false,"next":null,"replicas":1,"answeredBy":"m1:8558"}"""),
        ("nodes", "GET", "/v1/nodes", new NodeList(
            [
                new NodeSummary(Named, NodeStatus.Suspected, 0.25, At(1), [new("rack", "r1")]),
                new NodeSummary(Nameless, NodeStatus.Unknown, null, At(0), []),
            ], [3, 255], "c2"), "NodeList",
            """{"nodes":[{"node":{"id":"0123456789abcdef0123456789abcdef","name":"gpu-7/rack å","hardware":"aa:bb:cc:dd:ee:01"},"status":"suspected","probability":0.25,"since":"2026-01-31T12:00:01.0000000Z","labels":{"rack":"r1"}},{"node":{"id":"0123456789abcdef0123456789abcdef","name":null,"hardware":null},"status":"unknown","probability":null,"since":"2026-01-31T12:00:00.0000000Z","labels":{}}],"incomplete":[3,255],"next":"c2"}"""),
        ("reliability", "GET", "/v1/nodes/gpu-7/reliability", new NodeReliability(
            Named, At(0), At(59), 0.75, 2, TimeSpan.FromSeconds(16.5), TimeSpan.FromSeconds(4), new FailureInfo(At(2), At(9)), TimeSpan.FromSeconds(50), true,
            TimeSpan.FromSeconds(58), TimeSpan.FromSeconds(33), TimeSpan.FromSeconds(11), TimeSpan.FromSeconds(10), new TimeSpan(40_000_001), true, 2, "m1:8558"), "NodeReliability",
            """{"node":{"id":"0123456789abcdef0123456789abcdef","name":"gpu-7/rack å","hardware":"aa:bb:cc:dd:ee:01"},"window":{"from":"2026-01-31T12:00:00.0000000Z","to":"2026-01-31T12:00:59.0000000Z"},"availability":0.75,"failures":2,"mtbfSeconds":16.5,"mttrSeconds":4,"lastFailure":{"from":"2026-01-31T12:00:02.0000000Z","to":"2026-01-31T12:00:09.0000000Z"},"sinceLastFailureSeconds":50,"flapping":true,"observedSeconds":58,"upSeconds":33,"failedSeconds":11,"plannedSeconds":10,"unknownSeconds":4.0000001,"complete":true,"replicas":2,"answeredBy":"m1:8558"}"""),
        ("reliability of a node that never failed", "GET", "/v1/nodes/gpu-7/reliability", new NodeReliability(
            Nameless, At(0), At(59), null, 0, null, null, null, null, false, TimeSpan.Zero, TimeSpan.Zero, TimeSpan.Zero, TimeSpan.Zero, TimeSpan.Zero, false, 1, "m1:8558"), "NodeReliability",
            """{"node":{"id":"0123456789abcdef0123456789abcdef","name":null,"hardware":null},"window":{"from":"2026-01-31T12:00:00.0000000Z","to":"2026-01-31T12:00:59.0000000Z"},"availability":null,"failures":0,"mtbfSeconds":null,"mttrSeconds":null,"lastFailure":null,"sinceLastFailureSeconds":null,"flapping":false,"observedSeconds":0,"upSeconds":0,"failedSeconds":0,"plannedSeconds":0,"unknownSeconds":0,"complete":false,"replicas":1,"answeredBy":"m1:8558"}"""),
        ("unpinned node", "DELETE", "/v1/nodes/gpu-7/pin", new PinChanged(Nameless, null), "PinChanged",
            """{"node":{"id":"0123456789abcdef0123456789abcdef","name":null,"hardware":null},"pinned":null}"""),
        ("removed history", "DELETE", "/v1/nodes/gpu-7", new HistoryRemoved(Nameless, At(7)), "HistoryRemoved",
            """{"node":{"id":"0123456789abcdef0123456789abcdef","name":null,"hardware":null},"upTo":"2026-01-31T12:00:07.0000000Z"}"""),
        ("detectors", "GET", "/v1/detectors", new DetectorList(
            [
                new DetectorInfo("icmp", 60, ["gpu-*", "cpu-?"], TimeSpan.FromSeconds(60), false, "pings", true, At(1), false),
                new DetectorInfo("trace", 50, ["*"], null, true, null, false, null, true),
            ]), "DetectorList",
            """{"detectors":[{"id":"icmp","accuracy":60,"scope":["gpu-*","cpu-?"],"ttl":"60s","timestamps":"received","description":"pings","explicit":true,"lastHeard":"2026-01-31T12:00:01.0000000Z","stale":false},{"id":"trace","accuracy":50,"scope":["*"],"ttl":null,"timestamps":"reported","description":null,"explicit":false,"lastHeard":null,"stale":true}]}"""),
        ("detector", "GET", "/v1/detectors/icmp", new DetectorInfo("icmp", 60, ["*"], TimeSpan.FromMilliseconds(500), false, null, true, null, false), "Detector",
            """{"id":"icmp","accuracy":60,"scope":["*"],"ttl":"500ms","timestamps":"received","description":null,"explicit":true,"lastHeard":null,"stale":false}"""),
        ("heartbeat", "POST", "/v1/detectors/icmp/heartbeat", new DetectorInfo("icmp", 60, ["*"], TimeSpan.FromDays(7), false, null, true, At(1), false), "Detector",
            """{"id":"icmp","accuracy":60,"scope":["*"],"ttl":"7d","timestamps":"received","description":null,"explicit":true,"lastHeard":"2026-01-31T12:00:01.0000000Z","stale":false}"""),
        ("deleted detector", "DELETE", "/v1/detectors/icmp", new DetectorDeleted("icmp"), "DetectorDeleted", """{"id":"icmp"}"""),
        ("cluster", "GET", "/v1/cluster", new ClusterInfo(
            "c1",
            [
                new ClusterMemberInfo(Id, "m1:8558", "akka.tcp://fhs@m1:8558", "http://m1:8560", "a", "up", true),
                new ClusterMemberInfo(Other, "s1:8558", "akka.tcp://fhs@s1:8558", null, "", "missing", false),
            ]), "Cluster",
            """{"clusterId":"c1","members":[{"id":"0123456789abcdef0123456789abcdef","name":"m1:8558","address":"akka.tcp://fhs@m1:8558","http":"http://m1:8560","zone":"a","status":"up","inRing":true},{"id":"ffffffffffffffffffffffffffffffff","name":"s1:8558","address":"akka.tcp://fhs@s1:8558","http":null,"zone":"","status":"missing","inRing":false}]}"""),
        ("cluster that is not formed", "GET", "/v1/cluster", new ClusterInfo(null, []), "Cluster", """{"clusterId":null,"members":[]}"""),
        ("ring", "GET", "/v1/ring", new RingInfo(
            "c1", 4, 3, [new RingMemberInfo(Id, "m1:8558", "a", 128)], [new RingSegmentInfo(0, [Id, Other], [Id]), new RingSegmentInfo(255, [Other], [])]), "Ring",
            """{"clusterId":"c1","version":4,"replicationFactor":3,"members":[{"id":"0123456789abcdef0123456789abcdef","name":"m1:8558","zone":"a","copies":128}],"segments":[{"segment":0,"members":["0123456789abcdef0123456789abcdef","ffffffffffffffffffffffffffffffff"],"serving":["0123456789abcdef0123456789abcdef"]},{"segment":255,"members":["ffffffffffffffffffffffffffffffff"],"serving":[]}]}"""),
        ("removed member", "DELETE", "/v1/ring/members/" + Other, new RingChanged(5), "RingChanged", """{"version":5}"""),
        ("readiness", "GET", "/readyz", new Readiness(true, "ready", 5, []), "Readiness", """{"status":"ready","ringVersion":5,"waitsFor":[]}"""),
    ];
}
