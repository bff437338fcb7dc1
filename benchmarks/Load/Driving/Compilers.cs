using System.Diagnostics;
using System.Globalization;
using FailureHistory.Members;

namespace FailureHistory.Load.Driving;

/// <summary>
/// The threads of members and driver that compile what has become hot once more, as the system counts them (/proc/PID/task). What is measured while they work says how fast the compiler is: three members that
/// start together share their cores with it for a minute and more.
/// </summary>
internal static class Compilers
{
    private const string ThreadName = ".NET Tiered Com"; // as the system cuts it
    private const double AtRestCores = 0.1;
    private const int MostStretches = 18;
    private static readonly TimeSpan Stretch = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan ShortestThatCounts = TimeSpan.FromSeconds(5);

    /// <summary>Waits, while what is to be measured goes on, for a fifth of its time, and then until the compilers are at rest or long enough.</summary>
    /// <param name="members">Whose.</param>
    /// <param name="time">How long is measured; where that is short the figures are only to be tried, and nothing is waited for.</param>
    /// <param name="ct">Ends it.</param>
    public static async Task Rest(IReadOnlyList<MemberProcess> members, TimeSpan time, CancellationToken ct)
    {
        await ClosedLoop.AFifthOf(time)(ct).ConfigureAwait(false);
        for (var i = 0; i < MostStretches && time >= ShortestThatCounts; i++)
        {
            var (before, begun) = (Seconds(members), Stopwatch.GetTimestamp());
            // What is looked at is how much they work in it.
            await Task.Delay(Stretch, ct).ConfigureAwait(false);
            if (Seconds(members).Sum(now => now.Value - before.GetValueOrDefault(now.Key)) < AtRestCores * Stopwatch.GetElapsedTime(begun).TotalSeconds)
            {
                return;
            }
        }
    }

    // By thread, since the runtime lets one go that has nothing to compile for a while, and its time with it.
    private static Dictionary<string, double> Seconds(IEnumerable<MemberProcess> members) =>
        members.Where(member => member.IsRunning).Select(member => member.ProcessId).Append(Environment.ProcessId)
            .Select(id => new DirectoryInfo($"/proc/{id}/task")).Where(threads => threads.Exists)
            .SelectMany(threads => threads.GetDirectories()).ToDictionary(thread => thread.FullName, OfThread);

    // Its user and system time, in hundredths of a second: the 14th and 15th word, counted behind the name in brackets.
    private static double OfThread(DirectoryInfo thread)
    {
        try
        {
            if (File.ReadAllText(Path.Combine(thread.FullName, "comm")).Trim() != ThreadName)
            {
                return 0;
            }

            var stat = File.ReadAllText(Path.Combine(thread.FullName, "stat"));
            var words = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return (long.Parse(words[11], CultureInfo.InvariantCulture) + long.Parse(words[12], CultureInfo.InvariantCulture)) / 100.0;
        }
        catch (IOException)
        {
            return 0; // the thread has ended since it was listed: it compiles nothing any more
        }
    }
}
