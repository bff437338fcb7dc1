using FailureHistory.Core.Probability;
using FailureHistory.Core.Time;

namespace FailureHistory.Core.History;

/// <summary>
/// One walk through the sorted observations of one machine. Each observation first tells whether it ends the open period, which is then put
/// on the list as it stood, and only then takes effect: so no period is built that would have no length (R4.5).
/// </summary>
internal sealed class PeriodWalk(HistoryOptions options)
{
    private readonly IncidentChain incidents = new(options);
    private readonly Dictionary<string, DetectorTrack> tracks = new(StringComparer.Ordinal);
    private readonly List<DetectorTrack> inOrderOfReport = [];
    private readonly List<DetectorTrack> suspecting = [];
    private readonly List<Period> periods = [];

    // The open period: what opened it is fixed, who suspects is read off when it ends.
    private bool begun;
    private Stamp openFrom;
    private double openTotal;

    // The last join or leave that was no repeat, and whether anything was suspected since.
    private Observation? presence;
    private bool suspectedSince;
    private bool left;

    // Summed anew, in one order, when a term changes: adding and subtracting would drift.
    private double autoSum;
    private bool autoSumStale;

    /// <summary>Takes the next observation.</summary>
    public void Take(Observation o)
    {
        var track = o.Detector is null ? null : TrackOf(o.Detector);
        var opens = !begun || Opens(o, track);
        if (opens && begun && o.At > openFrom)
        {
            EndPeriod(o.At);
        }

        if (track is not null)
        {
            autoSumStale |= track.Hear(o);
        }

        Apply(o, track);
        if (opens)
        {
            begun = true;
            openFrom = o.At;
            openTotal = o.Total + AutoSum();
        }
    }

    /// <summary>The result; the walk is over.</summary>
    public FailureTimeline Finish()
    {
        if (begun)
        {
            EndPeriod(null);
        }

        var standings = new Dictionary<string, Standing>(tracks.Count, StringComparer.Ordinal);
        var autos = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (var track in inOrderOfReport)
        {
            standings.Add(track.Id, track.ToStanding(incidents.LatestNumber));
            if (track.IsAuto)
            {
                autos.Add(track.Id, track.LatestAccuracy);
            }
        }

        return new FailureTimeline
        {
            Periods = periods,
            LatestIncident = incidents.Latest,
            Standings = standings,
            AutoDetectors = autos,
            Left = left,
        };
    }

    /// <summary>
    /// What later observations are read by and the result does not show: the last join or leave that was no repeat, whether anything was suspected since,
    /// and in which order the detectors first reported.
    /// </summary>
    public string Unseen() => string.Join(
        '\n',
        inOrderOfReport.Select(track => track.Id)
            .Prepend(left ? presence!.Id : string.Empty)
            .Prepend(presence is null ? "none" : $"{presence.Kind} {suspectedSince} {presence.Detector is null} {presence.Detector}"));

    private bool Opens(Observation o, DetectorTrack? track) => o.Kind switch
    {
        ObservationKind.Failure => !left && track is { Suspect: null },
        ObservationKind.Alive => track is { Suspect: not null },
        _ => !RepeatsPresence(o),
    };

    // A monitor that says "joined" again and again, while nobody suspects the node, says nothing new (R2.6).
    private bool RepeatsPresence(Observation o) =>
        presence is not null && presence.Kind == o.Kind && presence.Detector == o.Detector && !suspectedSince;

    private void Apply(Observation o, DetectorTrack? track)
    {
        switch (o.Kind)
        {
            case ObservationKind.Failure when track is not null:
                Suspect(o, track);
                break;
            case ObservationKind.Alive when track is not null:
                Withdraw(o, track);
                break;
            case ObservationKind.Join or ObservationKind.Leave when !RepeatsPresence(o):
                MarkPresence(o);
                track?.Rest(o);
                break;
        }
    }

    private void Suspect(Observation failure, DetectorTrack track)
    {
        if (left)
        {
            // It does not count until the next join (R4.3): if this is all the detector ever said, its verdict is that of the leave.
            track.Rest(presence!);
        }
        else if (track.Suspect is null)
        {
            track.Begin(failure, incidents.Add(failure));
            suspecting.Insert(~IndexAmongSuspecting(track.Id), track);
            suspectedSince = true;
        }
    }

    private void Withdraw(Observation alive, DetectorTrack track)
    {
        if (track.Suspect is null)
        {
            track.Rest(alive);
            return;
        }

        suspecting.RemoveAt(IndexAmongSuspecting(track.Id));
        track.End(alive, track.Incident);
    }

    private void MarkPresence(Observation o)
    {
        var ended = LatestIncidentOfSuspicions();
        foreach (var track in suspecting)
        {
            track.End(o, ended);
        }

        suspecting.Clear();
        left = o.Kind == ObservationKind.Leave;
        if (!left)
        {
            incidents.Close();
        }

        presence = o;
        suspectedSince = false;
    }

    private void EndPeriod(Stamp? to)
    {
        var suspects = suspecting.Count == 0 ? [] : new Suspect[suspecting.Count];
        var sum = 0.0;
        for (var i = 0; i < suspects.Length; i++)
        {
            suspects[i] = suspecting[i].Suspect!;
            sum += suspects[i].Accuracy;
        }

        var incident = LatestIncidentOfSuspicions();
        periods.Add(new Period(
            openFrom, to, FailureProbability.Of(sum, openTotal), suspects, incident == IncidentChain.None ? null : incidents[incident].Id, left));
    }

    private int LatestIncidentOfSuspicions()
    {
        var latest = IncidentChain.None;
        foreach (var track in suspecting)
        {
            latest = Math.Max(latest, track.Incident);
        }

        return latest;
    }

    private double AutoSum()
    {
        if (autoSumStale)
        {
            autoSumStale = false;
            autoSum = 0;
            foreach (var track in inOrderOfReport)
            {
                autoSum += track.IsAuto ? track.LatestAccuracy : 0;
            }
        }

        return autoSum;
    }

    private DetectorTrack TrackOf(string detector)
    {
        if (!tracks.TryGetValue(detector, out var track))
        {
            track = new DetectorTrack(detector);
            tracks.Add(detector, track);
            inOrderOfReport.Add(track);
        }

        return track;
    }

    // As List.BinarySearch: the index, or the complement of where it belongs.
    private int IndexAmongSuspecting(string detector)
    {
        var low = 0;
        var high = suspecting.Count - 1;
        while (low <= high)
        {
            var middle = (low + high) >>> 1;
            var order = string.CompareOrdinal(suspecting[middle].Id, detector);
            if (order == 0)
            {
                return middle;
            }

            if (order < 0)
            {
                low = middle + 1;
            }
            else
            {
                high = middle - 1;
            }
        }

        return ~low;
    }
}
