using System.Globalization;
using System.Text;
using FailureHistory.Core.Time;

namespace FailureHistory.Fhs.Http;

/// <summary>
/// Builds the query of a URL. Null is left out; an empty text is sent, and refused by the service: a script whose variable is unset must
/// not ask for, or delete, more than it meant.
/// </summary>
internal sealed class QueryText
{
    private readonly StringBuilder text = new();

    public QueryText()
    {
    }

    private QueryText(QueryText other) => text.Append(other.text);

    public QueryText Add(string name, string? value)
    {
        if (value is not null)
        {
            text.Append(text.Length == 0 ? '?' : '&').Append(name).Append('=').Append(Uri.EscapeDataString(value));
        }

        return this;
    }

    public QueryText Add(string name, double? value) => Add(name, value?.ToString("R", CultureInfo.InvariantCulture));

    public QueryText Add(string name, Stamp? value) => Add(name, value?.ToString());

    public QueryText AddAll(string name, IEnumerable<string>? values)
    {
        foreach (var value in values ?? [])
        {
            Add(name, value);
        }

        return this;
    }

    /// <summary>Another one that begins with what this one has.</summary>
    public QueryText Copy() => new(this);

    public override string ToString() => text.ToString();
}
