using FailureHistory.Core.Identity;
using Xunit;

namespace FailureHistory.Core.Tests.Identity;

[Trait("Rule", "R1.1")]
public sealed class PrintableTests
{
    [Theory]
    [InlineData("a")]
    [InlineData("rack 7/node-3 ünï 漢字 🖥")]
    public void Printable_text_has_no_fault(string text) => Assert.Null(Printable.Fault("name", text));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(" \t ")]
    public void Empty_text_is_at_fault(string? text) => Assert.Equal("name is empty; expected 1 to 256 printable characters", Printable.Fault("name", text));

    [Theory]
    [InlineData("a\u0000", "U+0000", 1)]
    [InlineData("ab\u2028c", "U+2028", 2)]
    [InlineData("\u007fx", "U+007F", 0)]
    public void An_unprintable_character_is_named_with_its_position(string text, string character, int position)
    {
        var fault = Printable.Fault("reason", text);

        Assert.Contains(character, fault, StringComparison.Ordinal);
        Assert.Contains($"position {position};", fault, StringComparison.Ordinal);
    }

    [Fact]
    public void Half_a_surrogate_pair_is_unprintable() => Assert.NotNull(Printable.Fault("name", "a" + (char)0xD83D + "b"));

    [Fact]
    public void The_limit_itself_is_allowed_and_one_more_is_not()
    {
        Assert.Null(Printable.Fault("name", new string('x', 256)));
        Assert.Equal("name has 257 characters; expected 1 to 256", Printable.Fault("name", new string('x', 257)));
    }
}
