using System.Globalization;
using Akka.Actor;
using Akka.Configuration;
using FailureHistory.Client.Reporting;

namespace FailureHistory.Client;

/// <summary>What a client is told. The keys of <c>failure-history-client</c> in <c>hocon/client.conf</c>, which explains each and holds its default.</summary>
public sealed record FailureHistoryClientOptions
{
    /// <summary>
    /// Akka addresses of members or seeds to begin with, such as <c>akka.tcp://failure-history@10.0.0.1:4053</c>; at least one. From one that answers
    /// the client learns all the others.
    /// </summary>
    public IReadOnlyList<string> Contacts { get; init; } = [];

    /// <summary>How long a call may take in all. Default 10 s.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>When a member has not answered a query within this, another one is asked as well. Default 300 ms.</summary>
    public TimeSpan HedgeAfter { get; init; } = TimeSpan.FromMilliseconds(300);

    /// <summary>The same for reports and changes. Default 500 ms.</summary>
    public TimeSpan ReportHedgeAfter { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>How long reports are sent again that no majority took. Default 30 s.</summary>
    public TimeSpan ReportDeadline { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How many messages of one report may be under way at a time, 1 to 64. Default 4.</summary>
    public int MessagesInFlight { get; init; } = 4;

    /// <summary>How many observations of all reports together may be under way at a time, 500 to 1,000,000; the rest waits in the client. Default 16,000.</summary>
    public int ObservationsInFlight { get; init; } = 16_000;

    /// <summary>How often the client asks who is a member. Default 10 s.</summary>
    public TimeSpan RefreshInterval { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>A member that has said nothing for this long is left by its subscriptions. Default 3 s, at least 1 s.</summary>
    public TimeSpan SubscriptionSilence { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>Reads the section <c>failure-history-client</c> of a configuration, over the defaults.</summary>
    public static FailureHistoryClientOptions From(Config config)
    {
        var section = config.WithFallback(FailureHistoryClient.Configuration).GetConfig("failure-history-client");
        return new FailureHistoryClientOptions
        {
            Contacts = [.. section.GetStringList("contacts")],
            Timeout = section.GetTimeSpan("timeout"),
            HedgeAfter = section.GetTimeSpan("hedge-after"),
            ReportHedgeAfter = section.GetTimeSpan("report-hedge-after"),
            ReportDeadline = section.GetTimeSpan("report-deadline"),
            MessagesInFlight = section.GetInt("messages-in-flight"),
            ObservationsInFlight = section.GetInt("observations-in-flight"),
            RefreshInterval = section.GetTimeSpan("refresh-interval"),
            SubscriptionSilence = section.GetTimeSpan("subscription-silence"),
        };
    }

    internal Config ToHocon() => ConfigurationFactory.ParseString($$"""
        failure-history-client {
          contacts = [{{string.Join(", ", Contacts.Select(c => $"\"{c.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\""))}}]
          timeout = {{Text(Timeout)}}
          hedge-after = {{Text(HedgeAfter)}}
          report-hedge-after = {{Text(ReportHedgeAfter)}}
          report-deadline = {{Text(ReportDeadline)}}
          messages-in-flight = {{MessagesInFlight}}
          observations-in-flight = {{ObservationsInFlight}}
          refresh-interval = {{Text(RefreshInterval)}}
          subscription-silence = {{Text(SubscriptionSilence)}}
        }
        """);

    /// <summary>The contacts as addresses, once all is checked.</summary>
    /// <exception cref="ArgumentException">A value out of its range; the message names the option.</exception>
    internal IReadOnlyList<Address> Checked()
    {
        if (Contacts.Count == 0)
        {
            throw new ArgumentException("failure-history-client.contacts: expected at least one address of a member or a seed, such as akka.tcp://failure-history@10.0.0.1:4053; came none");
        }

        foreach (var (name, value) in new[]
                 {
                     ("timeout", Timeout), ("hedge-after", HedgeAfter), ("report-hedge-after", ReportHedgeAfter), ("report-deadline", ReportDeadline), ("refresh-interval", RefreshInterval),
                 })
        {
            if (value <= TimeSpan.Zero || value > TimeSpan.FromDays(1))
            {
                throw new ArgumentException($"failure-history-client.{name}: expected a time above 0 and of a day at most; came {value}");
            }
        }

        if (SubscriptionSilence < TimeSpan.FromSeconds(1))
        {
            throw new ArgumentException($"failure-history-client.subscription-silence: expected at least 1 s; came {SubscriptionSilence}");
        }

        if (MessagesInFlight is < 1 or > 64)
        {
            throw new ArgumentException($"failure-history-client.messages-in-flight: expected 1 to 64; came {MessagesInFlight}");
        }

        if (ObservationsInFlight is < ReportParts.MostOfAPart or > 1_000_000)
        {
            throw new ArgumentException($"failure-history-client.observations-in-flight: expected {ReportParts.MostOfAPart} to 1000000; came {ObservationsInFlight}");
        }

        return [.. Contacts.Select(text => Address.TryParse(text, out var address) && address.Host is not null && address.Port is not null
            ? address
            : throw new ArgumentException($"failure-history-client.contacts: expected addresses such as akka.tcp://failure-history@10.0.0.1:4053; came '{text}'"))];
    }

    private static string Text(TimeSpan span) => string.Create(CultureInfo.InvariantCulture, $"{span.TotalMilliseconds:0}ms");
}
