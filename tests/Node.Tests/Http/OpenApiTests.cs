using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using FailureHistory.Messages;
using Microsoft.AspNetCore.Routing;
using Xunit;

namespace FailureHistory.Node.Tests.Http;

/// <summary>The description says what the edge does: no more, no less.</summary>
public sealed partial class OpenApiTests : EdgeTest
{
    private static readonly string[] Methods = ["get", "put", "post", "delete"];

    [Fact]
    public async Task It_is_an_OpenAPI_3_1_document()
    {
        var document = await Document();

        Assert.Equal("3.1.0", (string?)document["openapi"]);
        Assert.Equal("Failure History Service", (string?)document["info"]!["title"]);
    }

    [Fact]
    public async Task Its_paths_are_the_mapped_endpoints()
    {
        var described = Operations(await Document()).Select(operation => $"{operation.Method} {operation.Path}");

        var mapped = Edge.Endpoints.SelectMany(endpoint => endpoint.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods.Select(
            method => $"{method.ToLowerInvariant()} {endpoint.RoutePattern.RawText}"));

        Assert.Equal(mapped.Order(StringComparer.Ordinal), described.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Its_query_parameters_are_the_known_ones()
    {
        foreach (var (method, path, operation) in Operations(await Document()).Where(operation => operation.Path.StartsWith("/v1/", StringComparison.Ordinal)))
        {
            var names = Parameters(operation, "query");

            var reply = await Edge.Send(new HttpMethod(method.ToUpperInvariant()), Concrete(path) + "?no-such=1");

            var known = names.Count == 0 ? "none is known here" : $"known here: {string.Join(", ", names)}";
            Assert.Contains($"unknown query parameter 'no-such'; {known}\"", reply.Body, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Its_path_parameters_are_those_of_the_path()
    {
        foreach (var (_, path, operation) in Operations(await Document()))
        {
            Assert.Equal(PathParameter().Matches(path).Select(match => match.Groups[1].Value), Parameters(operation, "path"));
        }
    }

    [Fact]
    public async Task Every_reference_leads_somewhere_and_every_component_is_referred_to()
    {
        var document = await Document();
        var references = Descendants(document).OfType<JsonObject>().Select(node => (string?)node["$ref"]).Where(reference => reference is not null).ToHashSet();
        var components = document["components"]!.AsObject().SelectMany(
            kind => kind.Value!.AsObject().Select(component => $"#/components/{kind.Key}/{component.Key}"));

        Assert.Equal(components.Order(StringComparer.Ordinal), references.Order(StringComparer.Ordinal)!);
    }

    [Fact]
    public async Task Operation_ids_are_unique()
    {
        var ids = Operations(await Document()).Select(operation => (string?)operation.Operation["operationId"]).ToList();

        Assert.DoesNotContain(null, ids);
        Assert.Equal(ids.Count, ids.Distinct().Count());
    }

    [Fact]
    public async Task Every_golden_answer_has_the_shape_that_is_described_for_its_operation()
    {
        var document = await Document();
        foreach (var sample in Samples.All)
        {
            var (_, _, operation) = Operations(document).Single(
                candidate => candidate.Method.Equals(sample.Method, StringComparison.OrdinalIgnoreCase) && Matches(candidate.Path, sample.Path));
            var schema = operation["responses"]!["200"]!["content"]!["application/json"]!["schema"]!;

            Assert.Equal("#/components/schemas/" + sample.Schema, (string?)schema["$ref"]);
            Assert.Equal("", string.Join("; ", new ShapeCheck(document).Faults(schema, JsonNode.Parse(sample.Json), sample.Name)));
        }
    }

    [Fact]
    public async Task Reports_and_problems_have_the_shapes_that_are_described()
    {
        var document = await Document();
        var recorded = new ObservationsRecorded(0, 0, [new Rejection(0, "x")], [1]);
        (object Reply, string Path, string Schema)[] cases =
        [
            (recorded with { Accepted = 1 }, "/v1/observations", "ObservationsRecorded"), (recorded, "/v1/observations", "ReportProblem"),
            (recorded with { Retry = [] }, "/v1/observations", "ReportProblem"), (new ReportRejected(ReportFault.TooLarge, "x"), "/v1/observations", "Problem"),
            (new NodeNotFound("a", "m"), "/v1/ring", "Problem"), (new DetectorNotFound("a"), "/v1/ring", "Problem"),
            (new InvalidRequest("a", "b"), "/v1/ring", "Problem"), (new TryAgain("x"), "/v1/ring", "Problem"),
            (new Readiness(false, "fetching", 1, ["x"]), "/readyz", "Readiness"),
        ];
        foreach (var (answer, path, schema) in cases)
        {
            Service.Replies(answer);
            var reply = path == "/v1/observations" ? await Edge.Post(path, "[{},{}]") : await Edge.Get(path);
            var faults = new ShapeCheck(document).Faults(new JsonObject { ["$ref"] = "#/components/schemas/" + schema }, JsonNode.Parse(reply.Body), schema);
            Assert.Equal("", string.Join("; ", faults));
        }
    }

    [Theory]
    [InlineData("""{"id":"c","accuracy":101,"scope":[],"ttl":"x","timestamps":"own","description":5,"explicit":true,"lastHeard":null,"extra":1}""",
        "x.accuracy is above 100; x.ttl has another pattern; x.timestamps is none of the words; x.description is of another type; x.extra is not described; x.stale is missing")]
    public async Task The_check_of_shapes_can_fail(string json, string faults)
    {
        var check = new ShapeCheck(await Document());

        Assert.Equal(faults, string.Join("; ", check.Faults(new JsonObject { ["$ref"] = "#/components/schemas/Detector" }, JsonNode.Parse(json), "x")));
    }

    private async Task<JsonObject> Document()
    {
        var reply = await Edge.Get("/openapi/v1.json");
        Assert.Equal(200, reply.Status);
        Assert.Equal("application/json", reply.MediaType);
        return JsonNode.Parse(reply.Body)!.AsObject();
    }

    private static IEnumerable<(string Method, string Path, JsonObject Operation)> Operations(JsonObject document) =>
        document["paths"]!.AsObject().SelectMany(path => path.Value!.AsObject().Select(operation =>
        {
            Assert.Contains(operation.Key, Methods);
            return (operation.Key, path.Key, operation.Value!.AsObject());
        }));

    private static List<string> Parameters(JsonObject operation, string place) =>
        [.. (operation["parameters"]?.AsArray() ?? []).Where(parameter => (string?)parameter!["in"] == place).Select(parameter => (string)parameter!["name"]!)];

    private static string Concrete(string path) => PathParameter().Replace(path, "x");

    private static bool Matches(string template, string path) => Regex.IsMatch(path, "^" + PathParameter().Replace(template, "[^/]+") + "$");

    private static IEnumerable<JsonNode> Descendants(JsonNode node)
    {
        IEnumerable<JsonNode?> children = node switch
        {
            JsonObject members => members.Select(member => member.Value),
            JsonArray items => items,
            _ => [],
        };
        return children.OfType<JsonNode>().SelectMany(Descendants).Prepend(node);
    }

    [GeneratedRegex(@"\{([a-z]+)\}")]
    private static partial Regex PathParameter();
}
