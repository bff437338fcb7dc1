using System.Text.RegularExpressions;
using CsCheck;
using FailureHistory.Core.Probability;
using Xunit;

namespace FailureHistory.Core.Tests.Probability;

[Trait("Rule", "R3.1")]
public sealed class GlobTests
{
    [Theory]
    [InlineData("gpu-*", "gpu-17", true)]
    [InlineData("gpu-*", "gpu-", true)]
    [InlineData("gpu-*", "cpu-17", false)]
    [InlineData("gpu-*", "my-gpu-17", false)]
    [InlineData("GPU-?", "gpu-Ä", true)]
    [InlineData("ä*", "ÄB", true)]
    [InlineData("gpu-?", "gpu-17", false)]
    [InlineData("gpu-?", "gpu-", false)]
    [InlineData("*.rack?.example", "n1.b.Rack7.example", true)]
    [InlineData("*.rack?.example", "n1.rack7.example.", false)]
    [InlineData("node", "NODE", true)]
    [InlineData("node", "node2", false)]
    [InlineData("a.c", "abc", false)]
    [InlineData("[ab]", "a", false)]
    [InlineData("?", "🖥", true)]
    [InlineData("**", "", true)]
    [InlineData("*?", "", false)]
    public void A_pattern_matches_the_whole_name_whatever_its_case(string pattern, string name, bool expected) =>
        Assert.Equal(expected, Glob.Parse(pattern).IsMatch(name));

    [Fact]
    public void It_matches_as_the_same_regular_expression_does() =>
        Gen.Select(Gen.String[Gen.Char["aB*?"], 1, 12], Gen.String[Gen.Char["AbB"], 0, 12]).Sample(
            (pattern, name) =>
            {
                var regex = "^" + Regex.Escape(pattern.ToLowerInvariant()).Replace("\\*", ".*", StringComparison.Ordinal).Replace("\\?", ".", StringComparison.Ordinal) + "\\z";
                Assert.Equal(Regex.IsMatch(name.ToLowerInvariant(), regex, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant), Glob.Parse(pattern).IsMatch(name));
            },
            iter: 2_000);

    [Theory]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(128)]
    [InlineData(255)]
    public void Long_patterns_match_across_machine_words(int length)
    {
        var name = string.Concat(Enumerable.Range(0, length).Select(i => (char)('a' + (i % 26))));
        var glob = Glob.Parse("?" + name[1..^1] + "*");

        Assert.True(glob.IsMatch(name));
        Assert.True(glob.IsMatch(name + "more"));
        Assert.False(glob.IsMatch(name[..^2]));
        Assert.False(glob.IsMatch(name[..(length / 2)] + "#" + name[(length / 2)..]));
    }

    [Fact]
    public void A_hostile_pattern_takes_no_longer_than_any_other()
    {
        // Backtracking would need some 10^50 steps for this: the test would not end.
        var glob = Glob.Parse(string.Concat(Enumerable.Repeat("*a", 120)) + "b");

        Assert.False(glob.IsMatch(new string('a', 10_000)));
        Assert.True(glob.IsMatch(new string('a', 10_000) + "B"));
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("a\u0001")]
    public void What_is_no_text_is_no_pattern(string pattern) => Assert.Throws<FormatException>(() => Glob.Parse(pattern));

    [Fact]
    public void A_pattern_over_256_characters_is_refused() => Assert.Throws<FormatException>(() => Glob.Parse(new string('a', 257)));

    [Fact]
    public void Patterns_are_equal_whatever_their_case()
    {
        Assert.Equal(Glob.Parse("GPU-*"), Glob.Parse("gpu-*"));
        Assert.NotEqual(Glob.Parse("gpu-*"), Glob.Parse("gpu-?"));
    }
}
