using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.EntityFrameworkCore;
using StepDpo.Core.Accounts;
using StepDpo.Core.Annotations;
using StepDpo.Core.Projects;
using StepDpo.Core.Sampling;
using StepDpo.Core.Suggestions;
using StepDpo.Core.Tests.Data;

namespace StepDpo.Web.Tests.Annotations;

/// <summary>What the browser gets of a suggestion, byte by byte: nothing before the own judgement is stored, and of gold nothing that tells.</summary>
public sealed partial class SuggestionPayloadTests(SiteFixture fixture) : IClassFixture<SiteFixture>
{
    private const string Source = "judge:zebra", Rationale = "Because of the zebra <script>alert(1)</script>.";

    [Fact]
    public async Task Nothing_of_a_suggestion_is_sent_before_the_judgement_and_gold_answers_like_all_others()
    {
        var client = await fixture.ClientAsync("annotator");
        await using var context = fixture.Database.CreateDbContext();
        await fixture.Database.AddAsync(new ProjectRevision { ProjectId = fixture.ProjectId, Number = 2, Settings = new() { Suggestions = SuggestionUse.AfterJudgement, GoldPausePercent = 0 }, CreatedAt = World.Now });
        var revision = await context.Set<ProjectRevision>().SingleAsync(r => r.ProjectId == fixture.ProjectId && r.Number == 2, Token);
        var world = new World(fixture.Database);
        var run = await world.RunAsync(revision);
        for (var i = 0; i < 40; i++) await world.SolutionAsync(run, await world.ProblemAsync(fixture.ProjectId));
        Assert.Equal(60, (await fixture.Site.Get<GoldService>().AddShippedAsync(Actor.System, fixture.ProjectId, Token)).Value.Added);
        var solutions = await context.Set<Solution>().Where(s => s.ProjectId == fixture.ProjectId && s.StepCount > 1).ToListAsync(Token);
        await fixture.Database.AddAsync([.. solutions.Select(s => new Suggestion { SolutionId = s.Id, StepCount = s.StepCount, Source = Source, Step = 2, Confidence = 0.5, Rationale = Rationale, RunId = run.Id, CreatedAt = World.Now })]);
        Assert.All(await context.Set<GoldItem>().Where(g => g.ProjectId == fixture.ProjectId).ToListAsync(Token), g => Assert.Contains(g.SolutionId, solutions.Select(s => s.Id)));

        var shapes = new Dictionary<bool, HashSet<string>> { [true] = [], [false] = [] };
        Guid? last = null;
        for (var i = 0; i < 30; i++)
        {
            var html = await (await PostAsync(client, "cards", new { count = 3 })).Content.ReadAsStringAsync(Token);
            Assert.DoesNotContain("zebra", html, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain("suggest", html, StringComparison.OrdinalIgnoreCase);
            var card = long.Parse(Number().Match(html).Groups[1].Value, CultureInfo.InvariantCulture);
            if (i == 0)
            {
                foreach (var page in new[] { "annotate", "my-work", "guidelines" })
                    Assert.DoesNotContain("zebra", await client.GetStringAsync(new Uri($"/projects/{fixture.ProjectId}/{page}", UriKind.Relative), Token), StringComparison.OrdinalIgnoreCase);
                foreach (var page in new[] { "suggestions", "suggestions/without.jsonl" })
                    Assert.DoesNotContain("zebra", await (await client.GetAsync(new Uri($"/projects/{fixture.ProjectId}/{page}", UriKind.Relative), Token)).Content.ReadAsStringAsync(Token), StringComparison.OrdinalIgnoreCase);
            }

            last = Guid.NewGuid();
            var verdict = await PostAsync(client, "verdict", new { clientKey = last, assignment = card, outcome = "FirstError", step = 1, grade = "Incorrect", note = "", activeMilliseconds = 5 });
            var answer = await verdict.Content.ReadAsStringAsync(Token);
            var shown = JsonSerializer.Deserialize<JsonElement>(answer).GetProperty("suggestion").GetString()!;
            Assert.Contains(Source, shown, StringComparison.Ordinal);
            Assert.Contains("data-suggestion=\"Open\"", shown, StringComparison.Ordinal);
            Assert.DoesNotContain("<script", shown, StringComparison.Ordinal);
            var isGold = await context.Set<GoldItem>().AnyAsync(g => context.Set<Assignment>().Any(a => a.Id == card && a.SolutionId == g.SolutionId), Token);
            var kept = await PostAsync(client, "keep", new { clientKey = Guid.NewGuid(), judged = last });
            shapes[isGold].Add($"{verdict.StatusCode} {Digits().Replace(answer, "0")} {kept.StatusCode}");
        }

        Assert.NotEmpty(shapes[true]);
        Assert.Equal(Assert.Single(shapes[false]), Assert.Single(shapes[true]));
        // A page that is opened again knows what was seen, and nothing of what was not.
        var again = await client.GetStringAsync(new Uri($"/projects/{fixture.ProjectId}/annotate", UriKind.Relative), Token);
        Assert.Equal(AnnotationService.Undoable, Kept().Count(again));
        Assert.DoesNotContain("because of the zebra", again, StringComparison.OrdinalIgnoreCase);

        // A gold item without one: nobody sees any more, of gold as of all others.
        var bare = await world.SolutionAsync(run, await world.ProblemAsync(fixture.ProjectId));
        await fixture.Database.AddAsync(new GoldItem { ProjectId = fixture.ProjectId, SolutionId = bare.Id, StepCount = bare.StepCount, Step = 1, CreatedAt = World.Now });
        var next = long.Parse(Number().Match(await (await PostAsync(client, "cards", new { count = 1 })).Content.ReadAsStringAsync(Token)).Groups[1].Value, CultureInfo.InvariantCulture);
        var silent = await PostAsync(client, "verdict", new { clientKey = Guid.NewGuid(), assignment = next, outcome = "FirstError", step = 1, grade = "Incorrect", note = "", activeMilliseconds = 5 });
        Assert.DoesNotContain("zebra", await silent.Content.ReadAsStringAsync(Token), StringComparison.OrdinalIgnoreCase);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private async Task<HttpResponseMessage> PostAsync(HttpClient client, string name, object body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/api/projects/{fixture.ProjectId}/annotations/{name}") { Content = JsonContent.Create(body), Headers = { { "Origin", "http://localhost" } } };
        var response = await client.SendAsync(request, Token);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(Token));
        return response;
    }

    [GeneratedRegex("data-card=\"([0-9]+)\"")]
    private static partial Regex Number();

    [GeneratedRegex("[0-9]+")]
    private static partial Regex Digits();

    [GeneratedRegex("data-suggestion=\"Kept\"")]
    private static partial Regex Kept();
}
