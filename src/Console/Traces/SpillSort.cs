namespace FailureHistory.Fhs.Traces;

/// <summary>How what is sorted is kept on disk.</summary>
internal interface ISpillFormat<T>
{
    /// <summary>About the memory that it takes, in bytes.</summary>
    int SizeOf(T item);

    void Write(BinaryWriter target, T item);

    T Read(BinaryReader source);
}

/// <summary>
/// Sorts more than fits in memory: what was added is kept until it reaches a bound, then sorted and written to a file of a temporary folder;
/// the sorted runs are merged as they are read. Memory is that bound and a buffer for each run, whatever the number of items and their order.
/// What fits below the bound never touches the disk.
/// </summary>
/// <remarks>
/// <see cref="FanIn"/> runs of one level are merged into one of the next, so that the number of open files grows with the logarithm of the
/// size. Disposing deletes the folder.
/// </remarks>
/// <param name="order">A total order.</param>
/// <param name="format">How items are kept on disk.</param>
/// <param name="boundBytes">How much to keep in memory.</param>
internal sealed class SpillSort<T>(IComparer<T> order, ISpillFormat<T> format, long boundBytes = SpillSort<T>.DefaultBound) : IDisposable
{
    public const long DefaultBound = 8 * 1024 * 1024;
    public const int FanIn = 32;
    private const int BufferSize = 64 * 1024;

    private readonly List<List<(string Path, long Count)>> levels = [];
    private List<T> kept = [];
    private long keptBytes;
    private bool keptIsSorted;
    private DirectoryInfo? folder;
    private int files;

    /// <summary>How many were added.</summary>
    public long Count { get; private set; }

    /// <summary>Where runs are kept, once there are any.</summary>
    public string? Folder => folder?.FullName;

    /// <exception cref="IOException">The temporary folder can't take more.</exception>
    public void Add(T item)
    {
        kept.Add(item);
        keptIsSorted = false;
        Count++;
        keptBytes += format.SizeOf(item);
        if (keptBytes >= boundBytes)
        {
            Spill();
        }
    }

    /// <summary>All that was added, in order; may be read more than once, while nothing is added.</summary>
    public IEnumerable<T> InOrder()
    {
        if (!keptIsSorted)
        {
            kept.Sort(order);
            keptIsSorted = true;
        }

        return Merge([kept, .. levels.SelectMany(level => level).Select(run => Read(run.Path, run.Count))]);
    }

    public void Dispose() => folder?.Delete(recursive: true);

    private void Spill()
    {
        kept.Sort(order);
        Keep(0, kept, kept.Count);
        kept = [];
        keptBytes = 0;
    }

    private void Keep(int level, IEnumerable<T> run, long count)
    {
        folder ??= Directory.CreateTempSubdirectory("fhs-import-");
        var path = Path.Combine(folder.FullName, $"run-{++files}");
        using (var target = new BinaryWriter(new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, BufferSize)))
        {
            foreach (var item in run)
            {
                format.Write(target, item);
            }
        }

        if (levels.Count == level)
        {
            levels.Add([]);
        }

        levels[level].Add((path, count));
        if (levels[level].Count == FanIn)
        {
            var full = levels[level];
            levels[level] = [];
            Keep(level + 1, Merge([.. full.Select(one => Read(one.Path, one.Count))]), full.Sum(one => one.Count));
            full.ForEach(one => File.Delete(one.Path));
        }
    }

    private IEnumerable<T> Merge(IReadOnlyList<IEnumerable<T>> runs)
    {
        if (runs.Count == 1)
        {
            foreach (var item in runs[0])
            {
                yield return item;
            }

            yield break;
        }

        var heads = new PriorityQueue<IEnumerator<T>, T>(order);
        var all = new List<IEnumerator<T>>();
        try
        {
            foreach (var run in runs)
            {
                var head = run.GetEnumerator();
                all.Add(head);
                if (head.MoveNext())
                {
                    heads.Enqueue(head, head.Current);
                }
            }

            while (heads.TryDequeue(out var head, out var item))
            {
                yield return item;
                if (head.MoveNext())
                {
                    heads.Enqueue(head, head.Current);
                }
            }
        }
        finally
        {
            all.ForEach(head => head.Dispose());
        }
    }

    private IEnumerable<T> Read(string path, long count)
    {
        using var source = new BinaryReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, BufferSize, FileOptions.SequentialScan));
        for (var i = 0L; i < count; i++)
        {
            yield return format.Read(source);
        }
    }
}
