using System.Diagnostics;
using System.Globalization;
using Microsoft.EntityFrameworkCore;
using StepDpo.Core.Accounts;
using StepDpo.Core.Annotations;
using StepDpo.Core.Progress;
using StepDpo.Core.Tests.Data;

namespace StepDpo.Web.Tests.Progress;

/// <summary>Measures the cockpit over a million judgements: <c>bench/cockpit.sh</c>. Explicit, for it takes minutes; it prints the figures.</summary>
public sealed class CockpitSpeedTests(SiteFixture fixture, ITestOutputHelper output) : IClassFixture<SiteFixture>
{
    private const int Loads = 50;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact(Explicit = true)]
    public async Task Fifty_loads_of_the_cockpit()
    {
        var solutions = int.Parse(Environment.GetEnvironmentVariable("STEPDPO_COCKPIT_SOLUTIONS") ?? "220000", CultureInfo.InvariantCulture);
        var lead = await fixture.ClientAsync("lead");
        var clock = Stopwatch.StartNew();
        await Seed.WorkAsync(fixture.Database, fixture.ProjectId, annotators: 40, solutions, perSolution: 5, days: 60, Token);
        output.WriteLine($"seeded in {clock.Elapsed.TotalSeconds:F0} s");
        await Seed.AnalyseAsync(fixture.Database, Token);

        await using var context = fixture.Database.CreateDbContext();
        var judged = await context.Set<FirstErrorAnnotation>().CountAsync(Token);
        var who = Actor.Person(await context.Set<User>().Where(u => u.UserName == "lead").Select(u => u.Id).SingleAsync(Token));
        var reader = fixture.Site.Get<CockpitReader>();
        Assert.Equal(judged, (await reader.ReadAsync(who, fixture.ProjectId, cancellationToken: Token)).Value.Judged);
        output.WriteLine($"{judged:N0} judgements, {solutions:N0} solutions, {await context.Set<WorkDay>().CountAsync(Token):N0} days of people");

        await MeasureAsync("CockpitReader", async () => Assert.True((await reader.ReadAsync(who, fixture.ProjectId, cancellationToken: Token)).Succeeded));
        await MeasureAsync("GET /cockpit, drawn", async () => Assert.Contains("Annotators", await lead.GetStringAsync($"/projects/{fixture.ProjectId}/cockpit", Token), StringComparison.Ordinal));
        var annotator = await context.Set<WorkDay>().Select(d => d.UserId).FirstAsync(Token);
        await MeasureAsync("GET one person, drawn", async () => Assert.Contains("Last judgements", await lead.GetStringAsync($"/projects/{fixture.ProjectId}/people/{annotator}", Token), StringComparison.Ordinal));
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

        var first = times[0];
        times.Sort();
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what}: p50 {times[Loads / 2 - 1]:F0} ms, p95 {times[(int)Math.Ceiling(0.95 * Loads) - 1]:F0} ms, worst {times[^1]:F0} ms, first {first:F0} ms"));
    }
}
