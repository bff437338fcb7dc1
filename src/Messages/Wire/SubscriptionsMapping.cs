using FailureHistory.Core.Time;

namespace FailureHistory.Messages.Wire;

/// <summary>Subscriptions.cs to and from public.proto.</summary>
public static class SubscriptionsMapping
{
    /// <summary>As it travels.</summary>
    public static SubscribeP ToWire(this Subscribe message)
    {
        var wire = new SubscribeP { Nodes = CommonMapping.ToTexts(message.Nodes), Above = message.Above, Grouped = message.Grouped };
        if (message.Below is { } below)
        {
            wire.Below = below;
        }

        if (message.For is { } span)
        {
            wire.For = span.Ticks;
        }

        if (message.LastId is not null)
        {
            wire.LastId = message.LastId;
        }

        return wire;
    }

    /// <summary>As it came.</summary>
    public static Subscribe ToRecord(this SubscribeP wire) => new(
        CommonMapping.FromTexts(wire.Nodes),
        wire.Above,
        wire.HasBelow ? wire.Below : null,
        CommonMapping.ToSpan(wire.HasFor, wire.For),
        wire.HasLastId ? wire.LastId : null,
        wire.Grouped);

    /// <summary>As it travels.</summary>
    public static SubscribedP ToWire(this Subscribed message) => new() { Subscription = message.Subscription, Window = message.Window, Grouped = message.Grouped };

    /// <summary>As it came.</summary>
    public static Subscribed ToRecord(this SubscribedP wire) => new(wire.Subscription, wire.Window, wire.Grouped);

    /// <summary>As it travels.</summary>
    public static UnsubscribeP ToWire(this Unsubscribe message) => new() { Subscription = message.Subscription };

    /// <summary>As it came.</summary>
    public static Unsubscribe ToRecord(this UnsubscribeP wire) => new(wire.Subscription);

    /// <summary>As it travels.</summary>
    public static UnsubscribedP ToWire(this Unsubscribed message) => new() { Subscription = message.Subscription };

    /// <summary>As it came.</summary>
    public static Unsubscribed ToRecord(this UnsubscribedP wire) => new(wire.Subscription);

    /// <summary>As it travels.</summary>
    public static NotificationsSeenP ToWire(this NotificationsSeen message) => new() { Subscription = message.Subscription, Number = message.Number };

    /// <summary>As it travels.</summary>
    public static CheckSubscriptionP ToWire(this CheckSubscription message) => new() { Subscription = message.Subscription };

    /// <summary>As it came.</summary>
    public static CheckSubscription ToRecord(this CheckSubscriptionP wire) => new(wire.Subscription);

    /// <summary>As it travels.</summary>
    public static SubscriptionCheckedP ToWire(this SubscriptionChecked message) => new() { Subscription = message.Subscription, LastNumber = message.LastNumber };

    /// <summary>As it came.</summary>
    public static SubscriptionChecked ToRecord(this SubscriptionCheckedP wire) => new(wire.Subscription, wire.LastNumber);

    /// <summary>As it came.</summary>
    public static NotificationsSeen ToRecord(this NotificationsSeenP wire) => new(wire.Subscription, wire.Number);

    /// <summary>As it travels.</summary>
    public static CrossingP ToWire(this Crossing message)
    {
        var wire = new CrossingP
        {
            Subscription = message.Subscription,
            Number = message.Number,
            Cursor = message.Cursor,
            Id = message.Id,
            Node = CommonMapping.ToWire(message.Node),
            Direction = CommonMapping.Enum<CrossingDirection, CrossingDirectionP>(message.Direction),
            At = message.At.Ticks,
            Observation = message.Observation,
        };
        if (message.Probability is { } probability)
        {
            wire.Probability = probability;
        }

        return wire;
    }

    /// <summary>As it came.</summary>
    public static Crossing ToRecord(this CrossingP wire) => new(
        wire.Subscription,
        wire.Number,
        wire.Cursor,
        wire.Id,
        CommonMapping.FromWire(wire.Node),
        CommonMapping.Enum<CrossingDirectionP, CrossingDirection>(wire.Direction),
        wire.HasProbability ? wire.Probability : null,
        new Stamp(wire.At),
        wire.Observation);

    /// <summary>As it travels.</summary>
    public static SubscriptionSyncedP ToWire(this SubscriptionSynced message) =>
        new() { Subscription = message.Subscription, Number = message.Number, Cursor = message.Cursor };

    /// <summary>As it came.</summary>
    public static SubscriptionSynced ToRecord(this SubscriptionSyncedP wire) => new(wire.Subscription, wire.Number, wire.Cursor);

    /// <summary>As it travels.</summary>
    public static SubscriptionGapP ToWire(this SubscriptionGap message) => new()
    {
        Subscription = message.Subscription, Number = message.Number, Cursor = message.Cursor, Reason = message.Reason, Ended = message.Ended,
    };

    /// <summary>As it came.</summary>
    public static SubscriptionGap ToRecord(this SubscriptionGapP wire) =>
        new(wire.Subscription, wire.Number, wire.Cursor, wire.Reason, wire.Ended);

    /// <summary>As it travels: what is the same for many is in it once.</summary>
    public static SubscriptionBundleP ToWire(this SubscriptionBundle message)
    {
        var wire = new SubscriptionBundleP();
        var places = new Dictionary<Crossing, int>(CrossingContent.Instance);
        CommonMapping.Fill(wire.Parts, message.Parts, p => new SubscriptionPartP
        {
            To = p.To, Crossing = p.Crossing is { } crossing ? Told(crossing) : null, Synced = p.Synced?.ToWire(), Gap = p.Gap?.ToWire(), Checked = p.Checked?.ToWire(),
        });
        return wire;

        ToldP Told(Crossing crossing)
        {
            if (!places.TryGetValue(crossing, out var place))
            {
                place = places[crossing] = places.Count;
                var content = crossing.ToWire();
                (content.Subscription, content.Number) = (string.Empty, 0);
                wire.Crossings.Add(content);
            }

            return new ToldP { Subscription = crossing.Subscription, Number = crossing.Number, Place = (uint)place };
        }
    }

    /// <summary>As it came.</summary>
    /// <exception cref="FormatException">A part names a crossing that is not there.</exception>
    public static SubscriptionBundle ToRecord(this SubscriptionBundleP wire)
    {
        var crossings = CommonMapping.Map(wire.Crossings, ToRecord);
        return new SubscriptionBundle(
            CommonMapping.Map(wire.Parts, p => new SubscriptionPart(p.To, p.Crossing is { } told ? Crossing(told) : null, p.Synced?.ToRecord(), p.Gap?.ToRecord(), p.Checked?.ToRecord())));

        Crossing Crossing(ToldP told) => told.Place < crossings.Length
            ? crossings[(int)told.Place] with { Subscription = told.Subscription, Number = told.Number }
            : throw new FormatException($"expected the place of one of {crossings.Length} crossings; came {told.Place}");
    }

    /// <summary>As it travels.</summary>
    public static SubscriptionSignalsP ToWire(this SubscriptionSignals message)
    {
        var wire = new SubscriptionSignalsP();
        CommonMapping.Fill(wire.Seen, message.Seen, ToWire);
        CommonMapping.Fill(wire.Checks, message.Checks, ToWire);
        return wire;
    }

    /// <summary>As it came.</summary>
    public static SubscriptionSignals ToRecord(this SubscriptionSignalsP wire) => new(CommonMapping.Map(wire.Seen, ToRecord), CommonMapping.Map(wire.Checks, ToRecord));
}
