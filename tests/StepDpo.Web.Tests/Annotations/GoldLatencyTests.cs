using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.RegularExpressions;
using Microsoft.EntityFrameworkCore;
using StepDpo.Core.Accounts;
using StepDpo.Core.Annotations;
using StepDpo.Core.Projects;
using StepDpo.Core.Tests.Data;

namespace StepDpo.Web.Tests.Annotations;

/// <summary>Whether the time that an answer takes tells a gold item from another: measured, so run by hand (CONTRIBUTING).</summary>
public sealed partial class GoldLatencyTests(SiteFixture fixture) : IClassFixture<SiteFixture>
{
    private const int Cards = 600;

    [Fact(Explicit = true)]
    public async Task A_two_sample_Kolmogorov_Smirnov_test_does_not_tell_them_apart()
    {
        var client = await fixture.ClientAsync("annotator");
        await using var context = fixture.Database.CreateDbContext();
        var projects = fixture.Site.Get<ProjectRegister>();
        var old = (await projects.CurrentRevisionAsync(Actor.System, fixture.ProjectId, Token)).Value;
        var revision = (await projects.ChangeSettingsAsync(Actor.System, fixture.ProjectId, old.Number, old.Settings with { GoldPercent = 50, GoldPausePercent = 0 }, "", Token)).Value;
        var world = new World(fixture.Database);
        var run = await world.RunAsync(revision);
        for (var i = 0; i < Cards; i++) await world.SolutionAsync(run, await world.ProblemAsync(fixture.ProjectId));
        // The words of a gold item as those of the others: only what it is may tell it.
        var lines = string.Join('\n', Enumerable.Range(0, Cards).Select(i => $$"""{"problem": "What is {{5000 + i}} + 1?", "answer": "2", "steps": ["1 + 1 = 3.", "3 - 0 = 3.", "The answer is {{5000 + i}}."], "step": 1}"""));
        Assert.True((await fixture.Site.Get<GoldService>().ImportAsync(Actor.System, fixture.ProjectId, lines, Token)).Succeeded);

        var times = new Dictionary<(string What, bool IsGold), List<double>>();
        for (var i = 0; i < Cards; i++)
        {
            var (dealt, html) = await TimedAsync(client, "cards", new { count = 1 });
            var card = long.Parse(Number().Match(html).Groups[1].Value, CultureInfo.InvariantCulture);
            var (judged, _) = await TimedAsync(client, "verdict", new { clientKey = Guid.NewGuid(), assignment = card, outcome = "FirstError", step = 1, grade = "Incorrect", note = "", activeMilliseconds = 5 });
            var isGold = await context.Set<Assignment>().AnyAsync(a => a.Id == card && a.Slot == Assignment.Gold, Token);
            if (i < 50) continue; // warm
            (times.TryGetValue(("cards", isGold), out var list) ? list : times[("cards", isGold)] = []).Add(dealt);
            (times.TryGetValue(("verdict", isGold), out list) ? list : times[("verdict", isGold)] = []).Add(judged);
        }

        foreach (var what in new[] { "cards", "verdict" })
        {
            var (gold, other) = (times[(what, true)], times[(what, false)]);
            var p = PValue(gold, other);
            TestContext.Current.TestOutputHelper!.WriteLine(
                string.Create(CultureInfo.InvariantCulture, $"{what}: {gold.Count} gold, {Shape(gold)}; {other.Count} others, {Shape(other)}; KS p = {p:F3}"));
            Assert.True(p > 0.05, $"{what}: p = {p}");
        }
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static string Shape(List<double> values)
    {
        var sorted = values.Order().ToArray();
        return string.Join(" / ", new[] { 0.1, 0.5, 0.9, 0.99 }.Select(q => sorted[(int)(q * (sorted.Length - 1))].ToString("F2", CultureInfo.InvariantCulture))) + " ms (p10 / median / p90 / p99)";
    }

    // Kolmogorov's limit distribution; both samples are large.
    private static double PValue(List<double> a, List<double> b)
    {
        var distance = a.Concat(b).Max(x => Math.Abs((double)a.Count(v => v <= x) / a.Count - (double)b.Count(v => v <= x) / b.Count));
        var lambda = distance * Math.Sqrt((double)a.Count * b.Count / (a.Count + b.Count));
        return lambda < 0.2 ? 1 : Math.Clamp(2 * Enumerable.Range(1, 100).Sum(j => (j % 2 == 1 ? 1 : -1) * Math.Exp(-2.0 * j * j * lambda * lambda)), 0, 1);
    }

    private async Task<(double Milliseconds, string Body)> TimedAsync(HttpClient client, string name, object body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/api/projects/{fixture.ProjectId}/annotations/{name}") { Content = JsonContent.Create(body), Headers = { { "Origin", "http://localhost" } } };
        var began = Stopwatch.GetTimestamp();
        using var response = await client.SendAsync(request, Token);
        var text = await response.Content.ReadAsStringAsync(Token);
        var took = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
        Assert.True(response.IsSuccessStatusCode, text);
        return (took, text);
    }

    [GeneratedRegex("data-card=\"([0-9]+)\"")]
    private static partial Regex Number();
}
