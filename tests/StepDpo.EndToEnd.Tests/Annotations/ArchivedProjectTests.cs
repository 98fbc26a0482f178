using Microsoft.Playwright;
using StepDpo.Core.Projects;
using StepDpo.EndToEnd.Tests.Rectifications;
using StepDpo.EndToEnd.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace StepDpo.EndToEnd.Tests.Annotations;

/// <summary>A lead lays a project to rest while others work in it.</summary>
public sealed class ArchivedProjectTests(ScriptSite browser)
{
    [Fact]
    public async Task What_comes_late_is_refused_in_sight_and_the_desks_say_why()
    {
        await using var site = await RealSite.StartedAsync();
        await site.MemberAsync("lin", ProjectRole.Annotator);
        await site.MemberAsync("ada", ProjectRole.Reviewer);
        await site.MemberAsync("mina", ProjectRole.Lead);
        var seeded = new SeededPrefixes(site, await site.MemberAsync("lin2", ProjectRole.Annotator));
        await seeded.ManyAsync(4);
        await new Texts(site).SolutionAsync("Ann has 3 apples and buys 4. How many?", "7", "8", "She has 3.", "She buys 4, so 3 + 4 = 8.", "The answer is 8.");
        var lin = await browser.BlankAsync();
        await site.OpenAsync(lin, "lin", "annotate");
        await lin.CardAsync();
        await site.MemberAsync("noa", ProjectRole.Annotator);
        var noa = await browser.BlankAsync();
        await site.OpenAsync(noa, "noa", "exam");
        await noa.CardAsync();
        var mina = await browser.BlankAsync();
        await site.OpenAsync(mina, "mina", "settings");
        await mina.Locator(".owner[data-live]").WaitForAsync();
        await mina.GetByRole(AriaRole.Button, new() { Name = "Archive the project" }).FocusAsync();
        await mina.Keyboard.PressAsync("Enter");
        await Expect(mina.GetByRole(AriaRole.Button, new() { Name = "Wake the project" })).ToBeVisibleAsync();
        await mina.AssertGoodAsync("arch-settings");
        await lin.TypeKeysAsync("1", "Enter");
        await Expect(lin.Locator("sync-state summary")).ToHaveTextAsync("1 refused");
        await Expect(lin.GetByText("No work here just now")).ToBeVisibleAsync();
        await Expect(lin.Locator("[data-last] li")).ToHaveCountAsync(0); // it is no judgement of today's
        await Expect(lin.Locator("[data-today]")).ToHaveTextAsync("0");
        await lin.Locator("sync-state summary").FocusAsync();
        await lin.Keyboard.PressAsync("Enter");
        await lin.AssertGoodAsync("arch-annotate");
        await lin.ReloadAsync();
        await Expect(lin.GetByText("No work here just now")).ToBeVisibleAsync();
        Assert.Equal(1, await lin.Locator("[data-part=empty]").CountAsync());
        await noa.TypeKeysAsync("2", "Enter");
        await Expect(noa.Locator("[data-says]")).ToContainTextAsync("The project is archived");
        await noa.ReloadAsync();
        await Expect(noa.GetByText("No work here just now")).ToBeVisibleAsync();
        await noa.AssertGoodAsync("arch-exam");
        var ada = await browser.BlankAsync();
        await site.OpenAsync(ada, "ada", "review");
        await Expect(ada.GetByText("No work here just now")).ToBeVisibleAsync();
        await ada.AssertGoodAsync("arch-review");
    }
}
