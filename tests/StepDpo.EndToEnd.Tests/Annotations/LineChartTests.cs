using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace StepDpo.EndToEnd.Tests.Annotations;

public sealed class LineChartTests(ScriptSite site)
{
    private const string Add = """
        () => { const chart = document.createElement("line-chart");
          chart.setAttribute("label", "Training loss"); chart.setAttribute("src", "/figures");
          document.querySelector("main").append(chart); }
        """;

    [Fact]
    public async Task A_chart_is_drawn_read_by_keys_and_refreshed_by_its_version()
    {
        site.Figures = Curve(200);
        var page = await site.OpenAsync();
        await page.EvaluateAsync(Add);
        var chart = page.Locator("line-chart");
        await Expect(chart.Locator("canvas")).ToBeVisibleAsync();
        await Expect(chart).ToHaveAttributeAsync("aria-label", "Training loss. Loss: 0.5025 at step 200, lowest 0.5025 at step 200, highest 1 at step 1. Checkpoints at steps 100, 200. Arrow keys read the values.");

        await page.Keyboard.PressAsync("Tab");
        await page.Keyboard.PressAsync("End");
        await Expect(chart).ToHaveAttributeAsync("aria-label", "Step 200: Loss 0.5025");
        await page.Keyboard.PressAsync("ArrowLeft");
        await Expect(chart).ToHaveAttributeAsync("aria-label", "Step 199: Loss 0.50251");

        site.Figures = Curve(400);
        await chart.EvaluateAsync("chart => chart.setAttribute('version', '2')");
        await Expect(chart).ToHaveAttributeAsync("aria-label", new System.Text.RegularExpressions.Regex("at step 400, lowest"));
        Assert.Equal(1, await chart.Locator("canvas").CountAsync());
        Assert.Equal([], site.Reports);
    }

    [Fact]
    public async Task A_chart_follows_the_theme_and_says_why_it_is_empty()
    {
        site.Figures = Curve(20);
        var page = await site.OpenAsync(new() { ColorScheme = ColorScheme.Light });
        await page.EvaluateAsync(Add);
        var chart = page.Locator("line-chart");
        await Expect(chart.Locator("canvas")).ToBeVisibleAsync();
        var light = await InkAsync(chart);
        await page.EvaluateAsync("document.documentElement.className = 'dark'");
        await Expect(chart.Locator("canvas")).ToBeVisibleAsync();
        await page.WaitForFunctionAsync("before => { const c = document.querySelector('line-chart canvas'); return c && c.toDataURL() !== before; }", light);

        site.Figures = new { steps = Array.Empty<int>(), series = Array.Empty<object>() };
        await chart.EvaluateAsync("chart => chart.setAttribute('version', '2')");
        await Expect(chart).ToHaveTextAsync("Training loss: no step has been recorded yet.");
    }

    private static Task<string> InkAsync(ILocator chart) => chart.Locator("canvas").EvaluateAsync<string>("canvas => canvas.toDataURL()");

    private static object Curve(int steps) => new
    {
        steps = Enumerable.Range(1, steps).ToArray(),
        series = new[] { new { name = "Loss", values = Enumerable.Range(1, steps).Select(s => Math.Round(0.5 + 0.5 / s, 5)).ToArray() } },
        checkpoints = Enumerable.Range(1, steps / 100).Select(i => i * 100).ToArray(),
    };
}
