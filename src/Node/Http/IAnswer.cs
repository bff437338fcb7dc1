namespace FailureHistory.Node.Http;

/// <summary>What an endpoint answers with: <see cref="Answer"/>, whole, or <see cref="NotificationStream"/>, as long as it lasts.</summary>
internal interface IAnswer
{
    /// <summary>Sends it; throws when the asker has gone.</summary>
    Task SendTo(HttpContext context);
}
