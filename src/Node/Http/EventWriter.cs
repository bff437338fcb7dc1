using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using System.Text.Json;
using FailureHistory.Messages;
using FailureHistory.Node.Http.Json;

namespace FailureHistory.Node.Http;

/// <summary>Writes server-sent events (the HTML standard, section 9.2): fields, one a line, and a blank line after each event.</summary>
internal sealed class EventWriter(PipeWriter output, TimeProvider time)
{
    // As long as a reader may take nothing at all; the server's own minimal rate counts what was sent fast before in its favour.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>How many bytes wait for <see cref="Flush"/>.</summary>
    public long Unflushed { get; private set; }

    /// <summary>Whether a flush was given up while the reader took nothing: an orderly end would have to wait for it, too.</summary>
    public bool IsStuck { get; private set; }

    /// <summary>A line that readers skip.</summary>
    public void Comment(string? text = null) => Text(text is null ? ":\n\n" : $": {OneLine(text)}\n\n");

    /// <summary>How long the reader is to wait before it comes back.</summary>
    public void Retry(TimeSpan wait) => Text(string.Create(CultureInfo.InvariantCulture, $"retry: {(long)wait.TotalMilliseconds}\n\n"));

    /// <summary>One event. Its id is where to go on from, which is not the notification's id in its data.</summary>
    /// <exception cref="InvalidOperationException">The cursor would end the line, or is no item that is known here.</exception>
    public void Item(ISubscriptionItem item)
    {
        if (item.Cursor.AsSpan().ContainsAny('\r', '\n', '\0'))
        {
            throw new InvalidOperationException("a cursor has a character that no event id can have");
        }

        Text($"event: {NotificationJson.EventOf(item)}\nid: {item.Cursor}\ndata: ");
        using (var json = new Utf8JsonWriter(output, Answer.JsonOptions))
        {
            NotificationJson.Write(json, item);
            json.Flush();
            Unflushed += json.BytesCommitted;
        }

        Text("\n\n");
    }

    /// <summary>Sends what was written; waits while the reader is slow.</summary>
    /// <exception cref="OperationCanceledException">The reader has gone, or the token says so.</exception>
    /// <exception cref="TimeoutException">The reader took nothing for 30 s: it is to be dropped (R8.5).</exception>
    public async Task Flush(CancellationToken ct)
    {
        Unflushed = 0;
        var flush = output.FlushAsync(ct);
        IsStuck = !flush.IsCompleted;
        var flushed = IsStuck ? await flush.AsTask().WaitAsync(Patience, time, ct) : await flush;
        IsStuck = false;
        if (flushed.IsCompleted)
        {
            throw new OperationCanceledException("the reader has gone");
        }
    }

    private static string OneLine(string text) => text.ReplaceLineEndings(" ").Replace('\r', ' ');

    private void Text(string text) => Unflushed += Encoding.UTF8.GetBytes(text, output);
}
