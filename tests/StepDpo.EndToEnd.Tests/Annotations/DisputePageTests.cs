using Microsoft.EntityFrameworkCore;
using Microsoft.Playwright;
using StepDpo.Core.Accounts;
using StepDpo.Core.Annotations;
using StepDpo.Core.Projects;
using StepDpo.Core.Sampling;
using StepDpo.Core.Suggestions;
using StepDpo.Core.Tests.Data;
using StepDpo.EndToEnd.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace StepDpo.EndToEnd.Tests.Annotations;

/// <summary>The page of disputes, by keys alone.</summary>
public sealed class DisputePageTests(ScriptSite browser)
{
    private const string Overlooked = "It did not take into account all possible cases where the denominator is zero.";
    private const string Derivation = "An incorrect derivation during simplification: the outcome does not equal the equation $1+\\tfrac{1}{1+\\frac{1}{x}}=0$.";


    [Fact]
    public async Task Disputes_are_decided_with_two_or_three_keys_each()
    {
        await using var site = await StartedAsync(4);
        var (page, watch) = await OpenAsync(site);
        await Expect(page.Locator("[data-card]:visible .claim").First).ToContainTextAsync("Step 2, incorrect");
        await page.TypeKeysAsync("2");
        await Expect(page.Locator("[data-tell]")).ToHaveTextAsync("Tell03");
        await page.AssertGoodAsync("dispute");
        await page.TypeKeysAsync("Enter");           // two keys: as annotator 02 says
        await page.TypeKeysAsync("3", "y", "Enter"); // three: the guidelines are unclear
        await page.TypeKeysAsync("0", "e", "Enter"); // a word of the reviewer's own
        await page.TypeKeysAsync("4", "n", "Enter"); // another step than both, neutral
        await Expect(page.GetByText("Nothing to decide just now")).ToBeVisibleAsync();
        await page.SavedAsync();

        await using var context = site.Database.CreateDbContext();
        var words = await context.Set<Adjudication>().Include(a => a.Verdict).OrderBy(a => a.Id).ToListAsync(TestContext.Current.CancellationToken);
        Assert.Equal(
            ["FirstError 2 Incorrect Overlooked", "FirstError 3 Incorrect GuidelinesUnclear", "NoError   Overlooked", "FirstError 4 Neutral Overlooked"],
            words.Select(a => $"{a.Verdict!.Outcome} {a.Verdict.Step} {a.Verdict.Grade} {a.Because}"));
        Assert.All(words, a => Assert.Equal(VerdictProvenance.Adjudicated, a.Verdict!.Provenance));
        watch.AssertClean();
    }

    [Fact]
    public async Task One_more_judgement_discarding_a_note_and_undo_go_by_keys_too()
    {
        await using var site = await StartedAsync(3);
        var (page, watch) = await OpenAsync(site);
        await page.TypeKeysAsync("m", "Enter", "d", "Enter", "u");
        await Expect(page.Locator("[data-verdict]")).ToHaveTextAsync("Discard this solution");
        await page.TypeKeysAsync("t");
        await page.Keyboard.TypeAsync("The denominator of the second fraction.");
        await page.TypeKeysAsync("Enter", "3", "Enter");
        await page.TypeKeysAsync("p"); // later
        await page.SavedAsync();

        Assert.Equal([SolutionState.Waiting, SolutionState.Rectifying, SolutionState.Adjudication], await StatesAsync(site));
        await using var context = site.Database.CreateDbContext();
        Assert.Equal([3, 0, 0], await context.Set<Solution>().OrderBy(s => s.Id).Select(s => s.WantedJudgements).ToListAsync(TestContext.Current.CancellationToken));
        Assert.Equal("The denominator of the second fraction.", (await context.Set<FirstErrorVerdict>().SingleAsync(v => v.SupersededAt == null, TestContext.Current.CancellationToken)).Note);
        watch.AssertClean();
    }

