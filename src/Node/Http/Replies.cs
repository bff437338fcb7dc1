using FailureHistory.Messages;
using FailureHistory.Node.Http.Json;

namespace FailureHistory.Node.Http;

/// <summary>The table from a reply of the service to what goes out.</summary>
internal static class Replies
{
    /// <exception cref="InvalidOperationException">No request of this edge has such a reply.</exception>
    public static Answer ToAnswer(object reply) => reply switch
    {
        NodeState state => Answer.Ok(json => StateJson.Write(json, state)),
        NodeHistory history => Answer.Ok(json => HistoryJson.Write(json, history)),
        NodeObservations page => Answer.Ok(json => ObservationsJson.Write(json, page)),
        NodeList list => Answer.Ok(json => NodesJson.Write(json, list)),
        NodeReliability reliability => Answer.Ok(json => ReliabilityJson.Write(json, reliability)),
        PinChanged changed => Answer.Ok(json => PinJson.Write(json, changed)),
        NodeIsPinned pinned => Problem.NodeIsPinned(pinned).ToAnswer(),
        HistoryRemoved removed => Answer.Ok(json => StateJson.Write(json, removed)),
        DetectorInfo detector => Answer.Ok(json => DetectorsJson.Write(json, detector)),
        DetectorList detectors => Answer.Ok(json => DetectorsJson.Write(json, detectors)),
        DetectorDeleted deleted => Answer.Ok(json => DetectorsJson.Write(json, deleted)),
        ClusterInfo cluster => Answer.Ok(json => ClusterJson.Write(json, cluster)),
        RingInfo ring => Answer.Ok(json => ClusterJson.Write(json, ring)),
        RingChanged changed => Answer.Ok(json => ClusterJson.Write(json, changed)),
        NodeNotFound missing => Problem.NodeNotFound(missing).ToAnswer(),
        DetectorNotFound missing => Problem.DetectorNotFound(missing).ToAnswer(),
        InvalidRequest invalid => Problem.Invalid(invalid).ToAnswer(),
        TryAgain again => Problem.TryAgain(again.Reason, again.RetryAfter).ToAnswer(),
        _ => throw new InvalidOperationException($"the service replied with {reply.GetType()}, which no request expects"),
    };

    /// <summary>The answer of <c>/readyz</c>: a member that can't even be asked is not ready either.</summary>
    public static Answer ToReadiness(object reply) => reply switch
    {
        Readiness readiness => new Answer(readiness.Ready ? 200 : 503, json => ClusterJson.Write(json, readiness)),
        TryAgain again => ToReadiness(new Readiness(false, "starting", 0, [again.Reason])),
        _ => throw new InvalidOperationException($"the service replied to {nameof(GetReadiness)} with {reply.GetType()}"),
    };
}
