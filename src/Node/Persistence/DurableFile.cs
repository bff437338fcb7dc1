using Microsoft.Win32.SafeHandles;

namespace FailureHistory.Node.Persistence;

/// <summary>Small files that are whole or not there, also after a power cut: written aside, synced, renamed, and the folder synced.</summary>
internal static class DurableFile
{
    public static void Write(string path, ReadOnlySpan<byte> content)
    {
        var aside = path + ".new";
        using (var file = new FileStream(aside, FileMode.Create, FileAccess.Write, FileShare.None))
        {
            file.Write(content);
            file.Flush(flushToDisk: true);
        }

        File.Move(aside, path, overwrite: true);
        SyncFolder(Path.GetDirectoryName(path)!);
    }

    private static void SyncFolder(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            return; // a folder can't be opened there, and NTFS journals renames
        }

        using var handle = OpenFolder(folder);
        if (handle is not null)
        {
            RandomAccess.FlushToDisk(handle);
        }
    }

    private static SafeFileHandle? OpenFolder(string folder)
    {
        var descriptor = NativeMethods.Open(folder, 0);
        return descriptor < 0 ? throw new IOException($"{folder}: can't be opened to sync it") : new SafeFileHandle(descriptor, ownsHandle: true);
    }

    private static partial class NativeMethods
    {
        [System.Runtime.InteropServices.DllImport("libc", EntryPoint = "open", SetLastError = true)]
        [System.Runtime.InteropServices.DefaultDllImportSearchPaths(System.Runtime.InteropServices.DllImportSearchPath.SafeDirectories)]
        public static extern int Open([System.Runtime.InteropServices.MarshalAs(System.Runtime.InteropServices.UnmanagedType.LPUTF8Str)] string path, int flags);
    }
}
