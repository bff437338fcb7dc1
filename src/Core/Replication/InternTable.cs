using System.Runtime.CompilerServices;

namespace FailureHistory.Core.Replication;

/// <summary>
/// Values that many records share, each kept once and named by its place. Append-only: one thread adds; any thread may read a place that it learnt
/// from a record, since the item is written before the record that names it is handed out.
/// </summary>
internal sealed class InternTable<T>(IEqualityComparer<T> comparer)
    where T : notnull
{
    private readonly Dictionary<T, int> places = new(comparer);
    private T[] items = [];

    public int Count => places.Count;

    /// <summary>About the bytes that the table itself takes, without what its items refer to.</summary>
    public long Bytes => (items.Length * (long)Unsafe.SizeOf<T>()) + (places.Capacity * (long)(Unsafe.SizeOf<T>() + 20));

    public T this[int place] => Volatile.Read(ref items)[place];

    public int PlaceOf(T item)
    {
        if (places.TryGetValue(item, out var place))
        {
            return place;
        }

        place = places.Count;
        if (place == items.Length)
        {
            // Readers go on with the array they have: it stays as it is.
            var larger = new T[Math.Max(4, items.Length + (items.Length / 2))];
            Array.Copy(items, larger, place);
            larger[place] = item;
            Volatile.Write(ref items, larger);
        }
        else
        {
            items[place] = item;
        }

        places.Add(item, place);
        return place;
    }

    /// <summary>The place of a known item, or -1.</summary>
    public int Find(T item) => places.TryGetValue(item, out var place) ? place : -1;
}
