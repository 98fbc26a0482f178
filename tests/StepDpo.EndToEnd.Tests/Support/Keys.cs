using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace StepDpo.EndToEnd.Tests.Support;

/// <summary>Work pages by keys alone.</summary>
internal static class Keys
{
    /// <summary>Presses one key after the other, as a person does: while the deck still fetches the next card, nobody judges it.</summary>
    public static async Task TypeKeysAsync(this IPage page, params string[] keys)
    {
        foreach (var key in keys)
        {
            await Expect(page.Locator("annotate-deck, review-deck").And(page.Locator("[state=wait], [state=loading]"))).ToHaveCountAsync(0);
            await page.Keyboard.PressAsync(key);
        }
    }

    /// <summary>Waits until a card is open.</summary>
    public static Task CardAsync(this IPage page) => Expect(page.Locator("[data-card]:visible, [state=work]").First).ToBeVisibleAsync();

    /// <summary>Waits until the server has all.</summary>
    public static Task SavedAsync(this IPage page) => Expect(page.Locator("sync-state [role=status]")).ToHaveTextAsync("Saved", new() { Timeout = 60_000 });
}
