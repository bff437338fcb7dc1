using FailureHistory.Core.Identity;
using Xunit;

namespace FailureHistory.Core.Tests.Identity;

[Trait("Rule", "R1.1")]
public sealed class NodeNamesTests
{
    [Fact]
    public void An_id_is_that_of_its_name_for_more_names_than_are_remembered_and_by_many_threads() =>
        Parallel.For(0, 4, thread =>
        {
            for (var round = 0; round < 2; round++)
            {
                for (var i = 0; i < 300_000; i += 1 + (i % 3))
                {
                    var name = $"Rack{i}.example.org";
                    if (NodeNames.IdOf(name) != NodeId.FromName(name))
                    {
                        Assert.Fail($"{name}, thread {thread}, round {round}: {NodeNames.IdOf(name)}; expected {NodeId.FromName(name)}");
                    }
                }
            }
        });
}
