using System.Globalization;
using Microsoft.Playwright;
using StepDpo.Demo;
using StepDpo.EndToEnd.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace StepDpo.EndToEnd.Tests.Journey;

/// <summary>An annotator and a reviewer who know the nano model's arithmetic: they read the cards on their screens and answer by keys alone.</summary>
internal static class DeskWork
{
    private const string StopsEarly = "It stops before its last step.";

    private static readonly LocatorAssertionsToBeVisibleOptions _patient = new() { Timeout = 60_000 };

    /// <summary>Judges so many solutions, or until none is left.</summary>
    /// <returns>The number of first errors marked.</returns>
    public static async Task<int> AnnotateAsync(IPage page, int most, Func<Task>? onFirstMark = null)
    {
        var marked = 0;
        for (var judged = 0; judged < most && await CardAsync(page) is { } card; judged++)
        {
            var statement = await TextAsync(card.Locator(".problem"));
            var steps = await TextsAsync(card.Locator("li[data-step] math-text"));
            if (new ArithmeticOracle(statement).FirstError([.. steps.Select(step => " " + step)]) is { } k)
            {
                await page.TypeKeysAsync($"{k}");
                if (marked++ == 0 && onFirstMark is not null)
                    await onFirstMark();
                await page.TypeKeysAsync("Enter");
            }
            else
            {
                await page.TypeKeysAsync("c", "Enter");
                await page.Keyboard.TypeAsync(StopsEarly);
                await page.TypeKeysAsync("Enter", "Enter");
            }
            await Expect(card).Not.ToBeVisibleAsync();
        }
        await page.SavedAsync();
        return marked;
    }

    /// <summary>Approves the first candidate of each prefix whose step is right and rejects those before it; discards a prefix that has none.</summary>
    /// <returns>The number of approvals.</returns>
    public static async Task<int> ReviewAsync(IPage page, Func<Task>? onFirstApproval = null)
    {
        var approved = 0;
        while (await CardAsync(page) is { } card)
        {
            var oracle = new ArithmeticOracle(await TextAsync(card.Locator(".problem")));
            var k = int.Parse(await card.GetAttributeAsync("data-step") ?? "", CultureInfo.InvariantCulture);
            var candidates = await TextsAsync(card.Locator(".cand > math-text"));
            var right = candidates.Take(9).ToList().FindIndex(text => oracle.IsRight(k, " " + text));
            for (var i = 0; i < right; i++)
                await page.TypeKeysAsync($"{i + 1}", "x", "1");
            if (right < 0)
            {
                await page.TypeKeysAsync("d");
            }
            else
            {
                await page.TypeKeysAsync($"{right + 1}", "a");
                if (approved++ == 0 && onFirstApproval is not null)
                    await onFirstApproval();
            }
            await page.TypeKeysAsync("Enter");
            await Expect(card).Not.ToBeVisibleAsync();
        }
        await page.SavedAsync();
        return approved;
    }

    // The card on the desk, by its own id: the next one must not be taken for it. Null when the queue is empty.
    private static async Task<ILocator?> CardAsync(IPage page)
    {
        var card = page.Locator("[data-card]:visible");
        await Expect(card.Or(page.Locator(".deck-empty:visible")).First).ToBeVisibleAsync(_patient);
        return await card.CountAsync() == 0 ? null : page.Locator($"[data-card='{await card.GetAttributeAsync("data-card")}']");
    }

    private static async Task<string> TextAsync(ILocator text) => await text.GetAttributeAsync("text") ?? "";

    private static async Task<IReadOnlyList<string>> TextsAsync(ILocator texts) =>
        await texts.EvaluateAllAsync<string[]>("all => all.map(text => text.getAttribute('text'))");
}
