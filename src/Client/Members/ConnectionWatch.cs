using Akka.Actor;
using Akka.Remote;

namespace FailureHistory.Client.Members;

/// <summary>
/// Tells the book whose connection broke or could not be made. A process that dies closes its connections at once, long before anybody's patience ends; a machine
/// that dies, or a link, does not: for those there is the hedge.
/// </summary>
internal sealed class ConnectionWatch : ReceiveActor
{
    public ConnectionWatch(MemberBook book)
    {
        Receive<DisassociatedEvent>(e => book.Broken(e.RemoteAddress));
        Receive<AssociationErrorEvent>(e => book.Broken(e.RemoteAddress));
    }

    public static Props Props(MemberBook book) => Akka.Actor.Props.Create(() => new ConnectionWatch(book));

    protected override void PreStart()
    {
        Context.System.EventStream.Subscribe(Self, typeof(DisassociatedEvent));
        Context.System.EventStream.Subscribe(Self, typeof(AssociationErrorEvent));
    }

    protected override void PostStop() => Context.System.EventStream.Unsubscribe(Self);
}
