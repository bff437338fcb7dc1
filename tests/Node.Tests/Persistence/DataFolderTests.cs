using FailureHistory.Node.Configuration;
using FailureHistory.Node.Persistence;
using Xunit;

namespace FailureHistory.Node.Tests.Persistence;

public sealed class DataFolderTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("fh-data-").FullName;

    [Fact]
    public void The_id_is_drawn_once_and_kept()
    {
        var path = Path.Combine(root, "a", "b");
        using (var first = DataFolder.Open(path))
        {
            Assert.True(first.WasEmpty);
            Assert.NotEqual(default, first.Id);
        }

        using var again = DataFolder.Open(path);
        Assert.False(again.WasEmpty);
        Assert.Equal(File.ReadAllText(Path.Combine(path, "member-id")).Trim(), again.Id.ToString());
        using var other = DataFolder.Open(Path.Combine(root, "other"));
        Assert.NotEqual(again.Id, other.Id);
    }

    [Fact]
    public void A_second_member_is_kept_out_and_told_what_to_do_until_the_first_has_gone()
    {
        var path = Path.Combine(root, "a");
        using (DataFolder.Open(path))
        {
            Assert.Equal(
                $"data folder {path}: another member uses it; give each member a folder of its own (--data)",
                Assert.Throws<StartupException>(() => DataFolder.Open(path)).Message);
        }

        using var free = DataFolder.Open(path);
        Assert.False(free.WasEmpty);
    }

    [Theory]
    [InlineData("")]
    [InlineData("0123")]
    [InlineData("zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz")]
    public void A_damaged_id_is_told_and_the_folder_let_go(string content)
    {
        var path = Path.Combine(root, "a");
        string kept;
        using (var folder = DataFolder.Open(path))
        {
            kept = folder.Id.ToString();
        }

        File.WriteAllText(Path.Combine(path, "member-id"), content);
        var fault = Assert.Throws<StartupException>(() => DataFolder.Open(path));
        Assert.Contains("member-id: expected the member's id, 32 hex digits", fault.Message, StringComparison.Ordinal);

        File.WriteAllText(Path.Combine(path, "member-id"), kept + "\n");
        using var restored = DataFolder.Open(path);
        Assert.Equal(kept, restored.Id.ToString());
    }

    [Fact]
    public void A_path_that_is_a_file_is_told()
    {
        var file = Path.Combine(root, "file");
        File.WriteAllText(file, "x");
        Assert.StartsWith($"data folder {file}: can't be written", Assert.Throws<StartupException>(() => DataFolder.Open(file)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_durable_file_is_replaced_as_a_whole_and_leaves_nothing_aside()
    {
        var file = Path.Combine(root, "file");
        DurableFile.Write(file, "a longer text"u8);
        DurableFile.Write(file, "short"u8);
        Assert.Equal("short", File.ReadAllText(file));
        Assert.Equal(["file"], Directory.GetFiles(root).Select(Path.GetFileName));

        // A power cut between writing aside and renaming leaves the old one whole.
        File.WriteAllText(file + ".new", "torn");
        Assert.Equal("short", File.ReadAllText(file));
        DurableFile.Write(file, "after"u8);
        Assert.Equal("after", File.ReadAllText(file));
    }

    public void Dispose() => Directory.Delete(root, recursive: true);
}
