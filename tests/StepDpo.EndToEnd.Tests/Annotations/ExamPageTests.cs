using Microsoft.EntityFrameworkCore;
using Microsoft.Playwright;
using StepDpo.Core.Accounts;
using StepDpo.Core.Annotations;
using StepDpo.Core.Exams;
using StepDpo.Core.Projects;
using StepDpo.EndToEnd.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace StepDpo.EndToEnd.Tests.Annotations;

/// <summary>What stands between a person and the next solution: exam, changed guidelines, a pause. By keys alone.</summary>
public sealed class ExamPageTests(ScriptSite browser)
{
    [Fact]
    public async Task A_new_annotator_takes_the_lessons_and_the_exam_and_judges_the_first_real_solution()
    {
        await using var site = await RealSite.StartedAsync(new() { ExamRequired = true, ExamLength = 4, ExamPassPercent = 75, Guidelines = "- Mark the *first* step that is wrong" });
        var lin = await site.MemberAsync("lin", ProjectRole.Annotator);
        await SolutionsAsync(site, 1);
        var page = await browser.BlankAsync();
        var watch = new PageWatch(page, site.Address);
        await site.OpenAsync(page, "lin", "annotate", onTo: "exam");

        await Expect(page.Locator(".told")).ToContainTextAsync("Worked solution 1 of 3");
        await Expect(page.Locator(".told")).ToContainTextAsync("Press 3");
        await page.AssertGoodAsync("exam-lesson");
        await page.TypeKeysAsync("2", "Enter");
        await Expect(page.Locator(".told")).ToContainTextAsync("Not yet");
        await page.TypeKeysAsync("3", "Enter");
        await Expect(page.Locator(".told")).ToContainTextAsync("Right: step 3");
        await page.TypeKeysAsync("Enter");
        await Expect(page.Locator(".told")).ToContainTextAsync("Press 0");
        await page.TypeKeysAsync("0", "Enter");
        await Expect(page.Locator(".told")).ToContainTextAsync("Right: no error");
        await page.TypeKeysAsync("Enter", "2", "Enter");
        await Expect(page.Locator(".told")).ToContainTextAsync("Right: step 2"); // the answer's own words: "3 of 3" stands there before it
        await page.TypeKeysAsync("Enter");

        await AnswerAsync(page, right: true);
        await page.TypeKeysAsync("Enter");
        await AnswerAsync(page, right: false);
        await Expect(page.Locator(".told")).ToContainTextAsync("2 of 4");
        await page.AssertGoodAsync("exam-told");
        await page.ReloadAsync();
        await page.CardAsync();
        await AnswerAsync(page, right: true);
        await page.TypeKeysAsync("Enter");
        await AnswerAsync(page, right: true);
        await page.TypeKeysAsync("Enter");
        await Expect(page.GetByText("Passed: 3 of 4")).ToBeVisibleAsync();
        await page.AssertGoodAsync("exam-passed");
        await page.TypeKeysAsync("Enter");

        await Expect(page.Locator("[data-card]:visible .problem")).ToContainTextAsync("Problem 1:");
        await page.TypeKeysAsync("2", "Enter");
        await page.SavedAsync();
        await using var context = site.Database.CreateDbContext();
        Assert.Equal(2, (await context.Set<FirstErrorAnnotation>().SingleAsync(a => a.AnnotatorId == lin.Id, TestContext.Current.CancellationToken)).Step);
        Assert.Equal(7, await context.Set<ExamAnswer>().CountAsync(TestContext.Current.CancellationToken));
        watch.AssertClean();
    }

    [Fact]
    public async Task Who_fails_sees_what_went_wrong_and_tries_again()
    {
        await using var site = await RealSite.StartedAsync(new() { ExamRequired = true, ExamLength = 1, ExamPassPercent = 100 });
        var lin = await site.MemberAsync("lin", ProjectRole.Annotator);
        foreach (var lesson in KnownSolutions.For(KnownUse.Lesson))
            await site.Get<ExamService>().AnswerAsync(Actor.Person(lin.Id), site.Project.Id, lesson.Name, lesson.Step ?? 0, 0);
        var page = await browser.BlankAsync();
        var watch = new PageWatch(page, site.Address);
        await site.OpenAsync(page, "lin", "exam");
        await AnswerAsync(page, right: false);
        await page.TypeKeysAsync("Enter");
        await Expect(page.GetByText("Not passed this time: 0 of 1")).ToBeVisibleAsync();
        await Expect(page.Locator(".mistakes > li")).ToHaveCountAsync(1);
        await page.AssertGoodAsync("exam-failed");
        await page.TypeKeysAsync("Enter");
        await page.CardAsync();
        await AnswerAsync(page, right: false);
        await page.TypeKeysAsync("Enter");
        await Expect(page.GetByText("Your lead can allow another try")).ToBeVisibleAsync();
        watch.AssertClean();
    }

