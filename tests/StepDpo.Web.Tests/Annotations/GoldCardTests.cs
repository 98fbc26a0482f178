using System.Net.Http.Json;
using System.Text.RegularExpressions;
using Microsoft.EntityFrameworkCore;
using StepDpo.Core.Accounts;
using StepDpo.Core.Annotations;
using StepDpo.Core.Projects;
using StepDpo.Core.Tests.Data;

namespace StepDpo.Web.Tests.Annotations;

/// <summary>A gold item and another solution as the browser gets them: attribute by attribute, and answer by answer.</summary>
public sealed partial class GoldCardTests(SiteFixture fixture) : IClassFixture<SiteFixture>
{
    [Fact]
    public async Task Cards_and_answers_of_gold_items_have_the_shape_of_all_others()
    {
        var client = await fixture.ClientAsync("annotator");
        await using var context = fixture.Database.CreateDbContext();
        var revision = await context.Set<ProjectRevision>().SingleAsync(r => r.ProjectId == fixture.ProjectId, Token);
        var world = new World(fixture.Database);
        var run = await world.RunAsync(revision);
        for (var i = 0; i < 40; i++) await world.SolutionAsync(run, await world.ProblemAsync(fixture.ProjectId));
        Assert.Equal(60, (await fixture.Site.Get<GoldService>().AddShippedAsync(Actor.System, fixture.ProjectId, Token)).Value.Added);

        var shapes = new Dictionary<bool, HashSet<string>> { [true] = [], [false] = [] };
        var (ids, golds) = (new List<long>(), 0);
        for (var i = 0; i < 25; i++)
        {
            var html = await (await PostAsync(client, "cards", new { count = 1 })).Content.ReadAsStringAsync(Token);
            var card = long.Parse(Number().Match(html).Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture);
            var verdict = await PostAsync(client, "verdict", new { clientKey = Guid.NewGuid(), assignment = card, outcome = "CannotJudge", reason = "Unsure", note = "", activeMilliseconds = 5 });
            var answer = Digits().Replace(await verdict.Content.ReadAsStringAsync(Token), "0");
            var isGold = await context.Set<GoldItem>().AnyAsync(g => context.Set<Assignment>().Any(a => a.Id == card && a.SolutionId == g.SolutionId), Token);
            golds += isGold ? 1 : 0;
            ids.Add(card);
            // Numbers of steps, words and answers differ from solution to solution; everything else is the card's shape.
            shapes[isGold].Add($"{verdict.StatusCode} {answer} {Headers(verdict)} {Shape(html)}");
        }

        Assert.True(golds > 0);
        Assert.Equal(shapes[false].Order(), shapes[true].Order().Union(shapes[false]).Order());
        Assert.Equal(ids.Order(), ids);
        Assert.Equal(ids.Count, ids[^1] - ids[0] + 1); // of one sequence, without a gap
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    // Steps are alike: of any number of them one is left. Words stand in attributes; what matches or differs follows from the answer.
    private static string Shape(string html)
    {
        var bare = Text().Replace(html, " text=\"\"");
        bare = Step().Replace(bare, "");
        bare = Answer().Replace(bare, "");
        return Spaces().Replace(Digits().Replace(bare, "0"), " ").Replace("0 steps", "steps", StringComparison.Ordinal).Replace("0 step", "steps", StringComparison.Ordinal);
    }

    private static string Headers(HttpResponseMessage response) =>
        string.Join(' ', response.Headers.Concat(response.Content.Headers).Select(header => header.Key).Where(name => name != "Content-Length").Order(StringComparer.Ordinal));

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

    [GeneratedRegex(" text=\"[^\"]*\"")]
    private static partial Regex Text();

    [GeneratedRegex("<li class=\"step\".*?</li>", RegexOptions.Singleline)]
    private static partial Regex Step();

    [GeneratedRegex("<dt>This solution</dt>.*?</dd>|data-differs=\"[a-z]+\"", RegexOptions.Singleline)]
    private static partial Regex Answer();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
