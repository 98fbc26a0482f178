using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Logging;
using StepDpo.Core.Grading;
using StepDpo.EndToEnd.Tests.Support;
using StepDpo.Web.Annotations;
using StepDpo.Web.Components.Layout;
using StepDpo.Web.Theme;

namespace StepDpo.EndToEnd.Tests.Annotations;

/// <summary>
/// The annotate deck as the site draws it, over a store in memory: here the server can be slowed, stopped in the middle of an answer,
/// restarted and made to refuse, which a test of the whole site cannot time so well.
/// </summary>
internal sealed class DeckSite : IAsyncDisposable
{
    private const string Policy = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; report-uri /csp-reports";

    private static readonly Guid User = Guid.Parse("0197c7a0-0000-7000-8000-00000000000a");

    private readonly Lock _lock = new();
    private readonly List<(long Assignment, SolutionCard Card)> _cards;
    private readonly Dictionary<string, string> _bodies = [];
    private readonly Dictionary<long, string> _judged = [];
    private WebApplication? _app;
    private int _port;

    /// <summary>Cards of the given numbers of steps.</summary>
    public DeckSite(params int[] steps) => _cards = [.. steps.Select((n, i) => (i + 1L, Card(i, n)))];

    /// <summary>The given cards.</summary>
    public DeckSite(params SolutionCard[] cards) => _cards = [.. cards.Select(card => (card.Assignment, card))];

    /// <summary>Each verdict and undo that was taken, in order: "1 FirstError 3", "undo 1".</summary>
    public List<string> Taken { get; } = [];

    /// <summary>What the browser said the policy stopped.</summary>
    public ConcurrentQueue<string> Reports { get; } = new();

    /// <summary>Before each answer.</summary>
    public TimeSpan Delay { get; set; }

    /// <summary>The session has ended: every call of the API is answered 401.</summary>
    public bool SignedOut { get; set; }

    /// <summary>The next verdict is refused for good.</summary>
    public bool Refuses { get; set; }

    /// <summary>The next verdict is stored and its answer is lost: the connection breaks.</summary>
    public bool LosesAnswer { get; set; }

    /// <summary>Address of the page.</summary>
    public string Page => $"http://127.0.0.1:{_port}/";

    /// <summary>The open judgements by card number.</summary>
    public IReadOnlyDictionary<int, string> Judged
    {
        get
        {
            lock (_lock)
                return _judged.ToDictionary(pair => (int)pair.Key, pair => pair.Value);
        }
    }

