using Microsoft.EntityFrameworkCore;
using Microsoft.Playwright;
using StepDpo.Core.Annotations;
using StepDpo.Core.Pairs;
using StepDpo.Core.Projects;
using StepDpo.Core.Rectifications;
using StepDpo.Core.Sampling;
using StepDpo.EndToEnd.Tests.Annotations;
using StepDpo.EndToEnd.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace StepDpo.EndToEnd.Tests.Rectifications;

/// <summary>The real page over a real database, by keys alone.</summary>
public sealed class ReviewPageTests(ScriptSite browser)
{
    [Fact]
    public async Task A_candidate_is_approved_with_two_keys_and_makes_the_pair()
    {
        await using var site = await StartedAsync(2);
        var (page, watch) = await OpenAsync(site);
        await page.TypeKeysAsync("a", "Enter");
        await Expect(page.Locator("[data-card]:visible .problem")).ToContainTextAsync("Problem 2:");
        await page.TypeKeysAsync("2", "a", " ", "Enter");
        await Expect(page.GetByText("Nothing to review just now")).ToBeVisibleAsync();
        await page.SavedAsync();

        await using var context = site.Database.CreateDbContext();
        var pairs = await context.Set<PreferencePair>().OrderBy(p => p.Id).ToListAsync(TestContext.Current.CancellationToken);
        Assert.Equal(2, pairs.Count);
        Assert.Contains("\\frac{1}{12} - 4", pairs[0].Chosen, StringComparison.Ordinal);
        Assert.Contains("3 \\cdot", pairs[1].Chosen, StringComparison.Ordinal);
        Assert.All(pairs, pair => Assert.Contains("- 1 - 4", pair.Rejected, StringComparison.Ordinal));
        watch.AssertClean();
    }

    [Fact]
    public async Task Candidates_are_rejected_with_reasons_and_more_are_asked_for()
    {
        await using var site = await StartedAsync(2);
        var (page, watch) = await OpenAsync(site);
        await page.TypeKeysAsync("x", "1", "2", "x", "2", "3", "x", "4");
        await page.Keyboard.TypeAsync("No words");
        await page.TypeKeysAsync("Enter");
        await Expect(page.Locator("[data-verdict]")).ToHaveTextAsync("Rejected: 3");
        await page.TypeKeysAsync("Enter");
        await Expect(page.Locator("[data-card]:visible .problem")).ToContainTextAsync("Problem 2:");
        await page.TypeKeysAsync("m", "Enter");
        await Expect(page.GetByText("Nothing to review just now")).ToBeVisibleAsync();
        await page.SavedAsync();

        await using var context = site.Database.CreateDbContext();
        Assert.Equal([SolutionState.NoCandidate, SolutionState.Rectifying], await context.Set<Solution>().OrderBy(s => s.Id).Select(s => s.State).ToListAsync(TestContext.Current.CancellationToken));
        var reasons = await context.Set<RectificationReview>().OrderBy(r => r.Id).Take(3).Select(r => r.Reason).ToListAsync(TestContext.Current.CancellationToken);
        Assert.Equivalent(new RejectReason?[] { RejectReason.RightAnswerWrongStep, RejectReason.SkipsWork, RejectReason.Other }, reasons);
        watch.AssertClean();
    }

    [Fact]
    public async Task Undo_withdraws_the_pair_and_brings_the_prefix_back()
    {
        await using var site = await StartedAsync(1);
        var (page, watch) = await OpenAsync(site);
        await page.TypeKeysAsync("a", "Enter", "u");
        await Expect(page.Locator("[data-verdict]")).ToHaveTextAsync("Winner: candidate 1");
        await page.TypeKeysAsync("3", "a", "Enter");
        await page.SavedAsync();

        await using var context = site.Database.CreateDbContext();
        var holding = await context.Set<PreferencePair>().Where(p => !context.Set<PairWithdrawal>().Any(w => w.PairId == p.Id)).SingleAsync(TestContext.Current.CancellationToken);
        Assert.Contains("\\frac{1}{36} - 4", holding.Chosen, StringComparison.Ordinal);
        watch.AssertClean();
    }

    [Fact]
    public async Task Sending_back_reopens_the_first_error_with_its_reason()
    {
        await using var site = await StartedAsync(1);
        var (page, watch) = await OpenAsync(site);
        await page.TypeKeysAsync("b");
        await page.Keyboard.TypeAsync("Step 1 drops the x");
        await page.TypeKeysAsync("Enter", "Enter");
        await page.SavedAsync();

        await using var context = site.Database.CreateDbContext();
        Assert.Equal("Step 1 drops the x", (await context.Set<FirstErrorVerdict>().SingleAsync(TestContext.Current.CancellationToken)).SupersededReason);
        Assert.Equal(SolutionState.Adjudication, (await context.Set<Solution>().SingleAsync(TestContext.Current.CancellationToken)).State);
        watch.AssertClean();
    }

    [Fact]
    public async Task The_page_passes_axe_in_both_themes_and_two_widths()
    {
        await using var site = await StartedAsync(1);
        var (page, watch) = await OpenAsync(site);
        await page.TypeKeysAsync("a", " ", "3", "x", "1", "1");
        await page.AssertGoodAsync("review");
        await page.TypeKeysAsync("d", "Enter");
        await Expect(page.GetByText("Nothing to review just now")).ToBeVisibleAsync();
        await page.AssertGoodAsync("review-empty");
        watch.AssertClean();
    }

    private async Task<(IPage Page, PageWatch Watch)> OpenAsync(RealSite site)
    {
        var page = await browser.BlankAsync();
        var watch = new PageWatch(page, site.Address);
        await site.OpenAsync(page, "ada", "review");
        await page.CardAsync();
        return (page, watch);
    }

    /// <summary>A site on which an annotator has marked step 6 and continuations have come in.</summary>
    private static async Task<RealSite> StartedAsync(int prefixes)
    {
        var site = await RealSite.StartedAsync();
        await site.MemberAsync("ada", ProjectRole.Reviewer);
        await new SeededPrefixes(site, await site.MemberAsync("lin", ProjectRole.Annotator)).ManyAsync(prefixes);
        return site;
    }
}
