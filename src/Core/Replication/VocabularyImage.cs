using FailureHistory.Core.History;

namespace FailureHistory.Core.Replication;

/// <summary>How many values of each table of a vocabulary records may refer to at one moment; any thread may write them while the vocabulary grows. <see cref="Vocabulary.ReadFrom"/> reads them back.</summary>
internal sealed class VocabularyImage(Vocabulary vocabulary)
{
    private readonly int texts = vocabulary.Texts.Count;
    private readonly int addresses = vocabulary.Addresses.Count;
    private readonly int labelSets = vocabulary.LabelSets.Count;
    private readonly int weights = vocabulary.Weights.Count;
    private readonly int origins = vocabulary.Origins.Count;

    public void WriteTo(PackedWriter target)
    {
        target.Number(texts);
        for (var i = 0; i < texts; i++)
        {
            target.Text(vocabulary.Texts[i]);
        }

        target.Number(addresses);
        for (var i = 0; i < addresses; i++)
        {
            target.Text(vocabulary.Addresses[i].Text);
        }

        target.Number(labelSets);
        for (var i = 0; i < labelSets; i++)
        {
            Write(vocabulary.LabelSets[i], target);
        }

        target.Number(weights);
        for (var i = 0; i < weights; i++)
        {
            var weight = vocabulary.Weights[i];
            target.UInt64((ulong)weight.AccuracyBits);
            target.UInt64((ulong)weight.TotalBits);
            target.Byte(weight.Explicit ? (byte)1 : (byte)0);
        }

        target.Number(origins);
        for (var i = 0; i < origins; i++)
        {
            target.Id(vocabulary.Origins[i]);
        }
    }

    private static void Write(Labels labels, PackedWriter target)
    {
        target.Number(labels.Count);
        for (var i = 0; i < labels.Count; i++)
        {
            target.Text(labels[i].Key);
            target.Text(labels[i].Value);
        }
    }
}
