using FailureHistory.Core.History;
using FailureHistory.Core.Retention;

namespace FailureHistory.Core.Replication;

/// <summary>
/// What a segment's copy holds at one moment, frozen: any thread may read it, for instance to write a snapshot, while the machine goes on. Costs one
/// small object a node, and no copy.
/// </summary>
public sealed class SegmentImage
{
    internal SegmentImage(int segment, ulong digest, long observationCount, IReadOnlyList<NodeView> views, IReadOnlyList<Tombstone> tombstones, IReadOnlyList<Pin> pins, IReadOnlyList<Fold> folds, Vocabulary vocabulary, long gone)
    {
        Words = new VocabularyImage(vocabulary);
        Gone = gone;
        Folds = folds;
        Pins = pins;
        Segment = segment;
        Digest = digest;
        ObservationCount = observationCount;
        Views = views;
        Tombstones = tombstones;
    }

    /// <summary>What the records of the views refer to.</summary>
    internal VocabularyImage Words { get; }

    /// <summary>How many observations have gone since the words were last counted anew.</summary>
    internal long Gone { get; }

    /// <summary>The number of the segment.</summary>
    public int Segment { get; }

    /// <summary>The digest of the contents; a machine restored from them has the same.</summary>
    public ulong Digest { get; }

    /// <summary>How many observations <see cref="Observations"/> gives.</summary>
    public long ObservationCount { get; }

    /// <summary>The nodes that have observations, in no order.</summary>
    public IReadOnlyList<NodeView> Views { get; }

    /// <summary>The tombstones, in no order.</summary>
    public IReadOnlyList<Tombstone> Tombstones { get; }

    /// <summary>The pins, ended ones too, in no order.</summary>
    public IReadOnlyList<Pin> Pins { get; }

    /// <summary>The folds, in no order.</summary>
    public IReadOnlyList<Fold> Folds { get; }

    /// <summary>All observations, node by node, decoded as they are asked for.</summary>
    public IEnumerable<Observation> Observations
    {
        get
        {
            var decoded = new List<Observation>();
            foreach (var view in Views)
            {
                decoded.Clear();
                view.DecodeTo(decoded);
                foreach (var observation in decoded)
                {
                    yield return observation;
                }
            }
        }
    }
}
