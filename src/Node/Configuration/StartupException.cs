namespace FailureHistory.Node.Configuration;

/// <summary>The member can't start as it was told to: one line for the operator, and exit code 2.</summary>
public sealed class StartupException : Exception
{
    /// <summary>The exit code of a member that was started wrongly.</summary>
    public const int ExitCode = 2;

    /// <summary>A fault told in one line: what was expected, what came, where.</summary>
    public StartupException(string message)
        : base(message)
    {
    }

    /// <summary>A fault with its cause.</summary>
    public StartupException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
