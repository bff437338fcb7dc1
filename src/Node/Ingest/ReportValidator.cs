using System.Security.Cryptography;
using FailureHistory.Core.History;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Probability;
using FailureHistory.Core.Time;
using FailureHistory.Messages;

namespace FailureHistory.Node.Ingest;

/// <summary>
/// From what a reporter handed in to what will be stored, but for the stamps; or the reason why not, which names the field, its limit and what
/// came (R2.8).
/// </summary>
internal static class ReportValidator
{
    public const int MaxReason = 1024;

    private static readonly TimeSpan MaxAhead = TimeSpan.FromMinutes(5);

    /// <summary>Checks one observation. Exactly one of the two results is null.</summary>
    public static (Draft? Draft, string? Error) Check(ReportedObservation reported, DetectorRegistry registry, bool autoRegister, Stamp now)
    {
        var error = reported.Fault
            ?? Printable.Fault("node", reported.Node)
            ?? (reported.Node!.StartsWith(NodeReference.AddressPrefix, StringComparison.OrdinalIgnoreCase) ? $"node '{reported.Node}': a report names a node by id or name, the address goes into hardware" : null)
            ?? (reported.Id is null ? null : Printable.Fault("id", reported.Id))
            ?? (reported.Detector is null ? null : Printable.Fault("detector", reported.Detector))
            ?? (reported.Reason is { Length: > MaxReason } reason ? $"reason has {reason.Length} characters; expected at most {MaxReason}" : null)
            ?? (reported.Reason is { } text && !text.IsNormalizedUtf16() ? "reason has a broken surrogate pair; expected well-formed text" : null)
            ?? (reported.Signature is { Length: > 2048 } signature ? $"signature has {signature.Length} characters; expected at most 2048" : null)
            ?? LabelsFault(reported.Labels)
            ?? TimeFault("at", reported.At, now);
        if (error is not null)
        {
            return (null, error);
        }

        if (KindOf(reported.Kind) is not { } kind)
        {
            return (null, $"kind is {(reported.Kind is null ? "missing" : $"'{reported.Kind}'")}; expected failure, join, alive or leave");
        }

        if (reported.Detector is null && kind is ObservationKind.Failure or ObservationKind.Alive)
        {
            return (null, $"detector is missing; a report of kind {reported.Kind} needs one");
        }

        HardwareAddress? hardware;
        try
        {
            hardware = HardwareAddress.Parse(reported.Hardware);
        }
        catch (FormatException e)
        {
            return (null, e.Message);
        }

        var detector = reported.Detector is null ? null : registry.Find(reported.Detector);
        if (reported.Detector is not null && detector is null && !autoRegister)
        {
            return (null, $"detector '{reported.Detector}' is not registered and detectors.auto-register is off; register it first");
        }

        var isId = NodeId.TryParse(reported.Node, out var id);
        var name = isId ? null : reported.Node!;
        var node = isId ? id : NodeNames.IdOf(name!);
        var ownTime = detector?.ReportedTimestamps == true && reported.At is not null;
        return (new Draft(
            new Observation
            {
                Node = node,
                Name = name,
                Hardware = hardware,
                Detector = reported.Detector,
                Kind = kind,
                At = ownTime ? reported.At!.Value : Stamp.Zero,
                ReceivedAt = Stamp.Zero,
                ReportedAt = ownTime ? null : reported.At,
                Id = reported.Id ?? NewId(),
                Reason = reported.Reason is "" ? null : reported.Reason, // no reason, however it is said: a CSV can't tell them apart
                Labels = Labels.From(reported.Labels),
                Accuracy = reported.Detector is null ? 0 : detector?.Accuracy ?? DetectorRegistry.AutoAccuracy,
                Explicit = detector?.Explicit ?? false,
                Total = registry.ExplicitTotal(name, node, now),
                Signature = reported.Signature is "" ? null : reported.Signature,
            },
            ownTime,
            reported.Detector is not null && detector is null), null);
    }

    // 96 random bits in 16 characters: enough that two ids never meet within one node and detector.
    private static string NewId()
    {
        Span<byte> bytes = stackalloc byte[12];
        RandomNumberGenerator.Fill(bytes);
        return Convert.ToBase64String(bytes).Replace('+', '-').Replace('/', '_');
    }

    private static ObservationKind? KindOf(string? kind) => kind switch
    {
        "failure" => ObservationKind.Failure,
        "alive" => ObservationKind.Alive,
        "join" => ObservationKind.Join,
        "leave" => ObservationKind.Leave,
        _ => null,
    };

    private static string? LabelsFault(IReadOnlyDictionary<string, string>? labels)
    {
        if (labels is null)
        {
            return null;
        }

        if (labels.Count > Labels.MaxCount)
        {
            return $"labels has {labels.Count} entries; expected at most {Labels.MaxCount}";
        }

        foreach (var (key, value) in labels)
        {
            if ((Printable.Fault("labels key", key) ?? Printable.Fault($"labels['{key}']", value)) is { } fault)
            {
                return fault;
            }
        }

        return null;
    }

    /// <summary>What is wrong with a time, which may be missing: before 1970, or more than 5 min ahead.</summary>
    internal static string? TimeFault(string field, Stamp? at, Stamp now)
    {
        if (at is not { } time)
        {
            return null;
        }

        if (time < Stamp.Zero)
        {
            return $"{field} is {time}; expected 1970-01-01T00:00:00Z or later";
        }

        return time - now > MaxAhead ? $"{field} is {time}, more than 5 min ahead of the member's clock {now}" : null;
    }

    internal static bool IsNormalizedUtf16(this string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
            {
                i++;
            }
            else if (char.IsSurrogate(text[i]))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>An observation that lacks only its stamps.</summary>
    /// <param name="Observation">With <c>At</c> set only where the detector supplies its own.</param>
    /// <param name="OwnTime">Whether it does (R2.3).</param>
    /// <param name="NewDetector">Whether its detector must register itself first (R3.3).</param>
    /// <param name="Restored">Whether it keeps the stamps that it was stored with before.</param>
    internal sealed record Draft(Observation Observation, bool OwnTime, bool NewDetector, bool Restored = false)
    {
        public Observation Stamped(Stamp received) => Restored ? Observation : Observation with { At = OwnTime ? Observation.At : received, ReceivedAt = received };
    }
}
