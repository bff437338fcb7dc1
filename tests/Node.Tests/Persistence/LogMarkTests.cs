using FailureHistory.Core.Time;
using FailureHistory.Node.Configuration;
using FailureHistory.Node.Persistence;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace FailureHistory.Node.Tests.Persistence;

/// <summary>Whether the log that is found is the one that the folder had (R9.3, R9.4).</summary>
public sealed class LogMarkTests : IDisposable
{
    private const string Id = "0123456789abcdef0123456789abcdef";
    private readonly string root = Directory.CreateTempSubdirectory("fh-mark-").FullName;
    private readonly FakeTimeProvider time = new();
    private readonly DataFolder folder;

    public LogMarkTests() => folder = DataFolder.Open(root);

    private long Now => Stamp.From(time.GetUtcNow()).Ticks;

    private string File => Path.Combine(root, "log-mark");

    [Theory]
    [InlineData(null, null, 0, false, LogFate.New)] // an empty folder
    [InlineData(null, null, 9, true, LogFate.New)] // a log from before there were marks
    [InlineData(null, Id, 0, false, LogFate.New)] // the first start was cut off
    [InlineData(null, null, 0, true, LogFate.Lost)]
    [InlineData(null, Id, 9, true, LogFate.Lost)] // the file is gone: nobody knows
    [InlineData($"{Id} 9", Id, 9, true, LogFate.Kept)]
    [InlineData($"{Id} 9", Id, 12, true, LogFate.Kept)] // noted now and then only
    [InlineData($"{Id} 0", Id, 0, false, LogFate.Kept)]
    [InlineData($"{Id} 9 0 7", Id, 9, true, LogFate.Kept)]
    [InlineData($"{Id} 9", Id, 8, true, LogFate.Lost)] // its end is missing
    [InlineData($"{Id} 9", null, 0, true, LogFate.Lost)] // emptied
    [InlineData($"{Id} 9", "another", 20, true, LogFate.Lost)] // an older one, from before it was lost once
    public void The_log_is_the_same_one_when_id_and_rows_agree(string? file, string? logId, long rows, bool vouched, LogFate expected)
    {
        if (file is not null)
        {
            System.IO.File.WriteAllText(File, file + "\n");
        }

        Assert.Equal(expected, new LogMark(folder, time).Judge(new LogFound(logId, rows), vouched));
    }

    [Theory]
    [InlineData("")]
    [InlineData("0123 5")]
    [InlineData($"{Id}")]
    [InlineData($"{Id} -1")]
    [InlineData($"{Id} 1 0")]
    [InlineData($"{Id} 1 0 x")]
    public void A_damaged_mark_is_told_with_what_to_do(string content)
    {
        System.IO.File.WriteAllText(File, content);
        Assert.Contains("delete it", Assert.Throws<StartupException>(() => new LogMark(folder, time).Judge(new LogFound(Id, 1), true)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Rows_are_noted_at_the_first_and_then_every_5_s_and_at_the_end()
    {
        System.IO.File.WriteAllText(File, $"{Id} 3\n");
        var mark = new LogMark(folder, time);
        mark.Note(4, Stamp.Zero);
        Assert.Equal($"{Id} 3\n", System.IO.File.ReadAllText(File)); // whose log it is has not been judged yet

        Assert.Equal(LogFate.Kept, mark.Judge(new LogFound(Id, 3), true));
        mark.Note(4, Stamp.Zero);
        var noted = Now;
        Assert.Equal($"{Id} 4 0 300000000 {noted}\n", System.IO.File.ReadAllText(File));
        mark.Note(5, Stamp.Zero);
        time.Advance(TimeSpan.FromSeconds(4.9));
        mark.Note(6, Stamp.Zero);
        Assert.Equal($"{Id} 4 0 300000000 {noted}\n", System.IO.File.ReadAllText(File));
        time.Advance(TimeSpan.FromSeconds(0.1));
        mark.Note(7, Stamp.Zero);
        Assert.Equal($"{Id} 7 0 300000000 {Now}\n", System.IO.File.ReadAllText(File));
        mark.Note(8, Stamp.Zero, atOnce: true);
        mark.Note(6, Stamp.Zero, atOnce: true);
        Assert.Equal($"{Id} 8 0 300000000 {Now}\n", System.IO.File.ReadAllText(File));
    }

    [Fact]
    [Trait("Rule", "R9.3")]
    public void A_hole_in_the_log_is_noticed_once()
    {
        System.IO.File.WriteAllText(File, $"{Id} 9 2 0\n");
        Assert.Equal(LogFate.Kept, new LogMark(folder, time).Judge(new LogFound(Id, 12, Missing: 2), true)); // known
        Assert.Equal(LogFate.Lost, new LogMark(folder, time).Judge(new LogFound(Id, 12, Missing: 3), true));

        // The old hole was deleted with the rows around it; another is another, however small.
        var mark = new LogMark(folder, time);
        Assert.Equal(LogFate.Kept, mark.Judge(new LogFound(Id, 12), true));
        mark.Note(13, Stamp.Zero);
        Assert.Equal(LogFate.Lost, new LogMark(folder, time).Judge(new LogFound(Id, 14, Missing: 1), true));
    }

    [Fact]
    [Trait("Rule", "R2.3")]
    public void No_stamp_goes_beyond_the_bound_that_is_noted_and_that_outlives_the_log()
    {
        System.IO.File.WriteAllText(File, $"{Id} 3\n");
        var mark = new LogMark(folder, time);
        Assert.Equal(LogFate.Kept, mark.Judge(new LogFound(Id, 3), true));
        for (var (row, seconds) = (4, 0); row < 60; row++, seconds += row)
        {
            var reserved = Stamp.Zero + TimeSpan.FromSeconds(seconds);
            mark.Note(row, reserved); // all within 5 s of one another
            var after = new LogMark(folder, time);
            Assert.Equal(LogFate.Lost, after.Judge(new LogFound(null, 0), true));
            Assert.True(after.Bound >= reserved, $"expected a bound of {reserved} or more on disk; came {after.Bound}");
        }
    }

    [Fact]
    [Trait("Rule", "R9.7")]
    public void A_log_that_was_not_written_for_so_long_that_removals_may_be_forgotten_is_not_gone_on_with_by_itself()
    {
        System.IO.File.WriteAllText(File, $"{Id} 3\n");
        var mark = new LogMark(folder, time);
        mark.Judge(new LogFound(Id, 3), true);
        mark.Note(4, Stamp.Zero);
        time.Advance(TimeSpan.FromDays(28));
        mark.Note(4, Stamp.Zero); // alive, and nothing to write
        time.Advance(TimeSpan.FromDays(28.9));
        Assert.Equal(LogFate.Kept, new LogMark(folder, time).Judge(new LogFound(Id, 4), true));
        time.Advance(TimeSpan.FromDays(0.2));
        var refused = Assert.Throws<StartupException>(() => new LogMark(folder, time).Judge(new LogFound(Id, 4), true)).Message;
        Assert.All(["29 days ago", root, "--log.keep-after-absence on", "empty data folder"], part => Assert.Contains(part, refused, StringComparison.Ordinal));
        Assert.Equal(LogFate.Kept, new LogMark(folder, time).Judge(new LogFound(Id, 4), true, keepAfterAbsence: true));
    }

    public void Dispose()
    {
        folder.Dispose();
        Directory.Delete(root, recursive: true);
    }
}
