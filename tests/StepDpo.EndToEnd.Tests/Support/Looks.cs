using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;

namespace StepDpo.EndToEnd.Tests.Support;

/// <summary>What a page looks like to people and to readers.</summary>
internal static class Looks
{
    private static readonly (string Name, ColorScheme Scheme)[] Themes = [("light", ColorScheme.Light), ("dark", ColorScheme.Dark)];
    private static readonly AxeRunOptions _every = new() { ResultTypes = [ResultType.Violations] };

    // Themes differ in colours and in nothing else; the other rules need no second reading.
    private static readonly AxeRunOptions _colours = new() { ResultTypes = [ResultType.Violations], RunOnly = RunOnlyOptions.Rules("color-contrast", "link-in-text-block") };

    // docs/screenshots has 1024 as well: STEPDPO_WIDTHS=1440,1024,400 (CONTRIBUTING.md)
    private static readonly int[] Widths = [.. (Environment.GetEnvironmentVariable("STEPDPO_WIDTHS") ?? "1440,400").Split(',').Select(int.Parse)];

    /// <summary>Lays <c>name-width-theme.png</c> into <c>artifacts/screenshots</c> and asserts that axe finds nothing serious and that nothing is wider than the window.</summary>
    public static async Task AssertGoodAsync(this IPage page, string name)
    {
        foreach (var width in Widths)
        {
            await page.SetViewportSizeAsync(width, 900);
            foreach (var (theme, scheme) in Themes)
            {
                await page.EmulateMediaAsync(new PageEmulateMediaOptions { ColorScheme = scheme, ReducedMotion = ReducedMotion.Reduce });
                await page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(Repository.Screenshots, $"{name}-{width}-{theme}.png"), FullPage = true });
                if (scheme == ColorScheme.Dark && width != Widths[0])
                    continue;
                var result = await page.RunAxe(scheme == ColorScheme.Light ? _every : _colours);
                Assert.Empty(result.Violations.Where(violation => violation.Impact is "serious" or "critical").Select(violation => Words(violation, $"{width} {theme}")));
            }
            var overflow = await page.EvaluateAsync<int>("document.documentElement.scrollWidth - document.documentElement.clientWidth");
            Assert.True(overflow <= 0, $"{name} at {width}: the page is {overflow} pixels wider than the window");
        }
        await page.SetViewportSizeAsync(1440, 900);
        await page.EmulateMediaAsync(new PageEmulateMediaOptions { ColorScheme = ColorScheme.Light });
    }

    private static string Words(AxeResultItem violation, string where) =>
        $"{where}: {violation.Id} ({violation.Impact}): {violation.Help}\n  " + string.Join("\n  ", violation.Nodes.Take(5).Select(node => node.Html));
}
