using Akka.Actor;
using FailureHistory.Core.Notifications;
using FailureHistory.Core.Time;
using FailureHistory.Node.Member;

namespace FailureHistory.Node.Notifications;

/// <summary>To a SubscriberActor: all members know what it wants; it may read the present.</summary>
internal sealed record InterestSpread(Stamp At) : ILocalMessage;

/// <summary>To a SubscriberActor: raised by somebody.</summary>
internal sealed record Noticed(IReadOnlyList<PresentSequence> Readings) : ILocalMessage;

/// <summary>To a SubscriberActor: all that was acknowledged before this has been received, if it was raised.</summary>
internal sealed record ReceivedUpTo(Stamp Stamp) : ILocalMessage;

/// <summary>To a SubscriberActor: something raised may be lost; read again what happened.</summary>
internal sealed record ReadAgain(string Reason) : ILocalMessage;

