using System.Diagnostics;
using FailureHistory.Members;

namespace FailureHistory.Load.Driving;

/// <summary>What members take.</summary>
internal static class Footprint
{
    private const double Mebi = 1 << 20;

    /// <summary>Resident memory of a member, the mean of all that run.</summary>
    public static double ResidentMiB(MemberSet set) => set.Running.Average(ResidentMiB);

    /// <summary>Resident memory of one.</summary>
    public static double ResidentMiB(MemberProcess member)
    {
        using var process = Process.GetProcessById(member.ProcessId);
        return process.WorkingSet64 / Mebi;
    }

    /// <summary>The files of a member, the mean of all.</summary>
    public static double DiskMiB(MemberSet set) => set.Members.Average(member => DiskOf(member) / Mebi);

    /// <summary>The bytes of the files of a member.</summary>
    public static long DiskOf(MemberProcess member) => new DirectoryInfo(member.Folder).EnumerateFiles("*", SearchOption.AllDirectories).Sum(LengthOf);

    // A file may go between being listed and being asked.
    private static long LengthOf(FileInfo file)
    {
        try
        {
            return file.Length;
        }
        catch (FileNotFoundException)
        {
            return 0;
        }
    }
}
