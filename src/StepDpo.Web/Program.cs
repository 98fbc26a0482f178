using StepDpo.Web.Accounts;
using StepDpo.Web.AnnotationFiles;
using StepDpo.Web.Annotations;
using StepDpo.Web.Annotations.Disputes;
using StepDpo.Web.Components;
using StepDpo.Web.Diagnostics;
using StepDpo.Web.Exams;
using StepDpo.Web.Hosting;
using StepDpo.Web.Languages;
using StepDpo.Web.Pairs;
using StepDpo.Web.Progress;
using StepDpo.Web.Projects;
using StepDpo.Web.Rectifications;
using StepDpo.Web.Runs;
using StepDpo.Web.Search;
using StepDpo.Web.Security;
using StepDpo.Web.Suggestions;
using StepDpo.Web.Theme;
using StepDpo.Web.Training;

var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });

builder.WebHost.ConfigureKestrel(kestrel => kestrel.AddServerHeader = false);
builder.Services.AddCore(builder.Configuration);
builder.Services.AddLoop(builder.Configuration);
builder.Services.AddAudit(builder.Configuration);
builder.Services.AddSignIn();
builder.Services.AddPages();
builder.Services.AddProjectPages();
builder.Services.AddAnnotationPages();
builder.Services.AddDisputePages();
builder.Services.AddReviewPages();
builder.Services.AddRunPages();
builder.Services.AddApi();
builder.Services.AddContentSecurity();
builder.Services.AddRateLimits(builder.Configuration);
builder.Services.AddHealth();
builder.Services.AddTelemetry(builder.Configuration);

var app = builder.Build();
if (await app.AuditAsync(args) is { } code)
    return code;

app.UseTrustedProxies();
app.UseSecurityHeaders();
app.UseErrorPages();
app.UseWebSocketOriginCheck();
app.UseSignIn();
app.UseRequestLocalization();
app.UseRateLimiter();
app.UseAuthorization();
app.UseAntiforgery();

app.MapStaticAssets().AllowAnonymous();
app.MapTheme();
app.MapTextSize();
app.MapLanguage();
app.MapSignIn();
app.MapCspReports();
app.MapHealth();
app.MapApiDescription();
app.MapApi().MapAnnotations().MapDisputes().MapExams().MapReviews().MapTrainingMetrics();
app.MapExports();
app.MapHours();
app.MapAnnotationExports();
app.MapSolutions();
app.MapSuggestionGaps();
app.MapPages();

await app.PrepareDatabaseAsync();
await app.RunAsync();
return 0;

/// <summary>Named so that tests can start the site.</summary>
public partial class Program;
