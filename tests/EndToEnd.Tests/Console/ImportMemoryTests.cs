using System.Diagnostics;
using System.Text.Json.Nodes;
using FailureHistory.Fhs;
using Xunit;
using Xunit.Abstractions;

namespace FailureHistory.EndToEnd.Tests.Fhs;

/// <summary>
/// Memory does not grow with the file (SPEC 11.4): <c>fhs</c> as a process of its own imports a small and a large made-up trace into a service that
/// takes everything, and its greatest resident memory is compared. The large one is shuffled, so that the spans of a node lie all over it.
/// </summary>
[Trait("Rule", "11.4")]
public sealed class ImportMemoryTests(ITestOutputHelper output) : IDisposable
{
    private const int Small = 50_000;
    private const int Large = 200_000;

    // Kept whole, a row takes some 250 bytes: 150,000 more would take 37 MB.
    private const long MostGrowth = 25L * 1024 * 1024;
    private static readonly TimeSpan Bound = TimeSpan.FromMinutes(3);

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("fhs-memory-");

    [Fact]
    public async Task A_trace_of_four_times_as_many_rows_takes_hardly_more_memory()
    {
        await using var service = await FakeService.StartAsync(Accept, keep: false);

        var (small, ofSmall) = await Import(service, Small);
        var (large, ofLarge) = await Import(service, Large);

        output.WriteLine($"{Small:N0} rows: {small / 1048576.0:0.0} MiB; {Large:N0} rows: {large / 1048576.0:0.0} MiB");
        Assert.Equal((Small, Large), ((int)ofSmall["records"]!, (int)ofLarge["records"]!));
        Assert.True((int)ofLarge["accepted"]! >= Large && (int)ofLarge["rejected"]! == 0, $"expected every row to give an observation at least; came {ofLarge}");
        Assert.True(
            large - small < MostGrowth,
            $"expected the memory of fhs to grow by less than {MostGrowth / 1048576} MiB from {Small:N0} to {Large:N0} rows; it grew from {small / 1048576} to {large / 1048576} MiB");
    }

    public void Dispose() => folder.Delete(recursive: true);

    private async Task<(long Peak, JsonNode Counts)> Import(FakeService service, int rows)
    {
        var file = Path.Combine(folder.FullName, $"{rows}.tab");
        MadeUpTrace.Write(file, rows, seed: 4);
        var start = new ProcessStartInfo(
            Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet",
            [Path.Combine(AppContext.BaseDirectory, "fhs.dll"), "import", file, "--format", "fta", "--json", "--url", service.Url])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["TMPDIR"] = folder.FullName;
        using var process = Process.Start(start)!;
        var text = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        var peak = await PeakUntilExit(process);

        Assert.True(process.ExitCode == ExitCode.Done, $"expected exit code 0; came {process.ExitCode}: {await error}");
        Assert.Empty(folder.GetDirectories());
        return (peak, JsonNode.Parse(await text)!);
    }

    // The system keeps the greatest value by itself; it is gone with the process.
    private static async Task<long> PeakUntilExit(Process process)
    {
        var begun = Stopwatch.GetTimestamp();
        var peak = 0L;
        while (!process.HasExited)
        {
            if (Stopwatch.GetElapsedTime(begun) > Bound)
            {
                process.Kill();
                Assert.Fail($"expected the import to end within {Bound}; it ran on");
            }

            try
            {
                process.Refresh();
                peak = Math.Max(peak, process.PeakWorkingSet64);
            }
            catch (InvalidOperationException)
            {
                break; // it ended in between
            }

            // Between two looks at the memory it takes.
            await Task.Delay(50);
        }

        await process.WaitForExitAsync();
        return peak;
    }

    private static Canned Accept(Received request)
    {
        var count = request.Body.Split("\"id\":").Length - 1;
        return Canned.Ok(request.Method == "PUT" ? "{}" : $$"""{"accepted":{{count}},"duplicates":0,"rejected":[],"retry":[]}""");
    }
}
