namespace FailureHistory.Faults.Driving;

/// <summary>
/// A closed loop that reports on its own nodes. A batch is sent again, as any reporter may (R2.7), until all of it is acknowledged; the next is made
/// only then. A batch that takes longer than the deadline is a failed request, and is sent on all the same.
/// </summary>
internal sealed class Reporter(Track track, Ledger ledger, IWay way)
{
    public const int Batch = 5;
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(40);

    public Ledger Ledger => ledger;

    public async Task Run(CancellationToken ct)
    {
        while (!ct.IsCancellationRequested)
        {
            var left = ledger.Next(Batch);
            while (left.Count > 0)
            {
                left = await SendOn(left, ct).ConfigureAwait(false);
            }

            track.Succeeded();
            await Task.Delay(Pace, ct).ConfigureAwait(false); // load, and not as much as the machine bears
        }
    }

    private async Task<IReadOnlyList<Reported>> SendOn(IReadOnlyList<Reported> batch, CancellationToken ct)
    {
        var deadline = new Deadline();
        var left = batch;
        var why = "not all of it was acknowledged";
        while (left.Count > 0 && !deadline.IsOver)
        {
            try
            {
                var again = await way.Report(left, ct).ConfigureAwait(false);
                foreach (var observation in left.Except(again))
                {
                    ledger.Acknowledge(observation);
                }

                left = again;
            }
            catch (NoProperAnswerException e)
            {
                why = e.Message;
            }

            if (left.Count > 0)
            {
                await Task.Delay(Deadline.Pause, ct).ConfigureAwait(false); // backoff
            }
        }

        if (left.Count > 0)
        {
            track.Failed(why);
        }

        return left;
    }
}