    [Fact]
    public async Task What_was_decided_while_the_site_was_down_is_stored_once_when_it_is_back()
    {
        await using var site = await StartedAsync(2);
        var (page, _) = await OpenAsync(site);
        await site.StopAsync();
        await page.TypeKeysAsync("2", "Enter", "3", "Enter");
        await Expect(page.Locator("sync-state")).ToContainTextAsync("kept on this computer");
        var work = page.Url;
        await page.GotoAsync("about:blank"); // the tab is closed: it cannot send while the new one is being drawn
        site.Start();
        await page.GotoAsync(work);
        await page.SavedAsync();
        await Expect(page.GetByText("Nothing to decide just now")).ToBeVisibleAsync();
        await using var context = site.Database.CreateDbContext();
        Assert.Equal([2, 3], await context.Set<FirstErrorVerdict>().OrderBy(v => v.SolutionId).Select(v => v.Step!.Value).ToListAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task The_page_looks_as_it_should_with_two_claims_and_with_five()
    {
        await using var site = await RealSite.StartedAsync(new() { JudgementsPerSolution = 2, AgreeingJudgements = 3, MostJudgements = 5, Suggestions = SuggestionUse.AfterJudgement, Guidelines = "* Mark the first step that states something false, or draws what does not follow." });
        var seeded = new SeededDisputes(site);
        var people = await PeopleAsync(site, 5);
        var five = await seeded.JudgedAsync();
        await seeded.JudgeAsync(people[0], five, SeededDisputes.Step(2, Overlooked, 72));
        var suggestion = new Suggestion { SolutionId = five.Id, StepCount = five.StepCount, Source = "judge:qwen", Step = 3, Rationale = "It does not follow.", RunId = five.RunId, CreatedAt = World.Now };
        await seeded.ReviseAsync(people[1], five, SeededDisputes.Step(4), suggestion, SeededDisputes.Step(3, Derivation));
        await seeded.JudgeAsync(people[2], five, new(FirstErrorOutcome.NoError, Reason: FirstErrorReason.WrongReference, ActiveMilliseconds: 21_000));
        await seeded.JudgeAsync(people[3], five, SeededDisputes.Step(3, "", 90) with { Grade = StepGrade.Neutral });
        await seeded.JudgeAsync(people[4], five, SeededDisputes.Step(2));
        var (page, watch) = await OpenAsync(site);
        await Expect(page.Locator(".claim", new() { HasText = "Revised after a suggestion" })).ToContainTextAsync("Was: Step 4, incorrect");
        await Expect(page.Locator(".claim .after")).ToHaveCountAsync(1);
        Assert.DoesNotContain("qwen", await page.ContentAsync(), StringComparison.Ordinal); // what it said is no third voice here
        await page.TypeKeysAsync("3", "y");
        await page.AssertGoodAsync("dispute-five");
        await page.TypeKeysAsync("0", "Enter");
        await Expect(page.Locator("[data-says]")).ToHaveTextAsync("If no step is wrong, press e or w.");
        await page.TypeKeysAsync("d", "Enter");
        await Expect(page.GetByText("Nothing to decide just now")).ToBeVisibleAsync();
        // What was set aside can be looked at again by its address.
        await page.SavedAsync();
        await page.GotoAsync($"{site.Address}/projects/{site.Project.Id}/disputes?Solution={five.Id}");
        await page.TypeKeysAsync("2", "Enter");
        await page.SavedAsync();
        Assert.Equal([SolutionState.Rectifying], await StatesAsync(site));
        watch.AssertClean();
    }

    private async Task<(IPage Page, PageWatch Watch)> OpenAsync(RealSite site)
    {
        var page = await browser.BlankAsync();
        var watch = new PageWatch(page, site.Address);
        await site.OpenAsync(page, "ada", "disputes");
        await page.CardAsync();
        return (page, watch);
    }

    /// <summary>A site with disputes between two annotators, 02 and 03; the reviewer has joined first.</summary>
    private async Task<RealSite> StartedAsync(int disputes)
    {
        var site = await RealSite.StartedAsync(new() { JudgementsPerSolution = 2, Guidelines = "* Mark the first step that states something false, or draws what does not follow." });
        var people = await PeopleAsync(site, 2);
        var seeded = new SeededDisputes(site);
        for (var i = 0; i < disputes; i++)
            await seeded.JudgedAsync((people[0], SeededDisputes.Step(2, Overlooked, 72)), (people[1], SeededDisputes.Step(3, Derivation)));
        return site;
    }

    private static async Task<IReadOnlyList<User>> PeopleAsync(RealSite site, int annotators)
    {
        await site.MemberAsync("ada", ProjectRole.Reviewer);
        var people = new List<User>();
        for (var i = 0; i < annotators; i++) people.Add(await site.MemberAsync($"lin{i}", ProjectRole.Annotator));
        return people;
    }

    private static async Task<IReadOnlyList<SolutionState>> StatesAsync(RealSite site)
    {
        await using var context = site.Database.CreateDbContext();
        return await context.Set<Solution>().OrderBy(s => s.Id).Select(s => s.State).ToListAsync(TestContext.Current.CancellationToken);
    }
}
