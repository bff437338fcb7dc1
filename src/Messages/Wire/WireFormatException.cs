using System.Runtime.Serialization;

namespace FailureHistory.Messages.Wire;

/// <summary>
/// Bytes that can't be read, or a message that can't be written (DESIGN D7); the message names the type or manifest and what is wrong.
/// </summary>
/// <remarks>
/// A <see cref="SerializationException"/>, because Akka's remoting logs those and keeps the association, whereas in a journal they end the recovery.
/// </remarks>
public sealed class WireFormatException : SerializationException
{
    /// <summary>Says what is wrong.</summary>
    public WireFormatException(string message)
        : base(message)
    {
    }

    /// <summary>Says what is wrong, and what reported it.</summary>
    public WireFormatException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
