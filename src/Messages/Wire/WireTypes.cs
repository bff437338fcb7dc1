using Google.Protobuf;

namespace FailureHistory.Messages.Wire;

/// <summary>
/// The register (docs/WIRE.md): every type that may be sent or persisted, with its manifest. A manifest, once released, keeps its meaning for
/// ever; one that is retired stays readable. Upper case: the public protocol; <c>c</c>: between members; <c>l</c>: log and snapshots.
/// </summary>
public static class WireTypes
{
    /// <summary>Every type, in the order of the register.</summary>
    public static IReadOnlyList<WireType> All { get; } =
    [
        // Reporting
        Public<ReportObservations, ReportObservationsP>("RO", ReportObservationsP.Parser, r => r.ToWire(), w => w.ToRecord()),
        Public<ObservationsRecorded, ObservationsRecordedP>("OR", ObservationsRecordedP.Parser, r => r.ToWire(), w => w.ToRecord()),
        Public<ReportRejected, ReportRejectedP>("RR", ReportRejectedP.Parser, r => r.ToWire(), w => w.ToRecord()),
        Public<RemoveHistory, RemoveHistoryP>("RH", RemoveHistoryP.Parser, r => r.ToWire(), w => w.ToRecord()),
        Public<HistoryRemoved, HistoryRemovedP>("HR", HistoryRemovedP.Parser, r => r.ToWire(), w => w.ToRecord()),

        // Node queries
        Public<GetState, GetStateQ>("GS", GetStateQ.Parser, r => r.ToWire(), w => w.ToRecord()),
        Public<NodeState, NodeStateP>("NS", NodeStateP.Parser, r => r.ToWire(), w => w.ToRecord()),
        Public<GetHistory, GetHistoryQ>("GH", GetHistoryQ.Parser, r => r.ToWire(), w => w.ToRecord()),
        Public<NodeHistory, NodeHistoryP>("NH", NodeHistoryP.Parser, r => r.ToWire(), w => w.ToRecord()),
        Public<GetObservations, GetObservationsQ>("GO", GetObservationsQ.Parser, r => r.ToWire(), w => w.ToRecord()),
        Public<NodeObservations, NodeObservationsP>("NO", NodeObservationsP.Parser, r => r.ToWire(), w => w.ToRecord()),
        Public<GetReliability, GetReliabilityQ>("GRL", GetReliabilityQ.Parser, r => r.ToWire(), w => w.ToRecord()),
        Public<NodeReliability, NodeReliabilityP>("NR", NodeReliabilityP.Parser, r => r.ToWire(), w => w.ToRecord()),
        Public<PinNode, PinNodeP>("PIN", PinNodeP.Parser, r => r.ToWire(), w => w.ToRecord()),
        Public<UnpinNode, UnpinNodeP>("UPN", UnpinNodeP.Parser, r => r.ToWire(), w => w.ToRecord()),
        Public<PinChanged, PinChangedP>("PC", PinChangedP.Parser, r => r.ToWire(), w => w.ToRecord()),
        Public<NodeIsPinned, NodeIsPinnedP>("NIP", NodeIsPinnedP.Parser, r => r.ToWire(), w => w.ToRecord()),
        Public<NodeNotFound, NodeNotFoundP>("NNF", NodeNotFoundP.Parser, r => r.ToWire(), w => w.ToRecord()),
        Public<TryAgain, TryAgainP>("TA", TryAgainP.Parser, r => r.ToWire(), w => w.ToRecord()),
        Public<InvalidRequest, InvalidRequestP>("IR", InvalidRequestP.Parser, r => r.ToWire(), w => w.ToRecord()),

        // Fleet queries
        Public<GetNodes, GetNodesQ>("GN", GetNodesQ.Parser, r => r.ToWire(), w => w.ToRecord()),
        Public<NodeList, NodeListP>("NL", NodeListP.Parser, r => r.ToWire(), w => w.ToRecord()),

        // Detectors
        Public<RegisterDetector, RegisterDetectorP>("RD", RegisterDetectorP.Parser, r => r.ToWire(), w => w.ToRecord()),
        Public<DeleteDetector, DeleteDetectorP>("DD", DeleteDetectorP.Parser, r => r.ToWire(), w => w.ToRecord()),
        Public<DetectorHeartbeat, DetectorHeartbeatP>("DH", DetectorHeartbeatP.Parser, r => r.ToWire(), w => w.ToRecord()),
        Public<GetDetector, GetDetectorP>("GD", GetDetectorP.Parser, r => r.ToWire(), w => w.ToRecord()),
        Public<GetDetectors, GetDetectorsP>("GDS", GetDetectorsP.Parser, r => r.ToWire(), w => w.ToRecord()),
        Public<DetectorInfo, DetectorInfoP>("DI", DetectorInfoP.Parser, r => r.ToWire(), w => w.ToRecord()),
        Public<DetectorList, DetectorListP>("DL", DetectorListP.Parser, r => r.ToWire(), w => w.ToRecord()),
        Public<DetectorNotFound, DetectorNotFoundP>("DNF", DetectorNotFoundP.Parser, r => r.ToWire(), w => w.ToRecord()),
        Public<DetectorDeleted, DetectorDeletedP>("DX", DetectorDeletedP.Parser, r => r.ToWire(), w => w.ToRecord()),

        // Cluster queries
        Public<GetCluster, GetClusterP>("GC", GetClusterP.Parser, r => r.ToWire(), w => w.ToRecord()),
        Public<ClusterInfo, ClusterInfoP>("CI", ClusterInfoP.Parser, r => r.ToWire(), w => w.ToRecord()),
        Public<GetRing, GetRingP>("GR", GetRingP.Parser, r => r.ToWire(), w => w.ToRecord()),
        Public<RingInfo, RingInfoP>("RI", RingInfoP.Parser, r => r.ToWire(), w => w.ToRecord()),
        Public<RemoveRingMember, RemoveRingMemberP>("RRM", RemoveRingMemberP.Parser, r => r.ToWire(), w => w.ToRecord()),
        Public<RingChanged, RingChangedP>("RC", RingChangedP.Parser, r => r.ToWire(), w => w.ToRecord()),
        Public<GetReadiness, GetReadinessP>("GRD", GetReadinessP.Parser, r => r.ToWire(), w => w.ToRecord()),
        Public<Readiness, ReadinessP>("RDY", ReadinessP.Parser, r => r.ToWire(), w => w.ToRecord()),

        // Subscriptions
        Public<Subscribe, SubscribeP>("SUB", SubscribeP.Parser, r => r.ToWire(), w => w.ToRecord()),
        Public<Subscribed, SubscribedP>("SBD", SubscribedP.Parser, r => r.ToWire(), w => w.ToRecord()),
        Public<Unsubscribe, UnsubscribeP>("UNS", UnsubscribeP.Parser, r => r.ToWire(), w => w.ToRecord()),
        Public<Unsubscribed, UnsubscribedP>("UBD", UnsubscribedP.Parser, r => r.ToWire(), w => w.ToRecord()),
        Public<NotificationsSeen, NotificationsSeenP>("SEE", NotificationsSeenP.Parser, r => r.ToWire(), w => w.ToRecord()),
        Public<Crossing, CrossingP>("CR", CrossingP.Parser, r => r.ToWire(), w => w.ToRecord()),
        Public<SubscriptionSynced, SubscriptionSyncedP>("SS", SubscriptionSyncedP.Parser, r => r.ToWire(), w => w.ToRecord()),
        Public<SubscriptionGap, SubscriptionGapP>("SG", SubscriptionGapP.Parser, r => r.ToWire(), w => w.ToRecord()),
        Public<CheckSubscription, CheckSubscriptionP>("SCK", CheckSubscriptionP.Parser, r => r.ToWire(), w => w.ToRecord()),
        Public<SubscriptionChecked, SubscriptionCheckedP>("SCD", SubscriptionCheckedP.Parser, r => r.ToWire(), w => w.ToRecord()),
        Public<SubscriptionBundle, SubscriptionBundleP>("SBU", SubscriptionBundleP.Parser, r => r.ToWire(), w => w.ToRecord()),
        Public<SubscriptionSignals, SubscriptionSignalsP>("SSI", SubscriptionSignalsP.Parser, r => r.ToWire(), w => w.ToRecord()),

        // Writing
        Member("cwb", WriteBatch.Parser),
        Member("cbw", BatchWritten.Parser),
        Member("cbr", BatchRefused.Parser),

        // Reading
        Member("crq", ReplicaQuery.Parser),
        Member("crc", ReplicaCannot.Parser),
        Member("cdq", DigestQuery.Parser),
        Member("cda", DigestAnswer.Parser),
        Member("cpn", PullNode.Parser),
        Member("cnp", NodePage.Parser),

        // Anti-entropy
        Member("ccd", CompareDigests.Parser),
        Member("cdc", DigestsCompared.Parser),
        Member("cln", ListNodeDigests.Parser),
        Member("cnd", NodeDigestPage.Parser),
        Member("cps", PullNodes.Parser),
        Member("cns", NodesPage.Parser),
        Member("crs", RepairSegment.Parser),

        // Stewards
        Member("cws", WakeSteward.Parser),

        // The fleet
        Member("cls", ListSegments.Parser),
        Member("csl", SegmentsListed.Parser),

        // The ring
        Member("crr", RingRecordP.Parser),
        Member("crp", RingPrepare.Parser),
        Member("crm", RingPromise.Parser),
        Member("cra", RingAccept.Parser),
        Member("crd", RingAccepted.Parser),
        Member("cri", RingInForce.Parser),
        Member("crg", RingQuery.Parser),
        Member("crk", RingCheck.Parser),
        Member("crv", RingChecked.Parser),
        Member("crx", RingRemoval.Parser),
        Member("cry", RingRemovalReply.Parser),

        // Finding one another
        Member("cpb", Probe.Parser),
        Member("cpr", ProbeReply.Parser),

        // Notifications
        Member("cnb", NoticeBatch.Parser),
        Member("cnk", NoticeCheck.Parser),
        Member("cnm", NoticesKept.Parser),
        Member("cli", ListSides.Parser),
        Member("csi", SidesListed.Parser),
        Member("cit", InterestP.Parser),

        // Values in DistributedData
        Member("cds", RegistryShardP.Parser),
        Member("chd", HeardP.Parser),
        Member("csv", ServingP.Parser),
        Member("cab", AddressBookP.Parser),

        // Log and snapshots
        Journal("llr", LogRecord.Parser),
        Journal("lss", SegmentSnapshot.Parser),
        Journal("ldv", DetectorVersion.Parser),
        Journal("lrs", RegistrySnapshot.Parser),
    ];

