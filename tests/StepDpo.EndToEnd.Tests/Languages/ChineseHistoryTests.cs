using StepDpo.EndToEnd.Tests.Annotations;
using StepDpo.EndToEnd.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace StepDpo.EndToEnd.Tests.Languages;

/// <summary>What was said of a solution reads in Chinese, whatever happened to it; only what people wrote stays.</summary>
public sealed class ChineseHistoryTests(ScriptSite browser)
{
    [Fact]
    public async Task The_history_of_a_solution_with_a_whole_life_is_told_in_Chinese()
    {
        await using var site = await RealSite.StartedAsync(WholeLife.Settings);
        var life = new WholeLife(site);
        await life.LiveAsync();
        var page = await browser.BlankAsync();
        await page.SpeakChineseAsync(site);
        var watch = new PageWatch(page, site.Address);
        await site.OpenAsync(page, "mina", $"solutions/{life.Solution.Id}");
        await page.Locator(".owner[data-live]").WaitForAsync();
        var lines = page.Locator(".history");
        foreach (var line in new[]
        {
            "已采样，3 步", "jo：无法判断：步骤切分有误", "jo：无错误：参考答案有误（原为：无法判断：步骤切分有误）", "jo：判断已收回", "lin：首个错误在第 2 步",
            "ada：分歧已裁定：规范不清楚", "ada：结论：首个错误在第 3 步；审核员裁定", "审核员已收回。", "否决：跳过推导", "（原为：已重新打开）", "kim：生成偏好对",
            "退回重新采样，温度 0.9", "由人写成", "由作者收回。", "mina：参考答案更正为 5（原为：2）", "参考答案已更正。", "mina：已退回重新判断（原为：", "退回重新判断：New rule.",
        })
            await Expect(lines).ToContainTextAsync(line);
        await page.AssertChineseAsync([.. WholeLife.People, site.Project.Name, life.Solution.TextSha256]);
        await page.AssertGoodAsync("solution-history-zh");

        await page.GotoAsync($"{site.Address}/projects/{site.Project.Id}/pairs/{life.PairId}");
        await page.Locator(".owner[data-live]").WaitForAsync();
        await Expect(page.Locator(".history")).ToContainTextAsync("kim：通过");
        await page.AssertChineseAsync([.. WholeLife.People, site.Project.Name, "test"]);

        await page.GotoAsync($"{site.Address}/projects/{site.Project.Id}/audit");
        await page.Locator(".owner[data-live]").WaitForAsync();
        await Expect(page.GetByRole(Microsoft.Playwright.AriaRole.Row).Nth(1)).ToContainTextAsync("解答已成批退回");
        await page.GetByLabel("事项").FillAsync("题目已重新评分");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.GetByRole(Microsoft.Playwright.AriaRole.Row)).ToHaveCountAsync(2);
        await Expect(page.GetByLabel("事项")).ToHaveValueAsync("题目已重新评分");
        watch.AssertClean();
    }
}
