using System.Runtime.CompilerServices;

namespace FailureHistory.Node.Tests.Wire;

/// <summary>The register in words (docs/WIRE.md) and in bytes (golden.txt).</summary>
internal static class WireDocument
{
    public static string Read() => File.ReadAllText(Path.Combine(Folder(), "..", "..", "..", "docs", "WIRE.md"));

    public static IReadOnlyList<(string Manifest, string Hex)> Golden() =>
        [.. File.ReadLines(Path.Combine(Folder(), "golden.txt")).Where(l => l.Length > 0 && l[0] != '#').Select(l => l.Split(' ', 2)).Select(p => (p[0], p.Length > 1 ? p[1] : string.Empty))];

    private static string Folder([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}
