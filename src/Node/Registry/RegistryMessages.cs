using FailureHistory.Core.Time;
using FailureHistory.Node.Member;

namespace FailureHistory.Node.Registry;

/// <summary>A report came by a detector that nobody registered (R3.3).</summary>
internal sealed record AutoRegister(string Id) : ILocalMessage;

/// <summary>Reports of these detectors came in.</summary>
internal sealed record DetectorsHeard(IReadOnlyDictionary<string, Stamp> Heard) : ILocalMessage;
