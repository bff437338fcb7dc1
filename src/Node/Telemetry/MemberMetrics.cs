using System.Diagnostics.Metrics;
using FailureHistory.Core.Replication;
using FailureHistory.Messages;
using FailureHistory.Node.Member;

namespace FailureHistory.Node.Telemetry;

/// <summary>
/// What one member counts and measures of itself, under the meter <see cref="MeterName"/>, for OpenTelemetry and whoever else listens. The names are
/// explained in docs/OPERATING.md and are kept. It ends with the member's actor system; counters begin again with the next one.
/// </summary>
internal sealed class MemberMetrics : IDisposable
{
    /// <summary>The name of the meter.</summary>
    public const string MeterName = "FailureHistory";

    // Seconds: from a query of the own copy (some 100 µs) to the longest time-out.
    private static readonly InstrumentAdvice<double> Seconds = new()
    {
        HistogramBucketBoundaries = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10],
    };

    private readonly MemberContext context;
    private readonly Meter meter = new(MeterName, typeof(MemberMetrics).Assembly.GetName().Version?.ToString(3));
    private readonly Counter<long> observations;
    private readonly Histogram<double> reportDuration;
    private readonly Histogram<double> queryDuration;
    private readonly Histogram<double> writeDuration;
    private readonly Counter<long> writtenBytes;
    private readonly Counter<long> writtenBatches;
    private readonly Counter<long> writeFailures;
    private readonly Counter<long> pulls;
    private readonly Counter<long> raised;
    private readonly Counter<long> crossings;
    private readonly Counter<long> cutOff;
    private long inFlightBytes;
    private int subscriptions;
    private Func<Readiness>? readiness;

    public MemberMetrics(MemberContext context)
    {
        this.context = context;
        observations = meter.CreateCounter<long>("failure_history.observations", "{observation}", "Observations reported at this member, by outcome");
        reportDuration = meter.CreateHistogram("failure_history.report.duration", "s", "From a batch's arrival at the gate to its answer", advice: Seconds);
        queryDuration = meter.CreateHistogram("failure_history.query.duration", "s", "From a query's arrival at this member to its answer", advice: Seconds);
        writeDuration = meter.CreateHistogram("failure_history.log.write.duration", "s", "Making one row of the log durable", advice: Seconds);
        writtenBytes = meter.CreateCounter<long>("failure_history.log.written", "By", "Bytes of batches written to the log");
        writtenBatches = meter.CreateCounter<long>("failure_history.log.batches", "{batch}", "Batches written to the log; several share a row");
        writeFailures = meter.CreateCounter<long>("failure_history.log.failures", "{row}", "Rows of the log that could not be written");
        pulls = meter.CreateCounter<long>("failure_history.exchange.pulls", "{pull}", "Comparisons in which this member's copy pulled what another had more, by outcome");
        raised = meter.CreateCounter<long>("failure_history.notifications.raised", "{notice}", "Changes of a node that this member published");
        crossings = meter.CreateCounter<long>("failure_history.notifications.crossings", "{crossing}", "Crossings told to subscribers at this member");
        cutOff = meter.CreateCounter<long>("failure_history.notifications.cut_off", "{subscription}", "Subscribers that were cut off as too slow");
        meter.CreateObservableGauge("failure_history.ready", () => readiness?.Invoke().Ready == true ? 1 : 0, null, "1 when /readyz says 200");
        meter.CreateObservableGauge("failure_history.gate.in_flight", () => Volatile.Read(ref inFlightBytes), "By", "Bytes of reports that wait for their majority");
        meter.CreateObservableGauge("failure_history.copies", Copies, "{segment}", "Copies that the ring gives this member, by phase");
        meter.CreateObservableGauge("failure_history.ring.version", () => context.Ring?.Version ?? 0, null, "The ring in force as this member knows it");
        meter.CreateObservableGauge("failure_history.ring.members", () => context.Ring?.Record.Members.Count ?? 0, "{member}", "Members of that ring");
        meter.CreateObservableGauge(
            "failure_history.ring.members.reachable", () => context.Ring?.Record.Members.Count(m => context.Peers.IsReachable(m.Id)) ?? 0, "{member}", "Those of them that this member reaches, itself counted");
        meter.CreateObservableGauge("failure_history.subscriptions", () => Volatile.Read(ref subscriptions), "{subscription}", "Subscriptions at this member");
    }

    /// <summary>Bytes of reports that wait for their majority.</summary>
    public long InFlightBytes
    {
        set => Volatile.Write(ref inFlightBytes, value);
    }

    /// <summary>Subscriptions at this member.</summary>
    public int Subscriptions
    {
        set => Volatile.Write(ref subscriptions, value);
    }

    /// <summary>What tells whether the member is ready.</summary>
    public Func<Readiness> Readiness
    {
        set => readiness = value;
    }

    /// <summary>A batch was answered.</summary>
    public void Reported(ObservationsRecorded recorded, TimeSpan took)
    {
        Count("accepted", recorded.Accepted);
        Count("duplicate", recorded.Duplicates);
        Count("rejected", recorded.Rejected.Count);
        Count("retry", recorded.Retry.Count);
        reportDuration.Record(took.TotalSeconds);
    }

    /// <summary>A batch was refused as a whole.</summary>
    public void Refused(int count) => Count("refused", count);

    /// <summary>A query was answered.</summary>
    public void Answered(string query, string outcome, TimeSpan took) =>
        queryDuration.Record(took.TotalSeconds, new("query", query), new("outcome", outcome));

    /// <summary>A row of the log is durable.</summary>
    public void Written(int batches, long bytes, TimeSpan took)
    {
        writtenBatches.Add(batches);
        writtenBytes.Add(bytes);
        writeDuration.Record(took.TotalSeconds);
    }

    /// <summary>A row of the log was not written.</summary>
    public void WriteFailed() => writeFailures.Add(1);

    /// <summary>A pull ended.</summary>
    public void Pulled(bool merged) => pulls.Add(1, new KeyValuePair<string, object?>("outcome", merged ? "merged" : "failed"));

    /// <summary>Notices were published.</summary>
    public void Raised(int count) => raised.Add(count);

    /// <summary>A subscriber was told of a crossing.</summary>
    public void Crossed() => crossings.Add(1);

    /// <summary>A subscriber was cut off.</summary>
    public void CutOff() => cutOff.Add(1);

    /// <inheritdoc/>
    public void Dispose() => meter.Dispose();

    private void Count(string outcome, int count)
    {
        if (count > 0)
        {
            observations.Add(count, new KeyValuePair<string, object?>("outcome", outcome));
        }
    }

    private IEnumerable<Measurement<int>> Copies()
    {
        var own = context.Ring is { } ring ? ring.Placement.SegmentsOf(context.Id) : [];
        return Enum.GetValues<CopyPhase>().Select(phase => new Measurement<int>(
            own.Count(segment => context.Board[segment].Phase == phase), new KeyValuePair<string, object?>("phase", phase.ToString().ToLowerInvariant())));
    }
}
