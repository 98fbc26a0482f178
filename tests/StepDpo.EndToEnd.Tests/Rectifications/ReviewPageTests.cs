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
        await Expect(page.Locator("[data-waiting=review]")).ToHaveTextAsync(["0", "0"]);

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
        await Expect(page.Locator("[data-says]")).ToContainTextAsync("Say what next");
        await page.TypeKeysAsync("m", "Enter");
        await Expect(page.Locator("[data-card]:visible .problem")).ToContainTextAsync("Problem 2:");
        await page.TypeKeysAsync("m", "Enter");
        await Expect(page.GetByText("Nothing to review just now")).ToBeVisibleAsync();
        await page.SavedAsync();

        await using var context = site.Database.CreateDbContext();
        Assert.Equal([SolutionState.Rectifying, SolutionState.Rectifying], await context.Set<Solution>().OrderBy(s => s.Id).Select(s => s.State).ToListAsync(TestContext.Current.CancellationToken));
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
    public async Task A_prefix_that_is_taken_back_comes_again_with_all_its_candidates_and_not_before()
    {
        await using var site = await StartedAsync(1);
        var (page, watch) = await OpenAsync(site);
        // What is asked for between the first thing taken back and the last finds a prefix whose candidates are still rejected.
        await page.RouteAsync("**/reviews/cards", async route => { await Task.Delay(300); await route.ContinueAsync(); });
        await page.RouteAsync("**/reviews/undo", async route => { await Task.Delay(600); await route.ContinueAsync(); });
        await page.TypeKeysAsync("m", "Enter");
        await page.SavedAsync();
        await page.Keyboard.PressAsync("u");
        await Expect(page.Locator("[data-card]:visible")).ToHaveCountAsync(1);
        await Expect(page.Locator("[data-card]:visible .cand")).ToHaveCountAsync(3);
        await page.SavedAsync();
        watch.AssertClean();
    }

    [Fact]
    public async Task One_key_sends_back_and_whole_prefix_decisions_are_taken_back()
    {
        await using var site = await StartedAsync(1);
        var (page, watch) = await OpenAsync(site);
        foreach (var keys in new string[][] { ["o"], ["x", "5"], ["d"], ["m"] }) // x 5: the prefix is wrong already
        {
            await page.TypeKeysAsync([.. keys, "Enter"]);
            await Expect(page.GetByText("Nothing to review just now")).ToBeVisibleAsync();
            await page.SavedAsync();
            await page.TypeKeysAsync("u");
            await Expect(page.Locator("[data-card]:visible")).ToHaveCountAsync(1);
            await page.SavedAsync();
            await using var context = site.Database.CreateDbContext();
            Assert.Equal(SolutionState.InReview, (await context.Set<Solution>().SingleAsync(TestContext.Current.CancellationToken)).State);
        }
        await Expect(page.Locator("[data-verdict]")).ToHaveTextAsync("No good candidate: sample more"); // as it was
        await page.TypeKeysAsync("a", "Enter");
        await page.SavedAsync();
        Assert.Equal(1, await site.Database.CreateDbContext().Set<PreferencePair>().CountAsync(TestContext.Current.CancellationToken));
        watch.AssertClean();
    }

    [Fact]
    public async Task A_prefix_without_a_candidate_is_sampled_again_at_a_temperature_that_the_reviewer_names()
    {
        await using var site = await RealSite.StartedAsync();
        await site.MemberAsync("ada", ProjectRole.Reviewer);
        await new SeededPrefixes(site, await site.MemberAsync("lin", ProjectRole.Annotator)).WithoutCandidateAsync();
        var (page, watch) = await OpenAsync(site);
        await Expect(page.Locator(".none")).ToContainTextAsync("begin with the losing step");
        await page.TypeKeysAsync("Enter");
        await Expect(page.Locator("[data-says]")).ToContainTextAsync("Say what next");
        await page.AssertGoodAsync("review-none");
        await page.TypeKeysAsync("v");
        await page.Keyboard.TypeAsync("1.3");
        await page.TypeKeysAsync("Enter", "Enter");
        await page.SavedAsync();

        await using var context = site.Database.CreateDbContext();
        Assert.Equal(1.3, (await context.Set<PrefixReview>().SingleAsync(TestContext.Current.CancellationToken)).Temperature);
        Assert.Equal(SolutionState.Rectifying, (await context.Set<Solution>().SingleAsync(TestContext.Current.CancellationToken)).State);
        watch.AssertClean();
    }

    [Fact]
    public async Task A_step_is_written_with_its_formulas_seen_and_two_winners_make_two_pairs()
    {
        await using var site = await StartedAsync(2, new ProjectSettings { AllowsWrittenSteps = true, WinnersPerPrefix = 2 });
        var (page, watch) = await OpenAsync(site);
        await page.TypeKeysAsync("w");
        await page.Keyboard.TypeAsync("Distribute: $3(x + \\frac{1}{6})^2 - \\frac{1}{12} - 4$, without haste.");
        await Expect(page.Locator("form.write math-text .katex")).ToHaveCountAsync(1);
        await page.AssertGoodAsync("review-write");
        await page.TypeKeysAsync("Enter");
        await Expect(page.Locator("[data-verdict]")).ToHaveTextAsync("Your own step");
        await page.TypeKeysAsync("Enter");
        await Expect(page.Locator("[data-card]:visible .problem")).ToContainTextAsync("Problem 2:");
        await page.TypeKeysAsync("a", "2", "a", "3", "a");
        await Expect(page.Locator("[data-says]")).ToContainTextAsync("at most 2 winners");
        await Expect(page.Locator("[data-verdict]")).ToHaveTextAsync("Winners: candidates 1, 2");
        await page.TypeKeysAsync("Enter");
        await page.SavedAsync();

        await using var context = site.Database.CreateDbContext();
        Assert.Contains("without haste", (await context.Set<Rectification>().SingleAsync(r => r.Origin == RectificationOrigin.Written, TestContext.Current.CancellationToken)).StepText, StringComparison.Ordinal);
        Assert.Equal(2, await context.Set<PreferencePair>().CountAsync(TestContext.Current.CancellationToken));
        watch.AssertClean();
    }

    [Fact]
    public async Task A_second_reviewer_sees_every_candidate_open_and_learns_afterwards_what_the_first_said()
    {
        await using var site = await StartedAsync(1, new ProjectSettings { SecondReviewShare = 1 });
        await site.MemberAsync("bo", ProjectRole.Reviewer);
        var (first, _) = await OpenAsync(site);
        await first.TypeKeysAsync("2", "x", "k", "a", "Enter");
        await first.SavedAsync();

        var (page, watch) = await OpenAsync(site, "bo");
        await Expect(page.Locator("h2", new() { HasText = "Second review" }).First).ToBeVisibleAsync();
        await Expect(page.Locator(".cand [data-state]")).ToHaveTextAsync(["Open", "Open", "Open"]);
        await page.TypeKeysAsync("a", "Enter");
        await Expect(page.Locator("[data-says]")).ToContainTextAsync("approve or reject each");
        await page.TypeKeysAsync("x", "2", "j", "x");
        await page.AssertGoodAsync("review-second");
        await page.TypeKeysAsync("Enter");
        await Expect(page.Locator("[data-afterwards]")).ToContainTextAsync("The first reviewer said the same on 2 of 2. The pair counts.");
        watch.AssertClean();
    }

    [Fact]
    public async Task Sums_of_a_winner_that_do_not_come_out_are_told_once_it_is_approved()
    {
        await using var site = await RealSite.StartedAsync();
        await site.MemberAsync("ada", ProjectRole.Reviewer);
        await new SeededPrefixes(site, await site.MemberAsync("lin", ProjectRole.Annotator)).WithWrongSumAsync();
        var (page, watch) = await OpenAsync(site);
        Assert.DoesNotContain("machine", await page.ContentAsync(), StringComparison.Ordinal);
        await page.TypeKeysAsync("a", "Enter");
        await Expect(page.Locator("[data-afterwards]")).ToContainTextAsync("3 × 4 = 13 (machine: 12)");
        await page.TypeKeysAsync("u");
        await Expect(page.Locator("[data-card]:visible .cand")).ToHaveCountAsync(1);
        await page.SavedAsync();
        watch.AssertClean();
    }

    [Fact]
    public async Task What_differs_from_the_losing_step_is_marked_within_formulas_too()
    {
        await using var site = await StartedAsync(1);
        var (page, watch) = await OpenAsync(site);
        await page.TypeKeysAsync("1");
        Assert.Equal(["1"], await page.EvaluateAsync<string[]>("() => [...CSS.highlights.get('gone')].map(range => range.toString())"));
        // Per candidate: a fraction as one; a word and a product of number and fraction; a fraction again.
        Assert.Equal(["mfrac", "the,3,3,\u22c5,mfrac", "mfrac"], await page.EvaluateAsync<string[]>(
            "() => [...document.querySelectorAll('[data-card]:not([hidden]) .cand > math-text')].map(text => [...CSS.highlights.get('added')].filter(range => text.contains(range.startContainer))"
            + ".map(range => range.commonAncestorContainer.nodeType === Node.TEXT_NODE ? range.toString() : range.commonAncestorContainer.classList.contains('mfrac') ? 'mfrac' : '?').join())"));
        watch.AssertClean();
    }

    [Fact]
    public async Task The_page_passes_axe_in_both_themes_and_two_widths()
    {
        await using var site = await StartedAsync(1);
        var (page, watch) = await OpenAsync(site);
        await page.TypeKeysAsync("a", " ", "3", "x", "1", "1");
        await page.AssertGoodAsync("review");
        await page.SetViewportSizeAsync(1024, 900);
        foreach (var (theme, scheme) in new[] { ("dark", ColorScheme.Dark), ("light", ColorScheme.Light) })
        {
            await page.EmulateMediaAsync(new() { ColorScheme = scheme });
            await page.ScreenshotAsync(new() { Path = Path.Combine(Repository.Screenshots, $"review-1024-{theme}.png") });
        }
        Assert.True(await page.EvaluateAsync<bool>("() => document.documentElement.scrollWidth <= innerWidth"));
        await page.TypeKeysAsync("d", "Enter");
        await Expect(page.GetByText("Nothing to review just now")).ToBeVisibleAsync();
        await page.AssertGoodAsync("review-empty");
        watch.AssertClean();
    }

    private async Task<(IPage Page, PageWatch Watch)> OpenAsync(RealSite site, string name = "ada")
    {
        var page = await browser.BlankAsync();
        var watch = new PageWatch(page, site.Address);
        await site.OpenAsync(page, name, "review");
        await page.CardAsync();
        return (page, watch);
    }

    /// <summary>A site on which an annotator has marked step 6 and continuations have come in.</summary>
    private static async Task<RealSite> StartedAsync(int prefixes, ProjectSettings? settings = null)
    {
        var site = await RealSite.StartedAsync(settings);
        await site.MemberAsync("ada", ProjectRole.Reviewer);
        await new SeededPrefixes(site, await site.MemberAsync("lin", ProjectRole.Annotator)).ManyAsync(prefixes);
        return site;
    }
}
