using FailureHistory.Core.Identity;
using FailureHistory.Messages;
using FailureHistory.Node.Http.OpenApi;

namespace FailureHistory.Node.Http;

/// <summary>The HTTP edge (SPEC 11.2): JSON in and out over the records of <c>FailureHistory.Messages</c>.</summary>
public static class FailureHistoryEndpoints
{
    /// <summary>
    /// Maps every endpoint of the service. With <see cref="UnmappedRequests.UseProblemsForUnmapped"/> before it, paths and methods that are not
    /// mapped are told as problems too.
    /// </summary>
    /// <param name="routes">Where to map them; a group's prefix is respected.</param>
    /// <param name="service">What answers.</param>
    /// <param name="options">Bounds, or null for the defaults.</param>
    public static IEndpointRouteBuilder MapFailureHistory(this IEndpointRouteBuilder routes, IFailureHistoryService service, HttpEdgeOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(routes);
        ArgumentNullException.ThrowIfNull(service);
        var edge = new HttpEdge(service, options ?? new HttpEdgeOptions());
        routes.MapPost("/v1/observations", HttpEdge.Guarded(new ReportEndpoint(edge).Handle));
        MapNodes(routes, edge);
        MapDetectors(routes, edge);
        routes.MapGet("/v1/notifications", HttpEdge.Guarded(new NotificationsEndpoint(edge).Handle));
        MapCluster(routes, edge);
        MapSelf(routes, edge);
        return routes;
    }

    private static void MapNodes(IEndpointRouteBuilder routes, HttpEdge edge)
    {
        routes.MapGet("/v1/nodes", edge.Asks(static context =>
        {
            var query = new QueryReader(context, "status", "minProbability", "name", "label", "sort", "limit", "cursor", "stored");
            return new GetNodes(
                query.AnyOf("status", Words.Statuses), query.Fraction("minProbability"), query.Text("name"), query.Labels(),
                query.Word("sort", Words.Sorts) ?? NodeSort.Name, query.Limit(100), query.Cursor(), query.Flag("stored"));
        }));
        routes.MapGet("/v1/nodes/{node}/state", edge.Asks(static context =>
        {
            var query = new QueryReader(context, "consistency");
            return new GetState(PathText.Read(context, "node"), query.Consistency());
        }));
        routes.MapGet("/v1/nodes/{node}/history", edge.Asks(static context =>
        {
            var query = new QueryReader(context, "from", "to", "limit", "cursor", "consistency");
            var (from, to) = query.Span();
            return new GetHistory(PathText.Read(context, "node"), from, to, query.Limit(1000), query.Cursor(), query.Consistency());
        }));
        routes.MapGet("/v1/nodes/{node}/observations", edge.Asks(static context =>
        {
            var query = new QueryReader(context, "from", "to", "limit", "cursor", "consistency", "stored");
            var (from, to) = query.Span();
            return new GetObservations(PathText.Read(context, "node"), from, to, query.Limit(1000), query.Cursor(), query.Consistency(), query.Flag("stored"));
        }));
        routes.MapGet("/v1/nodes/{node}/reliability", edge.Asks(static context =>
        {
            var query = new QueryReader(context, "duration", "window", "consistency");
            _ = query.SpanAbove0("duration"); // for the chance of survival (R7.2), which is not told yet
            return new GetReliability(PathText.Read(context, "node"), query.SpanAbove0("window") ?? GetReliability.DefaultWindow, query.Consistency());
        }));
        routes.MapPut("/v1/nodes/{node}/pin", HttpEdge.Guarded(async context =>
        {
            QueryReader.None(context);
            PinNode request;
            using (var body = await edge.Bodies.Read(context, MediaTypes.JsonAlone, ReportLimits.MaxBodyBytes, context.RequestAborted))
            {
                request = PinReader.Read(PathText.Read(context, "node"), body.Bytes, Asker(context));
            }

            return Replies.ToAnswer(await edge.Ask(context, request));
        }));
        routes.MapDelete("/v1/nodes/{node}/pin", edge.Asks(static context =>
        {
            var query = new QueryReader(context, "by");
            return new UnpinNode(PathText.Read(context, "node"), query.Text("by") ?? Asker(context));
        }));
        routes.MapDelete("/v1/nodes/{node}", edge.Asks(static context =>
        {
            var query = new QueryReader(context, "hardware", "force");
            return new RemoveHistory(PathText.Read(context, "node"), query.Hardware(), query.Flag("force"));
        }));
    }

    private static void MapDetectors(IEndpointRouteBuilder routes, HttpEdge edge)
    {
        routes.MapGet("/v1/detectors", edge.Asks(static context =>
        {
            QueryReader.None(context);
            return new GetDetectors();
        }));
        routes.MapGet("/v1/detectors/{id}", edge.Asks(static context => new GetDetector(IdAlone(context))));
        routes.MapPut("/v1/detectors/{id}", HttpEdge.Guarded(async context =>
        {
            var id = IdAlone(context);
            RegisterDetector request;
            using (var body = await edge.Bodies.Read(context, MediaTypes.JsonAlone, ReportLimits.MaxBodyBytes, context.RequestAborted))
            {
                request = DetectorReader.Read(id, body.Bytes);
            }

            return Replies.ToAnswer(await edge.Ask(context, request));
        }));
        routes.MapDelete("/v1/detectors/{id}", edge.Asks(static context => new DeleteDetector(IdAlone(context))));
        routes.MapPost("/v1/detectors/{id}/heartbeat", edge.Asks(static context => new DetectorHeartbeat(IdAlone(context))));
    }

    private static void MapCluster(IEndpointRouteBuilder routes, HttpEdge edge)
    {
        routes.MapGet("/v1/cluster", edge.Asks(static context =>
        {
            QueryReader.None(context);
            return new GetCluster();
        }));
        routes.MapGet("/v1/ring", edge.Asks(static context =>
        {
            QueryReader.None(context);
            return new GetRing();
        }));
        routes.MapDelete("/v1/ring/members/{id}", edge.Asks(static context =>
        {
            var id = IdAlone(context);
            return MemberId.TryParse(id, out var member)
                ? new RemoveRingMember(member.ToString())
                : throw new ProblemException(Problem.BadRequest("id", $"id is '{Came.Clip(id)}'; expected the 32 hex digits of a member, as /v1/ring shows them"));
        }));
    }

    // Probes and tools add parameters of their own; these answer all the same.
    private static void MapSelf(IEndpointRouteBuilder routes, HttpEdge edge)
    {
        routes.MapGet("/healthz", HttpEdge.Guarded(static _ => Task.FromResult(Answer.Ok(static json =>
        {
            json.WriteStartObject();
            json.WriteString("status", "alive");
            json.WriteEndObject();
        }))));
        routes.MapGet("/readyz", HttpEdge.Guarded(async context => Replies.ToReadiness(await edge.Ask(context, new GetReadiness()))));
        routes.MapGet("/openapi/v1.json", HttpEdge.Guarded(static _ => Task.FromResult(Answer.Ok(OpenApiDocument.Write))));
    }

    // Who asks, as far as can be seen.
    private static string Asker(HttpContext context) => context.Connection.RemoteIpAddress?.ToString() ?? "http";

    private static string IdAlone(HttpContext context)
    {
        QueryReader.None(context);
        return PathText.Read(context, "id");
    }
}
