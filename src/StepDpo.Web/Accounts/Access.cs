using System.Globalization;
using Microsoft.AspNetCore.Authorization;
using Microsoft.EntityFrameworkCore;
using StepDpo.Core.Accounts;
using StepDpo.Core.Data;
using StepDpo.Core.Projects;
using RouteData = Microsoft.AspNetCore.Components.RouteData;

namespace StepDpo.Web.Accounts;

/// <summary>
/// Policies by name, for pages and endpoints. Rights are read from the database each time, never from the cookie; the services
/// behind a page check them again.
/// </summary>
public static class Access
{
    /// <summary>Admins of the installation.</summary>
    public const string Admin = nameof(Admin);

    /// <summary>Members of the project that the route's <c>ProjectId</c> names.</summary>
    public const string Annotator = nameof(Annotator);

    /// <summary>Its reviewers, leads and all admins.</summary>
    public const string Reviewer = nameof(Reviewer);

    /// <summary>Its leads and all admins.</summary>
    public const string Lead = nameof(Lead);

    /// <summary>Name of the route value that names the project.</summary>
    public const string ProjectIdRouteValue = "ProjectId";

    /// <summary>Registers the policies. An address without any needs a person who is signed in.</summary>
    public static void AddAccess(this IServiceCollection services)
    {
        services.AddScoped<IAuthorizationHandler, AdminHandler>();
        services.AddScoped<IAuthorizationHandler, ProjectRoleHandler>();
        services.AddAuthorizationBuilder()
            .SetFallbackPolicy(new AuthorizationPolicyBuilder().RequireAuthenticatedUser().Build())
            .AddPolicy(Admin, policy => policy.RequireAuthenticatedUser().AddRequirements(new AdminRequirement()))
            .AddPolicy(Annotator, policy => policy.RequireAuthenticatedUser().AddRequirements(new ProjectRoleRequirement(ProjectRole.Annotator)))
            .AddPolicy(Reviewer, policy => policy.RequireAuthenticatedUser().AddRequirements(new ProjectRoleRequirement(ProjectRole.Reviewer)))
            .AddPolicy(Lead, policy => policy.RequireAuthenticatedUser().AddRequirements(new ProjectRoleRequirement(ProjectRole.Lead)));
    }

    private sealed record AdminRequirement : IAuthorizationRequirement;

    private sealed record ProjectRoleRequirement(ProjectRole AtLeast) : IAuthorizationRequirement;

    private sealed class AdminHandler(IDbContextFactory<StepDpoContext> contexts) : AuthorizationHandler<AdminRequirement>
    {
        protected override async Task HandleRequirementAsync(AuthorizationHandlerContext context, AdminRequirement requirement)
        {
            if (CurrentUser.IdOf(context.User) is not { } user)
                return;
            await using var database = await contexts.CreateDbContextAsync();
            if ((await Administration.RequireAdminAsync(database, Actor.Person(user))).Succeeded)
                context.Succeed(requirement);
        }
    }

    private sealed class ProjectRoleHandler(IDbContextFactory<StepDpoContext> contexts) : AuthorizationHandler<ProjectRoleRequirement>
    {
        protected override async Task HandleRequirementAsync(AuthorizationHandlerContext context, ProjectRoleRequirement requirement)
        {
            if (CurrentUser.IdOf(context.User) is not { } user || ProjectOf(context.Resource) is not { } project)
                return;
            await using var database = await contexts.CreateDbContextAsync();
            if ((await Membership.RequireAsync(database, Actor.Person(user), project, requirement.AtLeast)).Succeeded)
                context.Succeed(requirement);
        }

        // A request brings its HttpContext, a change of page within a circuit the router's data.
        private static long? ProjectOf(object? resource)
        {
            var value = resource switch
            {
                HttpContext http => http.GetRouteValue(ProjectIdRouteValue),
                RouteData page => page.RouteValues.GetValueOrDefault(ProjectIdRouteValue),
                _ => null,
            };
            return long.TryParse(Convert.ToString(value, CultureInfo.InvariantCulture), NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : null;
        }
    }
}
