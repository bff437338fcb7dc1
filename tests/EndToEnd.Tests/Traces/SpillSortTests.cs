using CsCheck;
using FailureHistory.Core.Time;
using FailureHistory.Fhs.Traces;
using Xunit;

namespace FailureHistory.EndToEnd.Tests.Traces;

/// <summary>Sorting more than fits in memory (SPEC 11.4: memory does not grow with the file).</summary>
[Trait("Rule", "11.4")]
public sealed class SpillSortTests
{
    [Fact]
    public void Whatever_the_bound_the_order_is_that_of_a_sort_in_memory() =>
        Gen.Select(Gen.Select(Gen.Int[0, 5], Gen.Int[0, 50], Gen.Bool).Array[0, 300], Gen.Int[1, 60]).Sample((items, perRun) =>
        {
            var spans = items.Select((item, i) => new TraceSpan($"n{item.Item1}", new Stamp(item.Item2), new Stamp(item.Item2 + 1), item.Item3 ? "why" : null, i, item.Item3)).ToList();
            using var sorted = new SpillSort<TraceSpan>(SpanOrder.Instance, SpanSpill.Instance, perRun * 200L);
            spans.ForEach(sorted.Add);

            Assert.Equal(spans.Order(SpanOrder.Instance), sorted.InOrder());
            Assert.Equal(spans.Order(SpanOrder.Instance), sorted.InOrder());
        }, iter: 200);

    [Fact]
    public void Runs_are_merged_level_by_level_so_that_few_files_are_open()
    {
        const int count = 5_000;
        string? folder;
        using (var sorted = new SpillSort<TraceSpan>(SpanOrder.Instance, SpanSpill.Instance, boundBytes: 1))
        {
            for (var i = 0; i < count; i++)
            {
                sorted.Add(new TraceSpan("n", new Stamp(count - i), new Stamp(count), null, i));
            }

            folder = sorted.Folder;
            var files = Directory.GetFiles(folder!).Length;
            Assert.True(files < 3 * SpillSort<TraceSpan>.FanIn, $"expected {count} runs to be merged into fewer than {3 * SpillSort<TraceSpan>.FanIn} files; there are {files}");
            Assert.Equal(Enumerable.Range(1, count).Select(i => (long)i), sorted.InOrder().Select(span => span.From.Ticks));
        }

        Assert.False(Directory.Exists(folder), $"expected {folder} to be deleted");
    }

    [Fact]
    public void What_fits_in_memory_never_touches_the_disk()
    {
        using var sorted = new SpillSort<TraceSpan>(SpanOrder.Instance, SpanSpill.Instance);
        sorted.Add(new TraceSpan("n", Stamp.Zero, Stamp.Zero, null, 1));

        Assert.Single(sorted.InOrder());
        Assert.Null(sorted.Folder);
    }
}
