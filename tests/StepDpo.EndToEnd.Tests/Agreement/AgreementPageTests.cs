using StepDpo.Core.Accounts;
using StepDpo.Core.Annotations;
using StepDpo.Core.Projects;
using StepDpo.EndToEnd.Tests.Annotations;
using StepDpo.EndToEnd.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace StepDpo.EndToEnd.Tests.Agreement;

/// <summary>The page of agreement, over judgements that come in while it is open.</summary>
public sealed class AgreementPageTests(ScriptSite browser)
{
    // What a judgement changes is on the page within five seconds.
    private const float Soon = 5_000;

    [Fact]
    public async Task A_judgement_that_comes_in_is_counted_within_five_seconds()
    {
        await using var site = await RealSite.StartedAsync(new() { JudgementsPerSolution = 2 });
        await site.MemberAsync("ada", ProjectRole.Reviewer);
        var (ann, ben) = (await site.MemberAsync("ann", ProjectRole.Annotator), await site.MemberAsync("ben", ProjectRole.Annotator));
        var seeded = new SeededDisputes(site);
        var page = await browser.BlankAsync();
        var watch = new PageWatch(page, site.Address);
        await site.OpenAsync(page, "ada", "agreement");
        await page.Locator(".owner[data-live]").WaitForAsync();
        await Expect(page.GetByRole(Microsoft.Playwright.AriaRole.Heading, new() { Name = "No solution has two judgements yet" })).ToBeVisibleAsync();

        await seeded.JudgedAsync((ann, SeededDisputes.Step(2)), (ben, SeededDisputes.Step(2)));
        await Expect(page.GetByText("1 solution with two judgements")).ToBeVisibleAsync(new() { Timeout = Soon });
        await Expect(page.Locator(".figure").Nth(0)).ToContainTextAsync("100 %");
        await Expect(page.Locator(".figure").Nth(2)).ToContainTextAsync("Undefined because all judges gave one and the same answer everywhere");

        await seeded.JudgedAsync((ann, SeededDisputes.Step(2)), (ben, SeededDisputes.Step(3)));
        await Expect(page.Locator(".figure").Nth(0)).ToContainTextAsync("50 %", new() { Timeout = Soon });
        await Expect(page.Locator(".figure").Nth(1)).ToContainTextAsync("100 %");
        await Expect(page.Locator(".confusion .near")).ToHaveTextAsync("1");
        await Expect(page.Locator(".disputed")).ToContainTextAsync("to decide");
        watch.AssertClean();
    }

    [Fact]
    public async Task The_page_looks_as_it_should_with_a_team_of_six()
    {
        await using var site = await RealSite.StartedAsync(new() { JudgementsPerSolution = 2 });
        await site.MemberAsync("ada", ProjectRole.Reviewer);
        var team = new List<User>();
        foreach (var name in new[] { "Lin Chen", "Tomas Vidal", "Ewa Kowalska", "Sam Otieno", "Priya Nair", "Jo Brandt" })
            team.Add(await site.MemberAsync(name.Replace(' ', '.'), ProjectRole.Annotator));
        var (dice, seeded) = (new Random(3), new SeededDisputes(site));
        for (var i = 0; i < 60; i++)
        {
            var (truth, first, second) = (dice.Next(0, 5), team[dice.Next(3)], team[3 + dice.Next(3)]);
            await seeded.JudgedAsync((first, Said(truth)), (second, Said(dice.NextDouble() < 0.7 ? truth : dice.Next(0, 5))));
        }
        var page = await browser.BlankAsync();
        var watch = new PageWatch(page, site.Address);
        await site.OpenAsync(page, "ada", "agreement");
        await page.Locator(".owner[data-live]").WaitForAsync();
        await Expect(page.GetByText("60 solutions with two judgements")).ToBeVisibleAsync();
        await page.AssertGoodAsync("agreement");
        watch.AssertClean();
    }

    private static FirstErrorJudgement Said(int k) =>
        k == 0 ? new(FirstErrorOutcome.NoError, Reason: FirstErrorReason.EquivalentAnswer) : SeededDisputes.Step(k);
}
