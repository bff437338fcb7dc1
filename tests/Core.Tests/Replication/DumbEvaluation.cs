using FailureHistory.Core.History;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Time;

namespace FailureHistory.Core.Tests.Replication;

/// <summary>
/// All that anybody reads from one id's observations, written out plainly: machines, periods, incidents, standings, names, labels. Only there to see
/// whether compaction changes any of it.
/// </summary>
internal static class DumbEvaluation
{
    public static string Of(List<Observation> observations, bool withCopies)
    {
        var history = observations.Where(o => withCopies || o.Origin is null).OrderBy(o => o.At).ThenBy(o => o.Kind)
            .ThenBy(o => o.Detector, StringComparer.Ordinal).ThenBy(o => o.Id, StringComparer.Ordinal).ToList();
        var lines = new List<string>
        {
            $"received {history.Select(o => o.ReceivedAt.Ticks).DefaultIfEmpty().Max()}",
            $"name {history.FirstOrDefault(o => o.Name is not null)?.Name}",
            $"labels {string.Join(',', history.SelectMany(o => o.Labels).GroupBy(l => l.Key).OrderBy(g => g.Key).Select(g => g.Last()))}",
        };
        var holder = history.FirstOrDefault(o => o.Hardware is not null)?.Hardware;
        var machines = new Dictionary<string, List<Observation>>();
        foreach (var o in history)
        {
            holder = o is { Kind: ObservationKind.Join, Origin: null, Hardware: not null } ? o.Hardware : holder;
            var machine = (o.Hardware ?? holder)?.Canonical ?? "none";
            machines.TryAdd(machine, []);
            machines[machine].Add(o);
        }

        foreach (var (machine, own) in machines.OrderBy(m => m.Key, StringComparer.Ordinal))
        {
            lines.Add($"machine {machine} from {own[0].At} to {own[^1].At}");
            lines.AddRange(new Machine(own).Read());
        }

        return string.Join('\n', lines);
    }

    private sealed class Machine(List<Observation> observations)
    {
        private readonly List<string> lines = [];
        private readonly SortedDictionary<string, Observation> suspects = new(StringComparer.Ordinal);
        private readonly SortedDictionary<string, string> standings = new(StringComparer.Ordinal);
        private readonly Dictionary<string, Observation> latest = [];
        private Observation? presence;
        private bool suspectedSincePresence;
        private (Stamp First, Stamp Last, string Id)? incident;

        public List<string> Read()
        {
            foreach (var o in observations)
            {
                var before = string.Join(',', suspects.Keys);
                if (o.Detector is not null)
                {
                    latest[o.Detector] = o;
                    standings.TryAdd(o.Detector, "silent");
                }

                var opens = o.Kind switch
                {
                    ObservationKind.Failure => Fail(o),
                    ObservationKind.Alive => Withdraw(o),
                    _ => Appear(o),
                };
                if (opens)
                {
                    var total = o.Total + latest.Values.Where(x => !x.Explicit).Sum(x => x.Accuracy);
                    lines.Add($"period {o.At} by {o.Id} T {total} suspects {string.Join(',', suspects.Values.Select(s => $"{s.Detector}:{s.Accuracy}:{s.At}:{s.Id}:{s.Reason}"))} "
                        + $"incident {incident?.Id} planned {presence?.Kind == ObservationKind.Leave}");
                }
            }

            lines.AddRange(standings.Select(s => $"standing {s.Key} {s.Value} heard {latest[s.Key].At} now {latest[s.Key].Accuracy}"));
            return lines;
        }

        private bool Fail(Observation o)
        {
            if (presence?.Kind == ObservationKind.Leave || !suspects.TryAdd(o.Detector!, o))
            {
                return false;
            }

            suspectedSincePresence = true;
            standings[o.Detector!] = $"suspects since {o.At} {o.Id} {o.Reason}";
            var joins = incident is { } i && o.At - i.Last < TimeSpan.FromSeconds(30) && o.At - i.First <= TimeSpan.FromMinutes(10);
            incident = joins ? (incident!.Value.First, o.At, incident.Value.Id) : (o.At, o.At, o.Id);
            return true;
        }

        private bool Withdraw(Observation o)
        {
            if (!suspects.Remove(o.Detector!))
            {
                return false;
            }

            standings[o.Detector!] = $"clear since {o.At} {o.Id}";
            return true;
        }

        private bool Appear(Observation o)
        {
            var repeats = presence is { } p && p.Kind == o.Kind && p.Detector == o.Detector && !suspectedSincePresence;
            presence = o;
            suspectedSincePresence = false;
            if (repeats)
            {
                return false;
            }

            foreach (var detector in suspects.Keys)
            {
                standings[detector] = $"clear since {o.At} {o.Id}";
            }

            suspects.Clear();
            incident = null;
            return true;
        }
    }
}
