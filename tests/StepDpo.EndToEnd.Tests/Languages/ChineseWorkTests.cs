using Microsoft.EntityFrameworkCore;
using StepDpo.Core.Accounts;
using StepDpo.Core.Annotations;
using StepDpo.Core.Projects;
using StepDpo.EndToEnd.Tests.Annotations;
using StepDpo.EndToEnd.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace StepDpo.EndToEnd.Tests.Languages;

/// <summary>A reviewer changes to Chinese in the middle of the work, and goes on, by keys alone.</summary>
public sealed class ChineseWorkTests(ScriptSite browser)
{
    [Fact]
    public async Task The_language_is_changed_over_a_mark_that_stays_and_work_goes_on_in_Chinese()
    {
        await using var site = await RealSite.StartedAsync();
        await site.MemberAsync("lin", ProjectRole.Reviewer);
        for (var i = 1; i <= 2; i++)
            await new Texts(site).SolutionAsync($"${i} + 1$", "7", "8", "$3$", "$3 + 4 = 8$", "$8$");
        var page = await browser.BlankAsync();
        var watch = new PageWatch(page, site.Address);
        await site.OpenAsync(page, "lin", "annotate");
        await page.CardAsync();
        await page.TypeKeysAsync("2");
        await Expect(page.Locator("[data-verdict]")).ToHaveTextAsync("First error: step 2");

        await page.TabToAsync("L", ".account-button");
        await page.Keyboard.PressAsync("Enter");
        await page.TabToAsync("中文", "[name=choice]");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator("html")).ToHaveAttributeAsync("lang", "zh-Hans");
        await page.CardAsync();
        await Expect(page.Locator("[data-verdict]")).ToHaveTextAsync("首个错误：第 2 步");
        await page.AssertChineseAsync("lin", "Geometry", site.Project.Name);

        await page.TypeKeysAsync("Enter");
        await Expect(page.Locator("[data-last] > li").First).ToContainTextAsync("第 2 步");
        await page.TypeKeysAsync("u");
        await Expect(page.Locator("[data-verdict]")).ToHaveTextAsync("首个错误：第 2 步");
        await page.TypeKeysAsync("0", "Enter");
        await Expect(page.Locator("[data-says]")).ToHaveTextAsync("如果没有步骤出错，请按 e、w 或 c。");
        await page.TypeKeysAsync("e", "Enter");
        await Expect(page.Locator("sync-state [role=status]")).ToHaveTextAsync("已保存", new() { Timeout = 60_000 });
        await page.TypeKeysAsync("?");
        await page.AssertChineseAsync("lin", site.Project.Name);
        await page.TypeKeysAsync("Escape", "g", "r");
        await page.WaitForURLAsync("**/review");
        await Expect(page.GetByText("现在没有需要审核的")).ToBeVisibleAsync();
        await page.AssertChineseAsync("lin", site.Project.Name);

        await using var context = site.Database.CreateDbContext();
        Assert.Equal("zh-Hans", (await context.Set<User>().SingleAsync(user => user.UserName == "lin", TestContext.Current.CancellationToken)).Language);
        Assert.Equal([FirstErrorOutcome.FirstError, FirstErrorOutcome.Undone, FirstErrorOutcome.NoError],
            await context.Set<FirstErrorAnnotation>().OrderBy(a => a.Id).Select(a => a.Outcome).ToListAsync(TestContext.Current.CancellationToken));
        watch.AssertClean();
    }
}
