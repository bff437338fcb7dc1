using System.Text.Json;
using System.Text.Json.Nodes;

namespace FailureHistory.Node.Http.OpenApi;

/// <summary>
/// The OpenAPI 3.1 description of the edge, written by hand, since the bodies are: what generators infer from types would say less
/// (limits, words, which nulls mean what). Tests hold it against the mapped endpoints and against what they answer.
/// </summary>
internal static class OpenApiDocument
{
    private const string Description =
        "Keeps the failure histories of the nodes of a grid, cluster or fleet, and answers from any member. Times are RFC 3339 in UTC with 7 decimals. "
        + "Errors are problem details (RFC 9457). Unknown JSON members are ignored, unknown query parameters are an error. "
        + "Names and ids in a path are percent-encoded, a slash as %2F.";

    private static readonly Lazy<JsonObject> Document = new(Build);

    public static void Write(Utf8JsonWriter json) => Document.Value.WriteTo(json);

    private static JsonObject Build() => new()
    {
        ["openapi"] = "3.1.0",
        ["info"] = new JsonObject
        {
            ["title"] = "Failure History Service",
            ["version"] = "1",
            ["description"] = Description,
            ["license"] = new JsonObject { ["name"] = "Apache-2.0", ["identifier"] = "Apache-2.0" },
        },
        ["servers"] = new JsonArray(new JsonObject { ["url"] = "/" }),
        ["paths"] = Paths.Build(),
        ["components"] = new JsonObject
        {
            ["schemas"] = Schemas.Build(),
            ["responses"] = Responses.Build(),
        },
    };
}
