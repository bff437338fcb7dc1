using System.Text.RegularExpressions;
using Xunit;

namespace FailureHistory.EndToEnd.Tests.Readme;

/// <summary>The README is true: its first command and its curl examples are run as they stand there.</summary>
public sealed partial class ReadmeTests
{
    private static readonly IReadOnlyList<CodeBlock> Blocks = ReadmeExamples.Blocks(Repository.Read("README.md"));

    [Fact]
    public void Each_of_the_two_commands_stands_on_a_line_of_its_own()
    {
        var commands = Blocks.Where(b => b.Language == "sh").Select(b => b.Text).Take(2).ToList();
        Assert.Equal(["dotnet run --project src/Node", "./test.sh"], commands);
    }

    [DefaultPortsFact]
    public async Task The_first_command_starts_a_member_and_every_curl_example_answers_as_printed()
    {
        var examples = ReadmeExamples.Curl(Blocks);
        Assert.True(examples.Count >= 5, $"expected at least 5 curl examples in the README; came {examples.Count}");
        var shown = Blocks[1];
        await using var member = new ReadmeMember(Blocks[0].Text);
        await member.Ready();

        var wrong = new List<string>();
        foreach (var example in examples)
        {
            var answer = await ReadmeMember.Run(example.Command);
            if (MaskedJson.Of(answer) != MaskedJson.Of(example.Answer))
            {
                wrong.Add($"README.md, line {example.Line}: {example.Command}\nexpected {MaskedJson.Of(example.Answer)}\ncame     {MaskedJson.Of(answer)}\n");
            }
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
        Assert.Equal(0, await member.Stop());

        var written = member.Output.Select(MaskLine).ToHashSet();
        var missing = shown.Text.Split('\n').Where(line => !written.Contains(MaskLine(line))).ToList();
        Assert.True(missing.Count == 0, $"README.md, line {shown.Line}: expected the member to write\n{string.Join('\n', missing)}\ncame\n{string.Join('\n', member.Output)}");
    }

    [Theory]
    [InlineData("""{"a":[1,{"at":"2026-11-22T23:52:47.1716548Z"}]}""", """{"a":[1,{"at":"2001-01-01T00:00:00.0000000Z"}]}""", true)]
    [InlineData("""{"a":1,"b":null}""", """{"b":null,"a":1}""", false)]
    [InlineData("""{"a":1}""", """{"a":2}""", false)]
    [InlineData("""{"at":"2026-11-22T23:52:47.1716548Z"}""", """{"at":null}""", false)]
    [InlineData("""{"observation":"eBhPAJib3UJo-glJ"}""", """{"observation":"mnrGDrin0pcx4zfp"}""", true)]
    [InlineData("""{"reason":"eBhPAJib3UJo-glJ"}""", """{"reason":"mnrGDrin0pcx4zfp"}""", false)]
    public void Answers_are_compared_without_what_differs_from_run_to_run(string one, string other, bool alike) =>
        Assert.Equal(alike, MaskedJson.Of(one) == MaskedJson.Of(other));

    private static string MaskLine(string line) => Folder().Replace(ClusterId().Replace(Time().Replace(line, "<time>"), "<id>"), "data in <folder>,");

    [GeneratedRegex(@"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")]
    private static partial Regex Time();

    [GeneratedRegex("[0-9a-f]{32}")]
    private static partial Regex ClusterId();

    [GeneratedRegex("data in .*?,")]
    private static partial Regex Folder();
}
