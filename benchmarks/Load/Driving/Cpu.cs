using System.Diagnostics;
using FailureHistory.Members;

namespace FailureHistory.Load.Driving;

/// <summary>Processor seconds that the members and the driver have used, as the system counts them (/proc/PID/stat), and when that was.</summary>
/// <param name="At">The time, as a stopwatch's timestamp.</param>
/// <param name="Members">Of all members that run; null where there are none.</param>
/// <param name="Driver">Of this process, and of others that it drives.</param>
internal readonly record struct Cpu(long At, double? Members, double Driver)
{
    /// <summary>Now.</summary>
    public static Cpu Now(IEnumerable<MemberProcess> members, Process? other = null) => new(
        Stopwatch.GetTimestamp(),
        members.Where(member => member.IsRunning).Aggregate((double?)null, (sum, member) => (sum ?? 0) + member.Used.TotalSeconds),
        Environment.CpuUsage.TotalTime.TotalSeconds + Of(other));

    /// <summary>Processor seconds of members and driver for each second since then.</summary>
    public (double? Members, double Driver, double Seconds) Since(Cpu before)
    {
        var seconds = Stopwatch.GetElapsedTime(before.At, At).TotalSeconds;
        return (Members - before.Members is { } members ? Math.Round(members / seconds, 2) : null, Math.Round((Driver - before.Driver) / seconds, 2), seconds);
    }

    private static double Of(Process? process)
    {
        process?.Refresh();
        return process?.TotalProcessorTime.TotalSeconds ?? 0;
    }
}
