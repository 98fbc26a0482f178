namespace StepDpo.Web.Security;

/// <summary>The JSON API's group: features add their endpoints to it and nothing to its guard.</summary>
/// <remarks>
/// Antiforgery does not look at JSON calls, so the guard is here: a call that changes something must come from a page of this site
/// and must be JSON, which a foreign form cannot send. Who is not signed in gets 401, who may not gets 403: never a redirect.
/// </remarks>
public static class Api
{
    /// <summary>Every address of the API begins with this.</summary>
    public const string Prefix = "/api";

    /// <summary>Opens the group: signed-in people only, guarded.</summary>
    public static RouteGroupBuilder MapApi(this IEndpointRouteBuilder app)
    {
        var group = app.MapGroup(Prefix).RequireAuthorization().DisableAntiforgery();
        group.AddEndpointFilter(async (context, next) => Refusal(context.HttpContext.Request) ?? await next(context));
        return group;
    }

    /// <summary>Registers problem details, so that every refusal of the API is JSON, and the API's description.</summary>
    public static void AddApi(this IServiceCollection services)
    {
        services.AddProblemDetails();
        services.AddOpenApi();
    }

    /// <summary>Shows the API's description at <c>/openapi/v1.json</c> while the site is developed.</summary>
    public static void MapApiDescription(this WebApplication app)
    {
        if (app.Environment.IsDevelopment())
            app.MapOpenApi();
    }

    private static IResult? Refusal(HttpRequest request)
    {
        if (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method))
            return null;
        if (!RequestOrigin.IsOwn(request))
            return Results.Problem(T("This call does not come from a page of this site."), statusCode: StatusCodes.Status403Forbidden);
        if (!HttpMethods.IsDelete(request.Method) && !request.HasJsonContentType())
            return Results.Problem(T($"Found the content type \"{request.ContentType}\", wanted application/json."), statusCode: StatusCodes.Status415UnsupportedMediaType);
        return null;
    }
}
