using System.Diagnostics;
using System.Globalization;
using Microsoft.EntityFrameworkCore;
using StepDpo.Core.Accounts;
using StepDpo.Core.Annotations;
using StepDpo.Core.Sampling;
using StepDpo.Core.Search;
using StepDpo.Core.Tests.Data;

namespace StepDpo.Web.Tests.Search;

/// <summary>Measures the search over 100,000 solutions: <c>bench/search.sh</c>. Explicit, for it takes minutes; it prints the figures and the plans.</summary>
public sealed class SearchSpeedTests(SiteFixture fixture, ITestOutputHelper output) : IClassFixture<SiteFixture>
{
    private const int Loads = 50;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact(Explicit = true)]
    public async Task Fifty_loads_of_the_search_page_for_each_filter()
    {
        var solutions = int.Parse(Environment.GetEnvironmentVariable("STEPDPO_SEARCH_SOLUTIONS") ?? "100000", CultureInfo.InvariantCulture);
        var lead = await fixture.ClientAsync("lead");
        var clock = Stopwatch.StartNew();
        await Seed.WorkAsync(fixture.Database, fixture.ProjectId, annotators: 20, solutions, perSolution: 2, days: 30, Token);
        output.WriteLine($"judged after {clock.Elapsed.TotalSeconds:F0} s");
        await Seed.TextsAsync(fixture.Database, fixture.ProjectId, Token);
        await Seed.AnalyseAsync(fixture.Database, Token);
        output.WriteLine($"{solutions:N0} solutions seeded in {clock.Elapsed.TotalSeconds:F0} s");

        await using var context = fixture.Database.CreateDbContext();
        var who = Actor.Person(await context.Set<User>().Where(u => u.UserName == "lead").Select(u => u.Id).SingleAsync(Token));
        var annotator = await context.Set<Assignment>().Select(a => a.AnnotatorId).FirstAsync(Token);
        var explained = new SolutionSearch(new Explained(fixture.Database, output.WriteLine), TimeProvider.System);
        foreach (var (name, filter) in new (string, SolutionFilter)[]
        {
            ("a rare word", new("word15000")),
            ("a word in some hundred texts", new("word7")),
            ("the most frequent word", new("word0")),
            ("two words", new("word30 word40")),
            ("a formula", new(@"\frac{17}{23}")),
            ("everything", new()),
            ("state", new(State: SolutionState.InReview)),
            ("first error at step 3, by one annotator", new(Step: 3, AnnotatorId: annotator)),
            ("a word, state and step", new("word7", State: SolutionState.Paired, Step: 3)),
            ("an open flag", new(Flag: FlagFilter.Open)),
            ("gold items", new(IsGold: true)),
        })
        {
            var address = $"/projects/{fixture.ProjectId}/solutions{Web.Search.SolutionQuery.Write(filter)}";
            var total = (await explained.PageAsync(who, fixture.ProjectId, filter, cancellationToken: Token)).Value.Total;
            await MeasureAsync($"{name}: {total:N0} found; GET, drawn", async () => Assert.Contains("found", await lead.GetStringAsync(address, Token), StringComparison.Ordinal));
        }
    }

    private async Task MeasureAsync(string what, Func<Task> load)
    {
        var times = new List<double>();
        for (var i = 0; i < Loads; i++)
        {
            var clock = Stopwatch.StartNew();
            await load();
            times.Add(clock.Elapsed.TotalMilliseconds);
        }

        times.Sort();
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what}: p50 {times[Loads / 2 - 1]:F0} ms, p95 {times[(int)Math.Ceiling(0.95 * Loads) - 1]:F0} ms, worst {times[^1]:F0} ms"));
    }
}
