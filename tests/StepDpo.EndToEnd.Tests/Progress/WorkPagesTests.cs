using Microsoft.EntityFrameworkCore;
using Microsoft.Playwright;
using Npgsql;
using StepDpo.Core.Accounts;
using StepDpo.Core.Annotations;
using StepDpo.Core.Projects;
using StepDpo.Core.Tests.Data;
using StepDpo.EndToEnd.Tests.Annotations;
using StepDpo.EndToEnd.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace StepDpo.EndToEnd.Tests.Progress;

/// <summary>Cockpit, one person, my work: over nine days' work of six people, by keys alone.</summary>
public sealed class WorkPagesTests(WorkPagesTests.Team team) : IClassFixture<WorkPagesTests.Team>
{
    [Fact]
    public async Task A_lead_finds_who_always_says_step_1()
    {
        var (page, watch) = await team.OpenAsync("mina", "cockpit");
        await Expect(page.GetByText("Where the solutions are")).ToBeVisibleAsync();
        await Expect(page.Locator("tr.odd")).ToHaveCountAsync(1);
        await Expect(page.Locator(".trust")).ToContainTextAsync("judged twice");
        await Expect(page.Locator(".trust")).ToContainTextAsync(" of 162"); // 27 items in use, six people
        await LookAsync(page, "cockpit");

        await page.TabToAsync("7 days");
        await page.Keyboard.PressAsync("Enter");
        await page.WaitForURLAsync("**/cockpit?days=7");
        await Expect(page.Locator(".title")).ToContainTextAsync("Work of the last 7 days");
        await Expect(page.Locator("tr.odd")).ToContainTextAsync("at step 1");

        await page.TabToAsync("Priya Nair");
        await page.Keyboard.PressAsync("Enter");
        await page.WaitForURLAsync("**/people/*");
        await Expect(page.Locator(".figures")).ToContainTextAsync("at step 1, the others");
        await LookAsync(page, "person");
        watch.AssertClean();
    }

    [Fact]
    public async Task An_annotator_reads_their_own_work_and_chooses_the_size_of_the_text()
    {
        var (page, watch) = await team.OpenAsync("lin", "annotate");
        await page.CardAsync();
        Assert.Equal("17px", await SizeAsync(page));
        await page.TabToAsync("today");
        await page.Keyboard.PressAsync("Enter");
        await page.WaitForURLAsync("**/my-work");
        await Expect(page.Locator("tr.differs", new() { HasText = "was decided, by a reviewer" }).First).ToContainTextAsync("see rule 2 of the guidelines");
        await Expect(page.Locator(".figures")).Not.ToContainTextAsync("the others");
        await Expect(page.Locator(".known")).ToContainTextAsync("counted up to yesterday");
        await LookAsync(page, "my-work");

        await page.GoBackAsync();
        await page.CardAsync();
        await page.TabToAsync("L", ".account-button");
        await page.Keyboard.PressAsync("Enter");
        await page.TabToAsync("19");
        await page.Keyboard.PressAsync("Enter");
        await page.CardAsync();
        await Expect(page.Locator("html")).ToHaveClassAsync(new System.Text.RegularExpressions.Regex("text-19"));
        Assert.Equal("19px", await SizeAsync(page));
        watch.AssertClean();
    }

    private static Task<string> SizeAsync(IPage page) =>
        page.Locator("[data-card]:visible .step .reading").First.EvaluateAsync<string>("element => getComputedStyle(element).fontSize");

