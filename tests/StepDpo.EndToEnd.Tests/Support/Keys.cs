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
            await Expect(page.Locator(":is(annotate-deck, exam-deck, review-deck, dispute-deck)[state=loading]")).ToHaveCountAsync(0);
            await page.Keyboard.PressAsync(key);
        }
    }

    /// <summary>Presses Tab until what has the focus reads so, as a person without a pointer gets there.</summary>
    /// <param name="page">The page; owner pages must be live.</param>
    /// <param name="words">The whole text of the link or button.</param>
    /// <param name="within">What the element must match besides.</param>
    public static async Task TabToAsync(this IPage page, string words, string within = "*")
    {
        await Expect(page.Locator("[data-live=False], [data-live=false]")).ToHaveCountAsync(0);
        for (var i = 0; i < 120; i++)
        {
            await page.Keyboard.PressAsync("Tab");
            if (await page.EvaluateAsync<bool>("([words, within]) => document.activeElement.innerText?.replace(/\\s+/g, ' ').trim().endsWith(words) && document.activeElement.matches(within)", new[] { words, within }))
                return;
        }

        Assert.Fail($"Tab does not reach \"{words}\".");
    }

    /// <summary>Waits until a card is open.</summary>
    public static Task CardAsync(this IPage page) => Expect(page.Locator("[data-card]:visible, [state=work]").First).ToBeVisibleAsync();

    /// <summary>Waits until the server has all.</summary>
    public static Task SavedAsync(this IPage page) => Expect(page.Locator("sync-state [role=status]")).ToHaveTextAsync("Saved", new() { Timeout = 60_000 });
}
