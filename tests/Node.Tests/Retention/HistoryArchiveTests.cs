using System.Text;
using FailureHistory.Node.Retention;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace FailureHistory.Node.Tests.Retention;

/// <summary>What is folded is in the archive row by row (R10.3), whatever became of an earlier writing.</summary>
[Trait("Rule", "R10.3")]
public sealed class HistoryArchiveTests : IDisposable
{
    private const string First = "segment-007-2026-03-01.csv";
    private const string Second = "segment-007-2026-03-01-2.csv";

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("fh-archive-");
    private readonly HistoryArchive archive;

    public HistoryArchiveTests() => archive = new HistoryArchive(folder.FullName, new FakeTimeProvider(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero)));

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public void What_is_added_on_one_day_is_in_one_file_under_one_header()
    {
        archive.Append(7, [MemberRig.Failure("n", "1"), MemberRig.Failure("n", "2")]);
        archive.Append(7, [MemberRig.Failure("n", "3")]);

        Assert.Equal([First], Files());
        Assert.Equal(["id", "1", "2", "3"], Ids(First));
    }

    [Theory]
    [InlineData("2026-03-01T12:00:00.0000000Z,n,,ping,fail")]
    [InlineData("2026-03-01T12:00:00.0000000Z,n,,ping,failure,\"two\nlines\n")]
    [InlineData("at,node,hard")]
    public void After_a_torn_line_a_further_file_is_begun(string torn)
    {
        File.WriteAllText(Path.Combine(folder.FullName, First), torn);

        archive.Append(7, [MemberRig.Failure("n", "1")]);
        archive.Append(7, [MemberRig.Failure("n", "2")]);

        Assert.Equal([Second, First], Files());
        Assert.Equal(torn, File.ReadAllText(Path.Combine(folder.FullName, First)));
        Assert.Equal(["id", "1", "2"], Ids(Second));
    }

    [Fact]
    public void A_file_of_before_a_restart_that_ends_with_a_whole_row_is_continued()
    {
        File.WriteAllText(Path.Combine(folder.FullName, First), "a,b,c,d,e,f,id\na,b,c,d,e,\"two \"\"big\"\"\nlines\",0\n");

        archive.Append(7, [MemberRig.Failure("n", "1")]);

        Assert.Equal([First], Files());
        Assert.EndsWith("1", Ids(First)[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void What_could_be_written_only_in_part_is_taken_back()
    {
        using var disk = new FullDisk(10);
        HistoryArchive.AppendWhole(disk, "row 1\n"u8);

        Assert.Throws<IOException>(() => HistoryArchive.AppendWhole(disk, "row 2\n"u8));

        Assert.Equal("row 1\n", Encoding.UTF8.GetString(disk.ToArray()));
    }

    private string[] Files() => [.. folder.GetFiles().Select(f => f.Name).Order(StringComparer.Ordinal)];

    private string[] Ids(string name) => [.. File.ReadLines(Path.Combine(folder.FullName, name)).Select(line => line.Split(',').ElementAtOrDefault(6) ?? "")];

    private sealed class FullDisk(int capacity) : MemoryStream
    {
        public override void Write(ReadOnlySpan<byte> buffer)
        {
            var fits = Math.Min(buffer.Length, capacity - (int)Length);
            base.Write(buffer[..fits]);
            if (fits < buffer.Length)
            {
                throw new IOException("no space left on device");
            }
        }
    }
}
