using Deque.AxeCore.Playwright;
using Microsoft.Playwright;
using StepDpo.EndToEnd.Tests.Support;
using StepDpo.Web.Annotations;
using static Microsoft.Playwright.Assertions;

namespace StepDpo.EndToEnd.Tests.Annotations;

/// <summary>The annotate page with the mock-up's solution and with long and hostile text, in both themes and three widths: axe, no sideways scroll, a picture.</summary>
public sealed class WorkPageLookTests(ScriptSite browser)
{
    private static readonly SolutionCard Usual = new(1, "Algebra",
        "If we express $3x^2 + x - 4$ in the form $a(x - h)^2 + k$, then what is $k$?", "-\\frac{49}{12}", "-7", Differs: true,
        [
            "Given expression is $3x^2 + x - 4$. To express it in the form $a(x - h)^2 + k$, we need to complete the square.",
            "Start by factoring out the coefficient of the $x^2$ term from $3x^2 + x$: $3(x^2 + \\frac{1}{3}x) - 4$.",
            "To complete the square, add and subtract the square of half the coefficient of the $x$ term: $3(x^2 + \\frac{1}{3}x + (\\frac{1}{2} \\cdot \\frac{1}{3})^2 - (\\frac{1}{2} \\cdot \\frac{1}{3})^2) - 4$.",
            "Simplify the expression: $3(x^2 + \\frac{1}{3}x + \\frac{1}{36} - \\frac{1}{36}) - 4$.",
            "Factor the squared term: $3((x + \\frac{1}{6})^2 - \\frac{1}{36}) - 4$.",
            "Distribute and simplify: $3(x + \\frac{1}{6})^2 - 1 - 4$.",
            "Further simplify and rewrite in the desired form: $3(x + \\frac{1}{6})^2 - 5$.",
            "Comparing the simplified expression to $a(x - h)^2 + k$, we see that $k = -5$. Solution: $-7$",
        ]);

    private static readonly SolutionCard Long = new(2, "Algebra", LongText.Statement, "\\tfrac{1}{8}", "\\tfrac{3}{4}", Differs: true, LongText.Steps);

    public static TheoryData<string, int> Looks => new(
        from theme in new[] { "light", "dark" }
        from width in new[] { 1440, 1024, 400 }
        select (theme, width));

    [Theory]
    [MemberData(nameof(Looks))]
    public async Task The_page_is_legible_and_accessible(string theme, int width)
    {
        await using var site = new DeckSite(Usual, Long);
        await site.StartAsync();
        var page = await browser.BlankAsync(new()
        {
            ViewportSize = new() { Width = width, Height = 900 },
            ColorScheme = theme == "dark" ? ColorScheme.Dark : ColorScheme.Light,
            HasTouch = width == 400,
        });
        await page.GotoAsync(site.Page);
        await Expect(page.Locator("[data-card]:visible")).ToHaveCountAsync(1);
        await LookAsync(page, $"annotate-open-{width}-{theme}");
        await page.Keyboard.PressAsync("6");
        await LookAsync(page, $"annotate-{width}-{theme}");
        await page.Keyboard.PressAsync("0");
        await LookAsync(page, $"annotate-contradiction-{width}-{theme}");
        await page.Keyboard.PressAsync("6");
        await page.Keyboard.PressAsync("Enter");
        await page.Keyboard.PressAsync("1");
        await page.Keyboard.PressAsync("2");
        await page.Keyboard.PressAsync("n");
        await LookAsync(page, $"annotate-long-{width}-{theme}");
        await page.Keyboard.PressAsync("?");
        await LookAsync(page, $"annotate-keys-{width}-{theme}");
        await page.Keyboard.PressAsync("Escape");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator(".deck-empty")).ToBeVisibleAsync();
        await LookAsync(page, $"annotate-empty-{width}-{theme}");
        Assert.Equal([], site.Reports);
    }

    private static async Task LookAsync(IPage page, string name)
    {
        var folder = Path.Combine(Repository.Root, "artifacts", "looks");
        Directory.CreateDirectory(folder);
        await page.ScreenshotAsync(new() { Path = Path.Combine(folder, name + ".png"), FullPage = name.Contains("long", StringComparison.Ordinal) || name.Contains("400", StringComparison.Ordinal) });
        Assert.True(await page.EvaluateAsync<bool>("() => document.documentElement.scrollWidth <= innerWidth"), $"{name} scrolls sideways");
        if (name.Contains("long", StringComparison.Ordinal) || name.Contains("1024", StringComparison.Ordinal)) return; // the same elements again, and axe takes seconds
        var axe = await page.RunAxe();
        Assert.Equal([], axe.Violations.Where(v => v.Impact is "serious" or "critical").SelectMany(v => v.Nodes.Select(n => $"{name}: {v.Id} {n.Html}")));
    }
}
