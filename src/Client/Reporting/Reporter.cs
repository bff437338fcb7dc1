using System.Threading.RateLimiting;
using FailureHistory.Client.Members;
using FailureHistory.Messages;

namespace FailureHistory.Client.Reporting;

/// <summary>
/// Sends reports until each observation is stored, refused for good, or the deadline has come. All of a client's go to one gate: what is more than it can be
/// doing waits here, in order, and is not sent only to be refused, or to be given back and sent again.
/// </summary>
internal sealed class Reporter(HedgedAsk ask, FailureHistoryClientOptions options, TimeProvider time) : IAsyncDisposable
{
    /// <summary>The most observations of a call (R2.8).</summary>
    public const int MostOfACall = 10_000;

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);

    private readonly ConcurrencyLimiter underWay = new(new ConcurrencyLimiterOptions
    {
        PermitLimit = options.ObservationsInFlight,
        QueueLimit = int.MaxValue,
        QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
    });

    public ValueTask DisposeAsync() => underWay.DisposeAsync();

    public async Task<ReportOutcome> Report(IReadOnlyList<ReportedObservation> observations, CancellationToken ct)
    {
        if (observations.Count > MostOfACall)
        {
            throw new InvalidRequestException("observations", $"{observations.Count} observations; expected at most {MostOfACall} a call");
        }

        // The id is what makes a repeat harmless (R2.4), so it is there before anything is sent.
        ReportedObservation[] named = [.. observations.Select(o => o.Id is null ? o with { Id = Guid.CreateVersion7().ToString("n") } : o)];
        var tally = new Tally();
        var lanes = ReportParts.Of(named, options.MessagesInFlight, tally.Rejected);
        using var over = new CancellationTokenSource(options.ReportDeadline, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, over.Token);
        await Task.WhenAll(lanes.Select(lane => Task.Run(() => SendLane(named, lane, tally, either.Token), CancellationToken.None))).ConfigureAwait(false);
        var outcome = tally.ToOutcome(named);
        if (outcome.Unstored.Count == 0)
        {
            return outcome;
        }

        ct.ThrowIfCancellationRequested();
        throw new ReportIncompleteException(outcome, tally.Fault);
    }

    private async Task SendLane(ReportedObservation[] observations, IReadOnlyList<int[]> parts, Tally tally, CancellationToken ct)
    {
        foreach (var part in parts)
        {
            var left = part;
            var pause = FirstPause;
            while (left.Length > 0)
            {
                try
                {
                    left = await SendOnce(observations, left, tally, ct).ConfigureAwait(false);
                    if (left.Length > 0)
                    {
                        tally.Note($"no majority of the replicas of {left.Length} observations took them in time");
                    }
                }
                catch (Exception e) when (e is OperationCanceledException or UnavailableException or NoAnswerException)
                {
                    if ((e is OperationCanceledException ? e.InnerException : e) is { } why)
                    {
                        tally.Note(why.Message);
                    }
                }

                if (left.Length > 0)
                {
                    if (ct.IsCancellationRequested)
                    {
                        tally.GiveUp(left);
                        break;
                    }

                    // Backoff; where it is cut short, the next round gives up what is left.
                    await Task.Delay(pause, time, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                    pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
                }
            }
        }
    }

    // What is to be sent again.
    private async Task<int[]> SendOnce(ReportedObservation[] observations, int[] indices, Tally tally, CancellationToken ct)
    {
        using var room = await Room(indices.Length, ct).ConfigureAwait(false);
        var reply = await ask.Ask(
            new ReportObservations([.. indices.Select(i => observations[i])]), options.ReportHedgeAfter, options.Timeout, forReports: true, ct).ConfigureAwait(false);
        switch (reply)
        {
            case ObservationsRecorded recorded:
                tally.Add(recorded, indices);
                return [.. recorded.Retry.Select(i => indices[i])];
            case ReportRejected refused:
                throw new InvalidRequestException("observations", refused.Detail);
            case InvalidRequest invalid:
                throw new InvalidRequestException(invalid.Field, invalid.Detail);
            default:
                throw new InvalidOperationException($"a report was answered by {reply.GetType().Name}; expected ObservationsRecorded");
        }
    }

    private async ValueTask<RateLimitLease> Room(int observations, CancellationToken ct)
    {
        try
        {
            var room = await underWay.AcquireAsync(observations, ct).ConfigureAwait(false);
            if (room.IsAcquired)
            {
                return room;
            }

            room.Dispose();
        }
        catch (ObjectDisposedException)
        {
            // The same, only later.
        }

        throw new UnavailableException("the client has ended", null);
    }

    private sealed class Tally
    {
        private readonly Lock gate = new();
        private readonly List<int> unstored = [];
        private int accepted;
        private int duplicates;

        public List<Rejection> Rejected { get; } = [];

        public string Fault { get; private set; } = "the deadline came";

        public void Add(ObservationsRecorded recorded, int[] indices)
        {
            lock (gate)
            {
                accepted += recorded.Accepted;
                duplicates += recorded.Duplicates;
                Rejected.AddRange(recorded.Rejected.Select(r => r with { Index = indices[r.Index] }));
            }
        }

        public void Note(string fault)
        {
            lock (gate)
            {
                Fault = fault;
            }
        }

        public void GiveUp(int[] indices)
        {
            lock (gate)
            {
                unstored.AddRange(indices);
            }
        }

        public ReportOutcome ToOutcome(IReadOnlyList<ReportedObservation> observations) =>
            new(accepted, duplicates, [.. Rejected.OrderBy(r => r.Index)], [.. unstored.Order()], observations);
    }
}
