namespace FailureHistory.Node.Telemetry;

/// <summary>The HTTP edge's log (<see cref="ILogger"/>) in the same form and place as that of the actors.</summary>
internal sealed class OperatorLoggerProvider(OutputFormat format, TextWriter output, TimeProvider time) : ILoggerProvider
{
    public ILogger CreateLogger(string categoryName) => new Logger(categoryName, this);

    public void Dispose()
    {
        // The standard output is nobody's to close.
    }

    private static string Word(LogLevel level) => level switch
    {
        LogLevel.Trace or LogLevel.Debug => "DEBUG",
        LogLevel.Information => "INFO",
        LogLevel.Warning => "WARNING",
        _ => "ERROR",
    };

    private void Write<TState>(string category, LogLevel level, TState state, Exception? cause, string message)
    {
        var pairs = state as IEnumerable<KeyValuePair<string, object?>> ?? [];
        var template = pairs.FirstOrDefault(pair => pair.Key == "{OriginalFormat}").Value as string;
        output.WriteLine(new OperatorEntry(
            time.GetUtcNow().UtcDateTime, Word(level), category, message, template, [.. pairs.Where(pair => pair.Key != "{OriginalFormat}")], cause).ToText(format));
    }

    private sealed class Logger(string category, OperatorLoggerProvider provider) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            provider.Write(category, logLevel, state, exception, formatter(state, exception));
    }
}
