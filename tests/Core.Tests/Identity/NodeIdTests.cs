using System.Security.Cryptography;
using System.Text;
using CsCheck;
using FailureHistory.Core.Identity;
using Xunit;

namespace FailureHistory.Core.Tests.Identity;

[Trait("Rule", "R1.1")]
public sealed class NodeIdTests
{
    private static readonly Gen<NodeId> Any = Gen.Select(Gen.ULong, Gen.ULong, (high, low) => new NodeId(new UInt128(high, low)));

    [Fact]
    public void An_id_is_written_as_32_hex_digits_and_read_back() => Any.Sample(id =>
    {
        Assert.Matches("^[0-9a-f]{32}$", id.ToString());
        Assert.Equal(id, NodeId.Parse(id.ToString()));
        Assert.Equal(id, NodeId.Parse(id.ToString().ToUpperInvariant()));
    });

    [Fact]
    public void Its_bytes_are_its_digits() => Any.Sample(id =>
    {
        Span<byte> bytes = stackalloc byte[16];
        id.WriteTo(bytes);
        Assert.Equal(id.ToString(), Convert.ToHexStringLower(bytes));
        Assert.Equal(id, NodeId.Read(bytes));
    });

    [Fact]
    public void Ids_compare_as_their_digits_do() => Gen.Select(Any, Any).Sample((a, b) =>
    {
        var expected = Math.Sign(string.CompareOrdinal(a.ToString(), b.ToString()));
        Assert.Equal(expected, a.CompareTo(b));
        Assert.Equal((expected > 0, expected >= 0, expected < 0, expected <= 0), (a > b, a >= b, a < b, a <= b));
    });

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("0123456789abcdef0123456789abcde")]
    [InlineData("0123456789abcdef0123456789abcdef0")]
    [InlineData("0123456789abcdef0123456789abcdeg")]
    [InlineData(" 123456789abcdef0123456789abcdef")]
    [InlineData("+123456789abcdef0123456789abcdef")]
    [InlineData("0x23456789abcdef0123456789abcdef")]
    public void What_is_not_32_hex_digits_is_no_id(string? text)
    {
        Assert.False(NodeId.TryParse(text, out _));
        Assert.False(MemberId.TryParse(text, out _));
    }

    [Fact]
    public void Reading_what_is_no_id_says_what_was_expected()
    {
        Assert.Contains("32 hex digits", Assert.Throws<FormatException>(() => NodeId.Parse("web-1")).Message, StringComparison.Ordinal);
        Assert.Contains("32 hex digits", Assert.Throws<FormatException>(() => MemberId.Parse("web-1")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("web-1")]
    [InlineData("Web-1")]
    [InlineData("WEB-1")]
    public void A_name_is_hashed_in_lower_case_so_its_case_does_not_matter(string name) =>
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes("web-1"))[..16]), NodeId.FromName(name).ToString());

    [Fact]
    public void The_hash_of_a_name_and_of_an_address_never_changes_between_versions()
    {
        // The first 16 bytes of SHA-256 of "web-1" and of "hw:00:1a:2b:3c:4d:5e", taken with another program: data on disk depends on them.
        Assert.Equal("c4719afa76fa448b5eca99e673688584", NodeId.FromName("web-1").ToString());
        Assert.Equal("b1f4e46e833e6e6acfc0493b0d723fb5", NodeId.OfAddress(HardwareAddress.Parse("00:1A:2B:3C:4D:5E")!).ToString());
    }

    [Fact]
    public void Thirty_two_hex_digits_are_an_id_and_anything_else_is_a_name()
    {
        Assert.Equal("0123456789abcdef0123456789abcdef", NodeId.FromIdOrName("0123456789ABCDEF0123456789abcdef").ToString());
        Assert.Equal(NodeId.FromName("0123456789abcdef"), NodeId.FromIdOrName("0123456789ABCDEF"));
    }

    [Fact]
    [Trait("Rule", "R9.2")]
    public void A_member_id_is_written_read_and_compared_likewise() => Gen.Select(Gen.ULong, Gen.ULong, Gen.ULong).Sample((a, b, c) =>
    {
        var x = new MemberId(new UInt128(a, b));
        var y = new MemberId(new UInt128(a, c));
        Assert.Equal(x, MemberId.Parse(x.ToString()));
        Assert.Equal(b.CompareTo(c), x.CompareTo(y));
        Assert.Equal((b > c, b >= c, b < c, b <= c), (x > y, x >= y, x < y, x <= y));
    });
}
