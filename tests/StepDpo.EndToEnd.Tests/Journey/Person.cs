using Microsoft.Playwright;
using StepDpo.EndToEnd.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace StepDpo.EndToEnd.Tests.Journey;

/// <summary>One of the people of the journey: a browser of their own, and what a person does with a page.</summary>
internal sealed class Person(RealSite site, IPage page)
{
    /// <summary>Their page.</summary>
    public IPage Page => page;

    /// <summary>What nobody should see on it.</summary>
    public PageWatch Watch { get; } = new(page, site.Address);

    public async Task GoAsync(string path)
    {
        await page.GotoAsync(site.Address + path);
        await ReadyAsync();
    }

    /// <summary>Waits until the page answers: <c>OwnerLayout</c> says so on its element.</summary>
    public Task ReadyAsync() => page.Locator(".owner[data-live], .plain, .workpage").First.WaitForAsync();

    /// <summary>Presses a button, once it can be pressed.</summary>
    public Task PressAsync(string name) => page.GetByRole(AriaRole.Button, new() { Name = name, Exact = true }).ClickAsync();

    /// <summary>Follows a link and waits for the page behind it.</summary>
    public async Task FollowAsync(string name)
    {
        await page.GetByRole(AriaRole.Link, new() { Name = name, Exact = true }).First.ClickAsync();
        await ReadyAsync();
    }

    public async Task FillAsync(string label, string value, ILocator? within = null)
    {
        var field = (within ?? page.Locator("body")).GetByLabel(label, new() { Exact = true });
        await field.FillAsync(value);
        await field.BlurAsync();
    }

    public Task ChooseAsync(string label, string words) => page.GetByLabel(label, new() { Exact = true }).SelectOptionAsync(new SelectOptionValue { Label = words });

    /// <summary>The panel with this heading.</summary>
    public ILocator Panel(string heading) => page.Locator("section.panel").Filter(new() { Has = page.GetByRole(AriaRole.Heading, new() { Name = heading, Exact = true }) });

    public Task SeesAsync(string words) => Expect(page.GetByText(words).First).ToBeVisibleAsync(new() { Timeout = 60_000 });

    /// <summary>Waits on a run's page, which the person does not touch, until it says that the run is done.</summary>
    public async Task DoneAsync()
    {
        var state = page.Locator(".title .state").First;
        await Expect(state).ToContainTextAsync("Done", new() { Timeout = 300_000 });
    }
}
