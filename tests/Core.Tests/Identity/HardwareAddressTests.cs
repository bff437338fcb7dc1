using FailureHistory.Core.Identity;
using Xunit;

namespace FailureHistory.Core.Tests.Identity;

public sealed class HardwareAddressTests
{
    [Theory]
    [Trait("Rule", "R1.2")]
    [InlineData("00:1A:2B:3C:4D:5E", "00:1a:2b:3c:4d:5e")]
    [InlineData("SN-4711", " sn-4711 ")]
    public void Addresses_compare_case_insensitively_and_show_as_given(string one, string other)
    {
        var x = HardwareAddress.Parse(one)!;
        var y = HardwareAddress.Parse(other)!;

        Assert.Equal(x, y);
        Assert.Equal(x.GetHashCode(), y.GetHashCode());
        Assert.Equal(one, x.ToString());
        Assert.Equal(NodeId.OfAddress(x), NodeId.OfAddress(y));
    }

    [Fact]
    [Trait("Rule", "R1.2")]
    public void Different_addresses_are_different_machines() =>
        Assert.NotEqual(HardwareAddress.Parse("SN-1"), HardwareAddress.Parse("SN-2"));

    [Theory]
    [Trait("Rule", "R1.8")]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("  ")]
    [InlineData("00:00:00:00:00:00")]
    [InlineData("00-00-00-00-00-00")]
    [InlineData("0000.0000.0000")]
    [InlineData("ff:ff:ff:ff:ff:ff")]
    [InlineData("FFFFFFFFFFFF")]
    [InlineData("00000000-0000-0000-0000-000000000000")]
    [InlineData("FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF")]
    [InlineData("None")]
    [InlineData("not specified")]
    [InlineData("To Be Filled By O.E.M.")]
    [InlineData(" Default string ")]
    [InlineData("System Serial Number")]
    public void A_placeholder_counts_as_none(string? text) => Assert.Null(HardwareAddress.Parse(text));

    [Theory]
    [Trait("Rule", "R1.8")]
    [InlineData("00:00:00:00:00:01")]
    [InlineData("ff:ff:ff:ff:ff:fe")]
    [InlineData("0000000")]
    [InlineData("none-such")]
    [InlineData("f0f0f0f0f0f0")]
    public void What_only_looks_like_a_placeholder_is_an_address(string text) => Assert.Equal(text, HardwareAddress.Parse(text)!.Text);

    [Fact]
    [Trait("Rule", "R1.2")]
    public void An_address_has_up_to_128_printable_characters()
    {
        Assert.NotNull(HardwareAddress.Parse(new string('x', 128)));
        Assert.Contains("129", Assert.Throws<FormatException>(() => HardwareAddress.Parse(new string('x', 129))).Message, StringComparison.Ordinal);
        Assert.Contains("U+0007", Assert.Throws<FormatException>(() => HardwareAddress.Parse("a\ab")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [Trait("Rule", "R6.3")]
    [InlineData("hw:SN-1")]
    [InlineData("HW:sn-1")]
    public void A_reference_by_address_goes_to_the_place_of_its_index_entry(string text)
    {
        var reference = NodeReference.Parse(text);

        Assert.Equal(HardwareAddress.Parse("SN-1"), reference.Address);
        Assert.Equal(NodeId.OfAddress(reference.Address!), reference.Id);
    }

    [Fact]
    [Trait("Rule", "R6.3")]
    public void A_reference_is_an_id_or_a_name_otherwise()
    {
        Assert.Equal((NodeId.FromName("web-1"), null), (NodeReference.Parse("WEB-1").Id, NodeReference.Parse("WEB-1").Address));
        Assert.Equal(new NodeId(1), NodeReference.Parse("00000000000000000000000000000001").Id);
    }

    [Theory]
    [Trait("Rule", "R2.8")]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("a\nb")]
    [InlineData("hw:")]
    [InlineData("hw:00:00:00:00:00:00")]
    public void A_reference_that_names_nothing_is_refused(string? text) => Assert.Throws<FormatException>(() => NodeReference.Parse(text));
}
