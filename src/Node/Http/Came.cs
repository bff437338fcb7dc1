namespace FailureHistory.Node.Http;

/// <summary>What came, as an error message quotes it.</summary>
internal static class Came
{
    private const int Longest = 80;

    /// <summary>The text, cut where it is long: an error must not become as large as the request.</summary>
    public static string Clip(string text)
    {
        if (text.Length <= Longest)
        {
            return text;
        }

        // Not between the halves of a surrogate pair.
        var end = char.IsHighSurrogate(text[Longest - 1]) ? Longest - 1 : Longest;
        return text[..end] + "…";
    }
}