    private static async Task LookAsync(IPage page, string name)
    {
        // The page is drawn once more when its circuit stands.
        await Expect(page.Locator("[data-live=False], [data-live=false]")).ToHaveCountAsync(0);
        await Expect(page.Locator(".figures")).ToBeVisibleAsync();
        await page.AssertGoodAsync(name);
        await page.SetViewportSizeAsync(1024, 900);
        foreach (var (theme, scheme) in new[] { ("light", ColorScheme.Light), ("dark", ColorScheme.Dark) })
        {
            await page.EmulateMediaAsync(new PageEmulateMediaOptions { ColorScheme = scheme });
            await page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(Repository.Screenshots, $"{name}-1024-{theme}.png"), FullPage = true });
        }

        await page.SetViewportSizeAsync(1440, 900);
        await page.EmulateMediaAsync(new PageEmulateMediaOptions { ColorScheme = ColorScheme.Light });
    }

    /// <summary>A site in which six people have worked.</summary>
    public sealed class Team(ScriptSite browser) : IAsyncLifetime
    {
        private RealSite _site = null!;

        public async ValueTask InitializeAsync()
        {
            _site = await RealSite.StartedAsync(new() { Guidelines = "1. Mark the first step that states something false.\n2. Each part has its own speed." });
            var lead = Actor.Person((await _site.MemberAsync("mina", ProjectRole.Lead)).Id);
            await _site.MemberAsync("lin", ProjectRole.Annotator);
            await Seed.WorkAsync(_site.Database, _site.Project.Id, annotators: 5, solutions: 700, perSolution: 2, days: 9, TestContext.Current.CancellationToken);
            await DecideLastDisputeAsync();
            Assert.True((await _site.Get<GoldService>().AddShippedAsync(lead, _site.Project.Id)).Succeeded);
            await JudgeGoldAsync();
            await using var context = _site.Database.CreateDbContext();
            foreach (var item in await context.Set<GoldItem>().Where(g => g.Step != null).OrderBy(g => g.Id).Take(3).ToListAsync(TestContext.Current.CancellationToken))
                Assert.True((await _site.Get<GoldService>().RetireAsync(lead, item.Id)).Succeeded);
        }

        // Everybody has judged the first thirty, three days ago; each person misses a share of their own.
        private Task JudgeGoldAsync() => SqlAsync(
            """
            WITH item AS (SELECT solution_id, step_count, step, row_number() OVER (ORDER BY id) AS i FROM gold_item ORDER BY id LIMIT 30),
                person AS (SELECT user_id, row_number() OVER (ORDER BY user_id) + 2 AS j FROM project_member WHERE role = 'Annotator'),
                dealt AS (
                    INSERT INTO assignment (solution_id, annotator_id, slot, state, leased_until, created_at)
                    SELECT solution_id, user_id, 0, 'Submitted', now() - interval '3 days', now() - interval '3 days' FROM item CROSS JOIN person
                    RETURNING id, solution_id, annotator_id)
            INSERT INTO first_error_annotation (assignment_id, solution_id, annotator_id, step_count, answer_check, outcome, step, grade, reason, note, active_milliseconds, revision_id, client_key, surplus, created_at)
            SELECT d.id, d.solution_id, d.annotator_id, n.step_count, 'Wrong', 'FirstError', CASE WHEN n.step IS NULL OR i % j = 0 THEN 1 + (coalesce(n.step, 0) % n.step_count) ELSE n.step END, 'Incorrect', NULL, '', 9000,
                (SELECT max(id) FROM project_revision), gen_random_uuid(), true, now() - interval '3 days'
            FROM dealt d JOIN item n ON n.solution_id = d.solution_id JOIN person ON user_id = d.annotator_id
            """);

        // Chance alone leaves it open whether a reviewer's word is among the newest of one person. The site's role cannot rewrite verdicts.
        private async Task DecideLastDisputeAsync() => Assert.Equal(1, await SqlAsync(
            """
            UPDATE first_error_verdict v
            SET provenance = 'Adjudicated', adjudicator_id = (SELECT id FROM users WHERE user_name = 'mina'),
                note = 'The speed of the second part is used for the first part here; see rule 2 of the guidelines.'
            FROM (
                SELECT a.solution_id FROM first_error_annotation a
                JOIN first_error_verdict w ON w.solution_id = a.solution_id JOIN users u ON u.id = a.annotator_id
                WHERE u.user_name = 'lin' AND a.step <> w.step ORDER BY a.id DESC LIMIT 1) last
            WHERE v.solution_id = last.solution_id
            """));

        private async Task<int> SqlAsync(string sql)
        {
            await using var connection = new NpgsqlConnection(_site.Database.OwnerConnectionString);
            await connection.OpenAsync(TestContext.Current.CancellationToken);
            await using var command = new NpgsqlCommand(sql, connection);
            return await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        }

        internal async Task<(IPage Page, PageWatch Watch)> OpenAsync(string name, string path)
        {
            var page = await browser.BlankAsync();
            var watch = new PageWatch(page, _site.Address);
            await _site.OpenAsync(page, name, path);
            return (page, watch);
        }

        public ValueTask DisposeAsync() => _site.DisposeAsync();
    }
}