    private static WireType Public<TRecord, TWire>(string manifest, MessageParser<TWire> parser, Func<TRecord, TWire> toWire, Func<TWire, TRecord> toRecord)
        where TRecord : class
        where TWire : class, IMessage<TWire> =>
        new(manifest, typeof(TRecord), true, m => toWire((TRecord)m), bytes => toRecord(parser.ParseFrom(bytes)));

    private static WireType Member<TWire>(string manifest, MessageParser<TWire> parser)
        where TWire : class, IMessage<TWire> =>
        new(manifest, typeof(TWire), true, m => (TWire)m, parser.ParseFrom);

    private static WireType Journal<TWire>(string manifest, MessageParser<TWire> parser)
        where TWire : class, IMessage<TWire> =>
        new(manifest, typeof(TWire), false, m => (TWire)m, parser.ParseFrom);
}

/// <summary>One line of the register.</summary>
/// <param name="Manifest">What stands for the type on the wire.</param>
/// <param name="Type">The type that actors see.</param>
/// <param name="Sent">Whether it goes over the network, and so has a size limit; false for what goes to the journal.</param>
/// <param name="ToWire">The message as protobuf.</param>
/// <param name="FromWire">The message read from protobuf.</param>
public sealed record WireType(string Manifest, Type Type, bool Sent, Func<object, IMessage> ToWire, Func<byte[], object> FromWire);
