using FailureHistory.Core.Identity;
using FailureHistory.Core.Time;

namespace FailureHistory.Core.History;

/// <summary>One id that a machine went under (R1.3–R1.5): there is one for each pair of id and hardware address.</summary>
/// <param name="Id">The id.</param>
/// <param name="Name">Its name, spelt as in the earliest report that used one, or null.</param>
/// <param name="Hardware">The machine's address, or null where none was ever named.</param>
/// <param name="From">When the machine was first seen under the id.</param>
/// <param name="To">When another machine took the id, or this one moved on to another id, whichever came first; null while it holds it.</param>
/// <param name="Clash">Whether another id uses the address by turns with this one, so that their histories are not joined (R1.8).</param>
public sealed record Incarnation(NodeId Id, string? Name, HardwareAddress? Hardware, Stamp From, Stamp? To, bool Clash);
