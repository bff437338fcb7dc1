using System.CommandLine;
using System.Text.Json;
using FailureHistory.Fhs.Http;
using FailureHistory.Fhs.Output;

namespace FailureHistory.Fhs.Commands;

/// <summary>A command that asks the service: makes its client and screen, and turns every way of failing into a line and an exit code.</summary>
internal abstract class ServiceCommand : Command, IHasExamples
{
    public const string UrlOption = "--url";
    public const string JsonOption = "--json";
    public const string UrlVariable = "FHS_URL";
    public const string DefaultUrl = "http://127.0.0.1:8560";

    protected ServiceCommand(FhsEnvironment environment, string name, string description, params string[] examples)
        : base(name, description)
    {
        Environment = environment;
        Examples = examples;
        SetAction(InvokeAsync);
    }

    /// <summary>Command lines that <c>--help</c> shows.</summary>
    public IReadOnlyList<string> Examples { get; }

    protected FhsEnvironment Environment { get; }

    /// <summary>Does it; returns one of <see cref="ExitCode"/> or throws <see cref="CommandFailure"/>.</summary>
    protected abstract Task<int> RunAsync(Call call, CancellationToken cancel);

    private async Task<int> InvokeAsync(ParseResult parsed, CancellationToken cancel)
    {
        var json = parsed.GetValue<bool>(JsonOption);
        var screen = new Screen(Environment);
        try
        {
            var urls = parsed.GetValue<string>(UrlOption) ?? Environment.Variable(UrlVariable);
            using var service = new ServiceClient(ServiceAddress.ParseAll(string.IsNullOrWhiteSpace(urls) ? DefaultUrl : urls));
            return await RunAsync(new Call(parsed, service, screen, json), cancel);
        }
        catch (CommandFailure failure)
        {
            return screen.Fail(failure, json);
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            return screen.Fail(new CommandFailure(ExitCode.Failed, "Stopped", "interrupted before it was done"), json);
        }
        catch (JsonException e)
        {
            return screen.Fail(new CommandFailure(ExitCode.Failed, "Answer not understood", $"expected the JSON of the failure history service: {e.Message}"), json);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            return screen.Fail(new CommandFailure(ExitCode.Failed, "File not usable", e.Message), json);
        }
    }
}

/// <summary>A command whose help ends with examples.</summary>
internal interface IHasExamples
{
    /// <summary>Command lines, one at least.</summary>
    IReadOnlyList<string> Examples { get; }
}

/// <summary>One run of a command.</summary>
/// <param name="Parsed">The values of its arguments and options.</param>
/// <param name="Service">The service.</param>
/// <param name="Screen">Where it writes.</param>
/// <param name="Json">Whether a program reads the answer.</param>
internal sealed record Call(ParseResult Parsed, ServiceClient Service, Screen Screen, bool Json)
{
    public T? Get<T>(Option<T> option) => Parsed.GetValue(option);

    public T Get<T>(Argument<T> argument) => Parsed.GetRequiredValue(argument);
}
