using FailureHistory.Core.Identity;
using FailureHistory.Core.Notifications;
using FailureHistory.Core.Time;
using FailureHistory.Messages.Wire;

namespace FailureHistory.Node.Notifications;

/// <summary>A node's presents as they travel between members.</summary>
internal static class NoticeWire
{
    /// <summary>The most steps of one notice; a reading with more is trimmed at its older end.</summary>
    public const int MostSteps = 24;

    /// <summary>A reading's newer end.</summary>
    public static PresentSequence Trimmed(PresentSequence reading)
    {
        var skip = reading.Steps.Count - MostSteps;
        return skip <= 0 ? reading : reading with { Steps = [.. reading.Steps.Skip(skip)], FromStart = false };
    }

    public static NoticeP ToWire(this PresentSequence reading)
    {
        var wire = new NoticeP { Node = WireIds.Bytes(reading.Node), Ref = new NodeRefP { Id = reading.Node.ToString() }, FromStart = reading.FromStart };
        if (reading.Name is not null)
        {
            wire.Ref.Name = reading.Name;
        }

        if (reading.Hardware is not null)
        {
            wire.Ref.Hardware = reading.Hardware.Text;
        }

        foreach (var step in reading.Steps)
        {
            var present = new PresentP
            {
                ReceivedAt = step.ReceivedAt.Ticks,
                From = step.From.Ticks,
                Observation = step.Observation,
                Opening = step.Opening,
                OpenedAt = step.OpenedAt.Ticks,
                Hardware = step.Incarnation,
            };
            if (step.Probability is { } probability)
            {
                present.Probability = probability;
            }

            wire.Presents.Add(present);
        }

        wire.Reports.AddRange(reading.Reports);
        return wire;
    }

    public static PresentSequence ToReading(this NoticeP wire) => new(
        WireIds.Node(wire.Node),
        wire.Ref.HasName ? wire.Ref.Name : null,
        wire.Ref.HasHardware ? HardwareAddress.Parse(wire.Ref.Hardware) : null,
        [.. wire.Presents.Select(p => new Present(
            new Stamp(p.ReceivedAt), new Stamp(p.From), p.HasProbability ? p.Probability : null, p.Opening, p.Observation, new Stamp(p.OpenedAt), p.Hardware))],
        wire.FromStart)
    {
        Reports = [.. wire.Reports],
    };
}
