using Microsoft.Playwright;
using StepDpo.EndToEnd.Tests.Support;

namespace StepDpo.EndToEnd.Tests.Journey;

/// <summary>The pictures of README and docs: one window's size, light and dark.</summary>
internal static class Pictures
{
    private static readonly string _folder = Directory.CreateDirectory(Path.Combine(Repository.Screenshots, "docs")).FullName;

    /// <summary>Takes <c>name-light.png</c> and <c>name-dark.png</c> of what is on the screen.</summary>
    public static async Task TakeAsync(IPage page, string name)
    {
        await page.SetViewportSizeAsync(1440, 900);
        foreach (var scheme in new[] { ColorScheme.Dark, ColorScheme.Light })
        {
            await page.EmulateMediaAsync(new() { ColorScheme = scheme, ReducedMotion = ReducedMotion.Reduce });
            await page.ScreenshotAsync(new() { Path = Path.Combine(_folder, $"{name}-{(scheme == ColorScheme.Dark ? "dark" : "light")}.png") });
        }
    }
}
