using CsCheck;
using FailureHistory.Core.History;
using FailureHistory.Core.Identity;
using Xunit;

namespace FailureHistory.Core.Tests.History;

public sealed class ObservationOrderTests
{
    [Fact]
    [Trait("Rule", "R4.5")]
    public void Time_comes_first_then_kind_then_detector_then_id_then_origin_then_receipt()
    {
        var o = new Script().Failure(1, "b", id: "b").Originals[0];
        Observation[] ascending =
        [
            o with { At = Script.At(0), Kind = ObservationKind.Leave, Detector = "z" },
            o with { Detector = null, Id = "z" },
            o with { Detector = "B", Id = "z" },
            o with { Id = "B" },
            o,
            o with { ReceivedAt = Script.At(2) },
            o with { Origin = new NodeId(1), ReceivedAt = Script.At(0) },
            o with { Kind = ObservationKind.Alive, Detector = null },
            o with { Kind = ObservationKind.Join, Detector = null },
            o with { Kind = ObservationKind.Leave, Detector = null },
            o with { At = Script.At(2), Detector = null },
        ];

        for (var i = 0; i < ascending.Length; i++)
        {
            for (var j = 0; j < ascending.Length; j++)
            {
                Assert.Equal(i.CompareTo(j), Math.Sign(ObservationOrder.Instance.Compare(ascending[i], ascending[j])));
            }
        }
    }

    [Fact]
    [Trait("Rule", "R4.5")]
    public void It_is_a_total_order() =>
        Gen.Select(RandomHistories.Report, RandomHistories.Report, RandomHistories.Report).Sample((a, b, c) =>
        {
            var order = ObservationOrder.Instance;
            Assert.Equal(Math.Sign(order.Compare(a, b)), -Math.Sign(order.Compare(b, a)));
            Assert.Equal(order.Compare(a, b) == 0, SortKey(a).Equals(SortKey(b)));
            if (order.Compare(a, b) <= 0 && order.Compare(b, c) <= 0)
            {
                Assert.True(order.Compare(a, c) <= 0);
            }
        });

    private static object SortKey(Observation o) => (o.At, o.Kind, o.Detector, o.Id, o.Origin, o.ReceivedAt, o.Node);
}
