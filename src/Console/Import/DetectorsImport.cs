using System.Text.Json;
using FailureHistory.Fhs.Http;

namespace FailureHistory.Fhs.Import;

/// <summary>
/// Registers the detectors that <c>fhs detectors --json</c> listed, as the part of a backup that no observation carries. Those that registered
/// themselves are left to the observations that they come from.
/// </summary>
internal sealed class DetectorsImport(ImportRun run)
{
    // Its scope is the members of whichever cluster it is in (R3.4).
    private const string Reachability = "akka.reachability";

    /// <summary>Does it; returns how many are registered.</summary>
    /// <exception cref="InvalidDataException">The file is something else.</exception>
    public async Task<int> RunAsync(TextReader text, CancellationToken cancel)
    {
        DetectorsShape? read;
        try
        {
            read = JsonSerializer.Deserialize<DetectorsShape>(await text.ReadToEndAsync(cancel), Shapes.Json);
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"expected what fhs detectors --json prints: {e.Message}", e);
        }

        var explicitly = (read?.Detectors ?? throw new InvalidDataException("expected what fhs detectors --json prints, an object with 'detectors'")).Where(it => it.Explicit).ToList();
        foreach (var it in explicitly)
        {
            var scope = it.Id == Reachability || it.Scope is ["*"] ? null : it.Scope;
            await run.Reporter.AskAsync(
                HttpMethod.Put, ServiceAddress.Detector(it.Id), new RegistrationShape(it.Accuracy, scope, it.Ttl, it.Timestamps, it.Description), cancel);
        }

        return explicitly.Count;
    }
}
