using System.Diagnostics;

namespace FailureHistory.Faults.Driving;

/// <summary>The longest time between two successes, and when it began.</summary>
internal readonly record struct Gap(TimeSpan Length, long From);

/// <summary>What became of the calls of one closed loop, in order. A call is one request until it was answered properly, however often and wherever it was sent.</summary>
/// <param name="Kind">Write, read or majority read.</param>
/// <param name="Way">By which way.</param>
/// <param name="Name">For messages.</param>
internal sealed record Track(CallKind Kind, CallWay Way, string Name)
{
    private readonly Lock guard = new();
    private readonly List<long> successes = [];
    private readonly List<(long At, string Why)> failures = [];

    public int Successes
    {
        get
        {
            lock (guard)
            {
                return successes.Count;
            }
        }
    }

    /// <summary>Calls that no member answered properly in time, with the last reason.</summary>
    public IReadOnlyList<(long At, string Why)> Failures
    {
        get
        {
            lock (guard)
            {
                return [.. failures];
            }
        }
    }

    public void Succeeded()
    {
        lock (guard)
        {
            successes.Add(Stopwatch.GetTimestamp());
        }
    }

    public void Failed(string why)
    {
        lock (guard)
        {
            failures.Add((Stopwatch.GetTimestamp(), why));
        }
    }

    /// <summary>The longest time within a span in which nothing succeeded.</summary>
    public Gap Longest(long from, long to)
    {
        var longest = new Gap(TimeSpan.Zero, from);
        var last = from;
        lock (guard)
        {
            foreach (var at in successes.Where(at => at > from && at < to).Append(to))
            {
                var length = Stopwatch.GetElapsedTime(last, at);
                longest = length > longest.Length ? new Gap(length, last) : longest;
                last = at;
            }
        }

        return longest;
    }
}

/// <summary>What a loop does.</summary>
internal enum CallKind
{
    /// <summary>Reports, until all is acknowledged.</summary>
    Write,

    /// <summary>State, by the first complete replica.</summary>
    ReadOne,

    /// <summary>State, by a majority.</summary>
    ReadMajority,
}

/// <summary>By which way.</summary>
internal enum CallWay
{
    /// <summary>The typed client, which chooses the members itself.</summary>
    Client,

    /// <summary>HTTP to one member that is never harmed.</summary>
    HttpLive,

    /// <summary>HTTP to one member, and to the next when that does not answer within two seconds, or refuses.</summary>
    HttpRoaming,
}