    [Fact]
    public async Task Changed_guidelines_come_before_the_next_solution_and_one_key_acknowledges_them()
    {
        await using var site = await RealSite.StartedAsync(new() { Guidelines = "- Mark the *first* step that is wrong\n- A detour is an error" });
        var lead = await site.MemberAsync("mina", ProjectRole.Lead);
        await site.MemberAsync("lin", ProjectRole.Annotator);
        await SolutionsAsync(site, 8);
        var page = await browser.BlankAsync();
        var watch = new PageWatch(page, site.Address);
        await site.OpenAsync(page, "lin", "annotate");
        await page.CardAsync();

        var changed = site.Revision.Settings with { Guidelines = "- Mark the *first* step that is wrong\n- A detour is no error: $3 + 4 = 4 + 3 = 7$ is fine" };
        Assert.True((await site.Get<ProjectRegister>().ChangeSettingsAsync(Actor.Person(lead.Id), site.Project.Id, 1, changed, "Detours were marked.")).Succeeded);
        // The deck learns of it with the next cards; what is open then may be finished.
        var panel = page.Locator("guidelines-change");
        for (var card = 0; card < 4 && !await panel.IsVisibleAsync(); card++)
        {
            var cards = page.WaitForResponseAsync("**/annotations/cards");
            await page.Keyboard.PressAsync("2");
            await page.Keyboard.PressAsync("Enter");
            await cards;
        }

        await Expect(panel).ToContainTextAsync("A detour is no error");
        await Expect(panel).ToContainTextAsync("Detours were marked.");
        await Expect(page.Locator("[data-card]:visible")).ToHaveCountAsync(0);
        // It stays: once the page went over to "loading" while cards were still owed, and a key met nothing.
        await page.EvaluateAsync("() => { window.left = []; new MutationObserver(() => left.push(document.querySelector('annotate-deck').getAttribute('state'))).observe(document.querySelector('annotate-deck'), { attributeFilter: ['state'] }); }");
        await page.AssertGoodAsync("guidelines-changed");
        Assert.Equal("", await page.EvaluateAsync<string>("left.filter(state => state !== 'empty').join()"));
        await page.Keyboard.PressAsync("y");
        await page.CardAsync();
        await Expect(page.Locator(".side .rules")).ToContainTextAsync("A detour is no error");
        await Expect(page.Locator(".side .rules math-text .katex").First).ToBeAttachedAsync();
        await page.TypeKeysAsync("1", "Enter");
        await page.SavedAsync();
        watch.AssertClean();
    }

    [Fact]
    public async Task Who_misses_gold_is_told_and_goes_on_when_a_lead_lifts_the_pause()
    {
        await using var site = await RealSite.StartedAsync(new() { GoldPercent = 50, GoldMinimum = 5 });
        var lead = Actor.Person((await site.MemberAsync("mina", ProjectRole.Lead)).Id);
        var lin = await site.MemberAsync("lin", ProjectRole.Annotator);
        await SolutionsAsync(site, 25);
        Assert.True((await site.Get<GoldService>().AddShippedAsync(lead, site.Project.Id)).Succeeded);
        var page = await browser.BlankAsync();
        var watch = new PageWatch(page, site.Address);
        await site.OpenAsync(page, "lin", "annotate");
        await page.CardAsync();
        var paused = page.GetByText("You are paused here for now");
        for (var card = 0; card < 40 && !await paused.IsVisibleAsync(); card++)
        {
            var truth = await TruthAsync(site, page);
            await page.TypeKeysAsync(truth == 1 ? "2" : "1", "Enter");
            await page.SavedAsync();
            await Expect(page.Locator("annotate-deck[state=loading]")).ToHaveCountAsync(0);
        }

        await Expect(paused).ToBeVisibleAsync();
        await Expect(page.Locator("[data-card]:visible")).ToHaveCountAsync(0);
        await page.AssertGoodAsync("paused");
        Assert.True((await site.Get<GoldService>().LiftAsync(lead, site.Project.Id, lin.Id)).Succeeded);
        await page.ReloadAsync();
        await page.CardAsync();
        watch.AssertClean();
    }

    // The open item's answer, by its number: a person would read.
    private static async Task AnswerAsync(IPage page, bool right)
    {
        var number = long.Parse((await page.Locator("[data-card]:visible").GetAttributeAsync("data-card"))!, System.Globalization.CultureInfo.InvariantCulture);
        var item = Web.Exams.ExamCards.ItemOf(number)!;
        var step = right ? item.Step ?? 0 : item.Step is 1 or null ? 2 : 1;
        await page.TypeKeysAsync($"{step}", "Enter");
        await Expect(page.Locator(".told [data-reply]")).ToContainTextAsync(right ? "Right:" : "You said");
    }

    private static async Task<int?> TruthAsync(RealSite site, IPage page)
    {
        var assignment = long.Parse((await page.Locator("[data-card]:visible").GetAttributeAsync("data-card"))!, System.Globalization.CultureInfo.InvariantCulture);
        await using var context = site.Database.CreateDbContext();
        return await context.Set<GoldItem>().Where(g => context.Set<Assignment>().Any(a => a.Id == assignment && a.SolutionId == g.SolutionId)).Select(g => g.Step).SingleOrDefaultAsync(TestContext.Current.CancellationToken);
    }

    private static async Task SolutionsAsync(RealSite site, int count)
    {
        var texts = new Texts(site);
        for (var i = 1; i <= count; i++) await texts.SolutionAsync($"Problem {i}: what is $2 + {i}$?", "9", "8", $"It is $2 + {i}$.", "So it is $8$.");
    }
}
