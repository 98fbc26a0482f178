using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.EntityFrameworkCore;
using Microsoft.Playwright;
using Npgsql;
using StepDpo.Core.Annotations;
using StepDpo.Core.Projects;
using StepDpo.EndToEnd.Tests.Support;
using StepDpo.EndToEnd.Tests.Workers;
using static Microsoft.Playwright.Assertions;

namespace StepDpo.EndToEnd.Tests.Annotations;

/// <summary>
/// Something dies at a random moment between the key and the commit: the tab, the connection, the site's process, or every session of
/// the database. Nothing may be lost or doubled. <c>STEPDPO_JUDGEMENT_KILLS</c> sets how often (here 10), <c>STEPDPO_KILLS_SEED</c> the moments.
/// </summary>
public sealed partial class JudgementKillTests(ScriptSite browser, ITestOutputHelper output)
{
    private const int MostMilliseconds = 40;

    private static readonly int _kills = Setting("STEPDPO_JUDGEMENT_KILLS", 10);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Whatever_dies_between_key_and_commit_no_judgement_is_lost_or_doubled_and_drafts_come_back()
    {
        await using var site = await RealSite.StartedAsync();
        await site.MemberAsync("lin", ProjectRole.Annotator);
        await SolutionsAsync(site, _kills);
        await site.StopAsync();
        await using var desk = new Desk(browser, site);
        await desk.OpenAsync();

        var random = new Random(Setting("STEPDPO_KILLS_SEED", 6));
        var expected = new Dictionary<int, int>();
        var kinds = Enum.GetValues<Victim>();
        for (var i = 0; i < _kills; i++)
        {
            var victim = kinds[i % kinds.Length];
            var number = await desk.NumberAsync();
            var step = 1 + random.Next(4);
            if (Environment.GetEnvironmentVariable("STEPDPO_JUDGEMENT_KILLS") is not null) output.WriteLine($"{DateTime.Now:mm:ss.fff} kill {i}: {victim}, solution {number}, step {step}");
            Assert.True(expected.TryAdd(number, step), $"solution {number} came twice, after kill {i}");
            await desk.JudgeAsync(step, victim, TimeSpan.FromMilliseconds(random.NextDouble() * MostMilliseconds));
        }

        await desk.Page.SavedAsync();
        output.WriteLine($"{_kills} kills: {string.Join(", ", kinds.Select((kind, k) => $"{kind} {(_kills - k + kinds.Length - 1) / kinds.Length}"))}");
        await using var context = site.Database.CreateDbContext();
        NpgsqlConnection.ClearPool((NpgsqlConnection)context.Database.GetDbConnection()); // ours were ended as well
        var stored = await context.Set<FirstErrorAnnotation>()
            .Select(a => new { Statement = context.Set<Core.Sampling.Solution>().Single(s => s.Id == a.SolutionId).Problem!.Statement, a.Step, a.Outcome }).ToListAsync(Token);
        Assert.Equal(_kills, stored.Count);
        Assert.Equal(expected.OrderBy(e => e.Key), stored.Select(a => KeyValuePair.Create(Number(a.Statement), a.Step!.Value)).OrderBy(e => e.Key));
    }

    private enum Victim
    {
        TabBeforeEnter,
        Tab,
        Connection,
        Site,
        Database,
    }

    private static int Setting(string name, int otherwise) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : otherwise;

    private static int Number(string statement) => int.Parse(NumberPattern().Match(statement).Groups[1].Value, CultureInfo.InvariantCulture);

    private static async Task SolutionsAsync(RealSite site, int count)
    {
        var texts = new Texts(site);
        for (var i = 1; i <= count; i++) await texts.SolutionAsync($"Problem {i}: what is $\\frac{{1}}{{2}} + {i}$?", "1", "2", "First $1$.", "Then $2$.", "Then $3$.", "So $2$.");
    }

    [GeneratedRegex(@"Problem (\d+)")]
    private static partial Regex NumberPattern();

    /// <summary>One annotator's tab over a site that is a process of its own.</summary>
    private sealed class Desk(ScriptSite browser, RealSite site) : IAsyncDisposable
    {
        private SiteProcess _process = SiteProcess.Start(site.Database, site.DataFolder, site.Address);

        public IPage Page { get; private set; } = null!;

        public async Task OpenAsync()
        {
            Page = await browser.BlankAsync();
            await SiteProcess.ReadyAsync(site.Address);
            await site.OpenAsync(Page, "lin", "annotate");
        }

        /// <summary>The number of the problem whose solution is in front.</summary>
        public async Task<int> NumberAsync()
        {
            var problem = Page.Locator("[data-card]:visible .problem");
            await Expect(problem).ToContainTextAsync("Problem", new() { Timeout = 60_000 });
            return Number(await problem.GetAttributeAsync("text") ?? "");
        }

        public async Task JudgeAsync(int step, Victim victim, TimeSpan moment)
        {
            var number = await NumberAsync();
            await Page.Keyboard.PressAsync(step.ToString(CultureInfo.InvariantCulture));
            if (victim == Victim.TabBeforeEnter)
            {
                await CrashAsync();
                Assert.Equal(number, await NumberAsync());
                await Expect(Page.Locator("[data-verdict]")).ToHaveTextAsync($"First error: step {step}");
            }

            await Page.Keyboard.PressAsync("Enter");
            await Task.Delay(moment, Token); // the random moment itself: nothing waits on it
            switch (victim)
            {
                case Victim.Tab:
                    await CrashAsync();
                    break;
                case Victim.Connection:
                    await Page.Context.SetOfflineAsync(true);
                    await Page.Context.SetOfflineAsync(false);
                    break;
                case Victim.Site:
                    _process.Kill();
                    _process.Dispose();
                    _process = SiteProcess.Start(site.Database, site.DataFolder, site.Address);
                    break;
                case Victim.Database:
                    await EndSessionsAsync();
                    break;
            }
        }

        public async ValueTask DisposeAsync()
        {
            await Page.Context.CloseAsync();
            _process.Dispose();
        }

        // The renderer's process dies, as by a fault; the person opens the page again. Playwright's own way of closing waits for a dead page.
        private async Task CrashAsync()
        {
            var context = Page.Context;
            var crashed = new TaskCompletionSource();
            Page.Crash += (_, _) => crashed.TrySetResult();
            var session = await context.NewCDPSessionAsync(Page);
            var target = (await session.SendAsync("Target.getTargetInfo"))!.Value.GetProperty("targetInfo").GetProperty("targetId").GetString()!;
            _ = session.SendAsync("Page.crash").ContinueWith(task => task.Exception, Token, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default); // nobody is left to answer
            await crashed.Task.WaitAsync(TimeSpan.FromSeconds(60), Token);
            var windows = await context.Browser!.NewBrowserCDPSessionAsync();
            await windows.SendAsync("Target.closeTarget", new() { ["targetId"] = target });
            await windows.DetachAsync();
            Page = await context.NewPageAsync();
            await SiteProcess.ReadyAsync(site.Address); // the site may have died just before
            await Page.GotoAsync($"{site.Address}/projects/{site.Project.Id}/annotate");
        }

        private async Task EndSessionsAsync()
        {
            await using var connection = new NpgsqlConnection(site.Database.OwnerConnectionString);
            await connection.OpenAsync(Token);
            await using var command = new NpgsqlCommand("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()", connection);
            await command.ExecuteNonQueryAsync(Token);
        }
    }
}
