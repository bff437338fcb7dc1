namespace FailureHistory.Node.Http;

/// <summary>Tells as problems (RFC 9457) what no endpoint has answered: an unknown path, a method that a path does not take.</summary>
public static class UnmappedRequests
{
    /// <summary>Adds it; call it before the endpoints are mapped. Answers that have a body stay as they are.</summary>
    public static IApplicationBuilder UseProblemsForUnmapped(this IApplicationBuilder app) => app.Use(async (context, next) =>
    {
        await next(context);
        var response = context.Response;
        if (response.HasStarted || response.ContentType is not null || response.ContentLength is not null)
        {
            return;
        }

        var path = Came.Clip(context.Request.Path.Value ?? "");
        var problem = response.StatusCode switch
        {
            404 => new Problem(404, "no-such-path", "No such path", $"there is nothing at {path}; /openapi/v1.json lists what there is"),
            405 => new Problem(
                405, "method-not-allowed", "Method not allowed", $"{path} does not take {Came.Clip(context.Request.Method)}; expected {response.Headers.Allow}"),
            _ => null,
        };
        if (problem is not null)
        {
            await problem.ToAnswer().SendTo(context);
        }
    });
}
