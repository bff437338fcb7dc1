using FailureHistory.Core.Time;

namespace FailureHistory.Messages;

/// <summary>
/// Keeps a node from being forgotten, and from being removed without force (R10.1, R10.2). Pinned again it has the new reason. Answered by
/// <see cref="PinChanged"/>, <see cref="NodeNotFound"/>, <see cref="TryAgain"/> or <see cref="InvalidRequest"/>.
/// </summary>
/// <param name="Node">Id, name, or <c>hw:</c> and an address for the id that the machine goes under now.</param>
/// <param name="Reason">Why, 1 to 1,024 characters.</param>
/// <param name="By">Who, 1 to 256 characters; null for nobody in particular.</param>
public sealed record PinNode(string Node, string Reason, string? By = null);

/// <summary>
/// Ends the pin of a node; without one there is nothing to end, which is no error. Answered by <see cref="PinChanged"/>,
/// <see cref="NodeNotFound"/>, <see cref="TryAgain"/> or <see cref="InvalidRequest"/>.
/// </summary>
/// <param name="Node">Id, name, or <c>hw:</c> and an address: then of every id that the machine went under.</param>
/// <param name="By">Who, 1 to 256 characters; null for nobody in particular.</param>
public sealed record UnpinNode(string Node, string? By = null);

/// <summary>Who pinned a node and why.</summary>
/// <param name="Reason">Why.</param>
/// <param name="By">Who.</param>
/// <param name="Since">When.</param>
public sealed record PinInfo(string Reason, string By, Stamp Since);

/// <summary>A majority holds the change.</summary>
/// <param name="Node">The node.</param>
/// <param name="Pinned">Its pin from now on, or null for none.</param>
public sealed record PinChanged(NodeRef Node, PinInfo? Pinned);

/// <summary>The history of a pinned node is not removed without force (R10.2).</summary>
/// <param name="Node">The node whose pin is in the way: the one asked for, or another id of the same machine.</param>
/// <param name="Pin">Who pinned it and why.</param>
public sealed record NodeIsPinned(NodeRef Node, PinInfo Pin);