    /// <summary>Starts, on the port of the last time.</summary>
    public async Task StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Urls.Add($"http://127.0.0.1:{_port}");
        app.Use(AnswerAsync);
        app.UseStaticFiles(new StaticFileOptions { FileProvider = new PhysicalFileProvider(Path.Combine(Repository.Root, "wwwroot")) });
        app.MapGet("/", () => DrawAsync(whole: true, 3));
        app.MapGet("/theme.css", () => Results.Content(ThemeStylesheet.Text, "text/css"));
        app.MapPost("/api/deck/cards", (JsonObject body) => DrawAsync(whole: false, body["count"]!.GetValue<int>()));
        app.MapPost("/api/deck/verdict", (JsonObject body) => Take(body, $"{body["assignment"]} {body["outcome"]} {body["step"]}".TrimEnd()));
        app.MapPost("/api/deck/undo", (JsonObject body) => Undo(body));
        app.MapPost("/api/deck/flag", (JsonObject body) => Take(body, $"{body["assignment"]} asked at {body["step"]}: {body["question"]}", judges: false));
        app.MapPost("/api/calculate", (JsonObject body) => new { value = Calculator.Value(body["line"]!.GetValue<string>()) });
        app.MapPost("/api/deck/skip", (JsonObject body) => Take(body, $"{body["assignment"]} put aside"));
        app.MapPost("/csp-reports", async (HttpRequest request) =>
        {
            using var reader = new StreamReader(request.Body);
            Reports.Enqueue(await reader.ReadToEndAsync());
        });
        await app.StartAsync();
        _port = new Uri(app.Urls.Single()).Port;
        _app = app;
    }

    /// <summary>Ends at once, as a killed process does: open answers are lost.</summary>
    public async Task StopAsync()
    {
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await _app!.StopAsync(now.Token);
        await _app.DisposeAsync();
        _app = null;
    }

    public async ValueTask DisposeAsync()
    {
        if (_app is not null)
            await StopAsync();
    }

    private async Task AnswerAsync(HttpContext context, RequestDelegate next)
    {
        context.Response.Headers.ContentSecurityPolicy = Policy;
        var call = context.Request.Path.StartsWithSegments("/api");
        if (call && SignedOut)
        {
            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
            return;
        }
        if (call)
            await Task.Delay(Delay);
        await next(context);
    }

    private IResult Take(JsonObject body, string words, bool judges = true)
    {
        var key = body["clientKey"]!.GetValue<string>();
        lock (_lock)
        {
            if (Refuses)
            {
                Refuses = false;
                return Results.Problem("The solution was withdrawn.", statusCode: StatusCodes.Status410Gone);
            }
            if (_bodies.TryGetValue(key, out var known))
                return known == body.ToJsonString() ? Results.Ok(new { }) : Results.Problem("The same key with another body.", statusCode: StatusCodes.Status409Conflict);
            _bodies[key] = body.ToJsonString();
            Taken.Add(words);
            if (judges && body["assignment"] is { } assignment)
                _judged[Number(assignment)] = words[(words.IndexOf(' ', StringComparison.Ordinal) + 1)..];
            if (!LosesAnswer)
                return Results.Ok(new { });
            LosesAnswer = false;
        }
        return new Broken();
    }

    private IResult Undo(JsonObject body)
    {
        lock (_lock)
        {
            if (!_bodies.TryGetValue(body["undoes"]!.GetValue<string>(), out var verdict))
                return Results.Problem("No such verdict.", statusCode: StatusCodes.Status404NotFound);
            var assignment = Number(JsonNode.Parse(verdict)!["assignment"]!);
            if (!_bodies.ContainsKey(body["clientKey"]!.GetValue<string>()))
                _judged.Remove(assignment);
            return Take(body, $"undo {assignment}");
        }
    }

    private JudgedLine[] Last()
    {
        lock (_lock)
            return [.. _bodies.Where(b => JsonNode.Parse(b.Value)!["assignment"] is { } a && _judged.ContainsKey(Number(a)))
                .Reverse().Select(b => new JudgedLine(Number(JsonNode.Parse(b.Value)!["assignment"]!), Guid.Parse(b.Key), "tick", "Judged", "now", Choice(JsonNode.Parse(b.Value)!)))];
    }

    // What the real site tells the deck of an own judgement.
    private static string Choice(JsonNode verdict)
    {
        var choice = new JsonObject { ["at"] = verdict["step"]?.DeepClone() ?? 1, ["milliseconds"] = verdict["activeMilliseconds"]!.DeepClone() };
        foreach (var name in new[] { "outcome", "step", "grade", "reason", "note" })
            choice[name] = verdict[name]?.DeepClone();
        choice["grade"] ??= "Incorrect";
        return choice.ToJsonString();
    }

    private async Task<IResult> DrawAsync(bool whole, int count)
    {
        SolutionCard[] cards;
        lock (_lock)
            cards = [.. _cards.Where(c => !_judged.ContainsKey(c.Assignment)).Take(count).Select(c => c.Card)];
        await using var services = new ServiceCollection().AddLogging().BuildServiceProvider();
        await using var renderer = new HtmlRenderer(services, services.GetRequiredService<ILoggerFactory>());
        var html = await renderer.Dispatcher.InvokeAsync(async () => whole
            ? await MarkupAsync<AnnotateDeck>(renderer, new() { ["User"] = User, ["ProjectPath"] = "/projects/1", ["Api"] = "/api/deck", ["Cards"] = cards, ["Last"] = Last(), ["GuidelinesVersion"] = 4, ["Guidelines"] = (RenderFragment)(b => b.AddMarkupContent(0, "<ul><li>Mark the first step that states something false, or draws what does not follow.</li><li>A detour is no error. A step that leads nowhere is <em>Neutral</em>.</li></ul>")), ["Empty"] = (RenderFragment)(b => b.AddMarkupContent(0, "<h1>Nothing to judge just now</h1>")) })
            : await MarkupAsync<SolutionCards>(renderer, new() { ["Cards"] = cards }));
        var sprite = whole ? await renderer.Dispatcher.InvokeAsync(() => MarkupAsync<Sprite>(renderer, [])) : "";
        var sync = whole ? await renderer.Dispatcher.InvokeAsync(() => MarkupAsync<SyncState>(renderer, new() { ["User"] = User, ["SignInAt"] = "/sign-in" })) : "";
        return Results.Content(whole ? Frame(sprite, sync, html) : html, "text/html; charset=utf-8");
    }

    private static async Task<string> MarkupAsync<T>(HtmlRenderer renderer, Dictionary<string, object?> parameters) where T : IComponent =>
        (await renderer.RenderComponentAsync<T>(ParameterView.FromDictionary(parameters))).ToHtmlString();

    private static string Frame(string sprite, string sync, string deck) => $"""
        <!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Deck</title><meta name="viewport" content="width=device-width, initial-scale=1">
        <link rel="stylesheet" href="/lib/katex/katex.min.css"><link rel="stylesheet" href="/theme.css"><link rel="stylesheet" href="/app.css"><link rel="stylesheet" href="/deck.css">
        <link rel="icon" href="/favicon.svg"><script type="module" src="/js/elements.js"></script></head>
        <body>{sprite}<div class="workpage"><header class="bar"><a class="brand" href="/"><svg width="20" height="20"><use href="#logo"></use></svg>School maths</a><nav aria-label="Work"><a href="/" aria-current="page">Annotate <span class="count">412</span></a><a href="/">Review <span class="count">37</span></a></nav><span class="grow"></span><span class="row dense soft num"><span data-today>46</span> today</span><span class="state is-none wide num"><svg width="14" height="14"><use href="#clock"></use></svg><span data-active-time>0:00</span></span>{sync}</header>{deck}</div></body></html>
        """;

    // The page's attribute is text; the real endpoint reads numbers from text too.
    private static long Number(JsonNode assignment) => long.Parse(assignment.ToString(), CultureInfo.InvariantCulture);

    private static SolutionCard Card(int i, int steps) => new(
        i + 1, "Algebra", $"Problem {i + 1}: express $3x^2 + x - 4$ as $a(x - h)^2 + k$.", "-\\tfrac{49}{12}", "-7", Differs: i % 4 == 3,
        [.. Enumerable.Range(1, steps).Select(k => $"Card {i + 1}, step {k}: $3(x + \\frac{{1}}{{{k}}})^2 - {k}$.")]);

    /// <summary>An answer that never comes: the connection breaks instead.</summary>
    private sealed class Broken : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Abort();
            return Task.CompletedTask;
        }
    }
}
