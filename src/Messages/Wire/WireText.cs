using System.Text;

namespace FailureHistory.Messages.Wire;

/// <summary>UTF-8 that refuses what would not come back as it was: a replaced character in a name or an id would make it another one.</summary>
internal static class WireText
{
    /// <summary>Throws on lone surrogates and on bytes that are no UTF-8.</summary>
    public static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The length in UTF-8.</summary>
    /// <exception cref="WireFormatException">The text has a lone surrogate.</exception>
    public static int Length(string field, string text)
    {
        try
        {
            return Strict.GetByteCount(text);
        }
        catch (EncoderFallbackException e)
        {
            throw new WireFormatException($"{field} has half of a surrogate pair at position {e.Index} and can't be written as UTF-8", e);
        }
    }
}
