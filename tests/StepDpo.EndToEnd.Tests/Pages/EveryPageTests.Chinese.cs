using Microsoft.EntityFrameworkCore;
using StepDpo.Core.Accounts;
using StepDpo.Core.Annotations;
using StepDpo.Core.Projects;
using StepDpo.EndToEnd.Tests.Languages;
using StepDpo.EndToEnd.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace StepDpo.EndToEnd.Tests.Pages;

/// <summary>The pages where people spend their days, in Chinese.</summary>
public sealed partial class EveryPageTests
{
    [Theory]
    [InlineData("annotate", "提交并继续")]
    [InlineData("review", "的候选")]
    [InlineData("disputes", "分歧")]
    [InlineData("agreement", "每两位标注员")]
    [InlineData("cockpit", "解答的状态")]
    [InlineData("settings", "每个解答的判断数")]
    public async Task A_page_speaks_Chinese_and_stays_as_good(string name, string shows)
    {
        var page = await seeded.PageAsync(name == "annotate" ? Visitor.Annotator : name is "review" or "disputes" ? Visitor.Reviewer : Visitor.Admin);
        await page.SpeakChineseAsync(seeded.Site);
        var watch = new PageWatch(page, seeded.Site.Address);
        await page.GotoAsync($"{seeded.Site.Address}/projects/{seeded.Site.Project.Id}/{name}");
        await page.Locator(".owner[data-live], .workpage [data-card]:visible").First.WaitForAsync();
        await Expect(page.Locator("body")).ToContainTextAsync(shows);
        await page.AssertChineseAsync([.. await WrittenAsync(), LongText.Digits, "{problem}", "Step 1:"]);
        await page.AssertGoodAsync($"{name}-zh");
        watch.AssertClean();
        await page.CloseAsync();
        await page.Context.ClearCookiesAsync(new() { Name = "language" });
    }

    // What people wrote: it stays as it is.
    private async Task<IEnumerable<string>> WrittenAsync()
    {
        await using var context = seeded.Site.Database.CreateDbContext();
        var users = await context.Set<User>().Select(user => new { user.UserName, user.DisplayName }).ToListAsync();
        var questions = await context.Set<Flag>().Select(flag => flag.Question).ToListAsync();
        var projects = await context.Set<Project>().Select(project => project.Name).ToListAsync();
        return users.SelectMany(user => new[] { user.UserName, user.DisplayName }).OfType<string>().Concat(questions).Concat(projects);
    }
}
