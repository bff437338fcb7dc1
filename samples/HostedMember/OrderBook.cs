using Akka.Actor;
using Akka.Persistence;

namespace FailureHistory.HostedMember;

/// <summary>What this application is about: it takes orders and keeps them in its own journal. It knows nothing of the Failure History Service.</summary>
public sealed class OrderBook : ReceivePersistentActor
{
    private readonly Dictionary<string, int> ordered = [];

    /// <summary>Takes <see cref="Order"/>, answered by the number of orders of that item, and <see cref="Ordered"/>, answered by all of them.</summary>
    public OrderBook()
    {
        Recover<string>(Add);
        Command<Order>(order => Persist(order.Item, item =>
        {
            Add(item);
            Sender.Tell(ordered[item]);
        }));
        Command<Ordered>(_ => Sender.Tell(ordered.ToDictionary()));
    }

    /// <inheritdoc/>
    public override string PersistenceId => $"orders-{Context.System.Settings.Config.GetString("orders.branch")}";

    private void Add(string item) => ordered[item] = ordered.GetValueOrDefault(item) + 1;

    /// <summary>One more of an item.</summary>
    public sealed record Order(string Item);

    /// <summary>What has been ordered?</summary>
    public sealed record Ordered;
}
