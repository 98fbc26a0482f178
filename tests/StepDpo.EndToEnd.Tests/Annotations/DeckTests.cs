using Microsoft.Playwright;
using StepDpo.EndToEnd.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace StepDpo.EndToEnd.Tests.Annotations;

/// <summary>Keys, outbox and what they survive. Every verdict goes by keys; no test touches the pointer.</summary>
public sealed class DeckTests(ScriptSite browser)
{
    [Fact]
    public async Task Two_keys_judge_a_solution_and_the_next_is_there_at_once()
    {
        await using var site = new DeckSite(5, 5, 12, 5, 5);
        site.Delay = TimeSpan.FromMilliseconds(100);
        var page = await OpenAsync(site);

        await page.TypeKeysAsync("3", "Enter", "0", "Enter");
        await Expect(Verdict(page)).ToHaveTextAsync("Press the number of the first wrong step, or 0");
        await page.Keyboard.TypeAsync("12"); // two digits, too quick for a slow machine to part them
        await page.TypeKeysAsync("Enter");
        await page.TypeKeysAsync("0", "e", "Enter"); // the answer differs: "no error" needs its reason
        await Expect(FirstStep(page)).ToContainTextAsync("Card 5");
        await page.TypeKeysAsync("j", "j", "x", "n", "Enter");
        await page.SavedAsync();

        Assert.Equal(["1 FirstError 3", "2 NoError", "3 FirstError 12", "4 NoError", "5 FirstError 3"], site.Taken);
        await Expect(page.Locator(".deck-empty")).ToBeVisibleAsync();
        Assert.Empty(site.Reports);
    }

    [Fact]
    public async Task No_error_on_a_wrong_answer_is_stopped_and_shows_the_ways_out()
    {
        await using var site = new DeckSite(2, 2, 2, 2);
        var page = await OpenAsync(site);
        await page.TypeKeysAsync("1", "Enter", "1", "Enter", "1", "Enter", "0", "Enter");
        await Expect(page.Locator(".ways")).ToBeVisibleAsync();
        await page.SavedAsync();
        Assert.Equal(3, site.Taken.Count);
        await page.TypeKeysAsync("w", "Enter");
        await page.SavedAsync();
        Assert.Equal("4 NoError", site.Taken[^1]);
    }

    [Fact]
    public async Task Cannot_judge_asks_for_its_reason_and_keys_are_letters_while_typing()
    {
        await using var site = new DeckSite(3, 3);
        var page = await OpenAsync(site);
        await page.TypeKeysAsync("c", "Enter");
        await page.Keyboard.TypeAsync("u0 is j");
        await page.TypeKeysAsync("Enter", "Enter");
        await page.SavedAsync();
        Assert.Equal(["1 CannotJudge"], site.Taken);
    }

    [Fact]
    public async Task Undo_brings_the_card_back_as_it_was_and_nothing_doubles()
    {
        await using var site = new DeckSite(5, 5, 5, 5);
        var page = await OpenAsync(site);
        await page.TypeKeysAsync("4", "n", "Enter", "u");
        await Expect(Verdict(page)).ToHaveTextAsync("First neutral step: step 4");
        await Expect(FirstStep(page)).ToContainTextAsync("Card 1, step 1");
        await page.TypeKeysAsync("2", "Enter", "1", "Enter");
        await page.SavedAsync();
        Assert.Equal(["1 FirstError 4", "undo 1", "1 FirstError 2", "2 FirstError 1"], site.Taken);
        Assert.Equal("FirstError 2", site.Judged[1]);
    }

    [Fact]
    public async Task Undo_after_a_reload_brings_the_card_back_from_the_server()
    {
        await using var site = new DeckSite(5, 5);
        var page = await OpenAsync(site);
        await page.TypeKeysAsync("4", "n", "t");
        await page.Keyboard.TypeAsync("the sign");
        await page.TypeKeysAsync("Enter", "Enter");
        await page.SavedAsync();
        await page.ReloadAsync();
        await Expect(FirstStep(page)).ToContainTextAsync("Card 2");
        await page.TypeKeysAsync("u");
        await Expect(FirstStep(page)).ToContainTextAsync("Card 1"); // nothing of card 2 was begun: it comes at once, as it was
        await Expect(Verdict(page)).ToHaveTextAsync("First neutral step: step 4");
        await Expect(page.Locator("[data-note]")).ToHaveTextAsync("“the sign”");
        await page.TypeKeysAsync("1", "Enter", "5", "Enter");
        await page.SavedAsync();
        Assert.Equal("FirstError 1", site.Judged[1]);
        Assert.Equal("FirstError 5", site.Judged[2]);
    }

    [Fact]
    public async Task A_reload_while_the_server_is_away_keeps_what_was_decided_and_shows_no_card_twice()
    {
        await using var site = new DeckSite(5, 5, 5);
        site.Delay = TimeSpan.FromMilliseconds(300);
        var page = await OpenAsync(site);
        await page.TypeKeysAsync("4", "Enter"); // on its way, not yet taken, when the page is drawn anew
        await page.ReloadAsync();
        await Expect(FirstStep(page)).ToContainTextAsync("Card 2");
        await page.TypeKeysAsync("5", "Enter");
        await page.SavedAsync();
        Assert.Equal(["1 FirstError 4", "2 FirstError 5"], site.Taken);
    }

    [Fact]
    public async Task A_stopped_server_loses_and_doubles_nothing()
    {
        await using var site = new DeckSite(5, 5, 5, 5);
        var page = await OpenAsync(site);
        await Expect(page.Locator("[data-card]")).ToHaveCountAsync(3);

        site.LosesAnswer = true; // stored, the answer lost: it is sent again with its key
        await page.TypeKeysAsync("1", "Enter");
        await site.StopAsync();
        await page.TypeKeysAsync("2", "Enter", "u", "3", "Enter");
        await Expect(page.Locator("sync-state")).ToContainTextAsync(" kept on this computer");
        await Expect(page.Locator("sync-state")).ToContainTextAsync("Offline: ");
        await site.StartAsync();
        await page.GotoAsync(site.Page);
        await Expect(FirstStep(page)).ToContainTextAsync("Card 3");
        await page.TypeKeysAsync("4", "Enter");
        await Expect(FirstStep(page)).ToContainTextAsync("Card 4");
        await page.TypeKeysAsync("5", "Enter");
        await page.SavedAsync();

        Assert.Equal(["1 FirstError 1", "2 FirstError 2", "undo 2", "2 FirstError 3", "3 FirstError 4", "4 FirstError 5"], site.Taken);
    }

    [Fact]
    public async Task A_draft_survives_a_reload()
    {
        await using var site = new DeckSite(5, 5);
        var page = await OpenAsync(site);
        await page.TypeKeysAsync("4", "n", "t");
        await page.Keyboard.TypeAsync("the sign");
        await page.TypeKeysAsync("Enter");
        await page.ReloadAsync();
        await Expect(Verdict(page)).ToHaveTextAsync("First neutral step: step 4");
        await Expect(page.Locator("[data-note]")).ToHaveTextAsync("“the sign”");
    }

    [Fact]
    public async Task A_lost_session_holds_the_verdicts_until_sign_in()
    {
        await using var site = new DeckSite(5, 5, 5);
        var page = await OpenAsync(site);
        site.SignedOut = true;
        await page.TypeKeysAsync("1", "Enter", "2", "Enter");
        await Expect(page.Locator("sync-state [role=status]")).ToHaveTextAsync("Signed out: 2 kept, sign in to send");
        Assert.Empty(site.Taken);
        site.SignedOut = false;
        await page.ReloadAsync();
        await page.SavedAsync();
        Assert.Equal(["1 FirstError 1", "2 FirstError 2"], site.Taken);
    }

    [Fact]
    public async Task A_refusal_is_shown_and_holds_nothing_back()
    {
        await using var site = new DeckSite(5, 5, 5);
        var page = await OpenAsync(site);
        site.Refuses = true;
        await page.TypeKeysAsync("1", "Enter", "2", "Enter");
        var refused = page.Locator("sync-state summary");
        await Expect(refused).ToHaveTextAsync("1 refused");
        await page.SavedAsync();
        Assert.Equal(["2 FirstError 2"], site.Taken);
        await refused.FocusAsync();
        await page.TypeKeysAsync("Enter");
        await Expect(page.Locator("sync-state .refused")).ToBeVisibleAsync();
        await Expect(page.Locator("sync-state .refused")).ToContainTextAsync("The solution was withdrawn.");
        await page.ReloadAsync();
        await Expect(refused).ToHaveTextAsync("1 refused");
        await refused.FocusAsync();
        await page.TypeKeysAsync("Enter", "Tab", "Enter");
        await Expect(refused).ToBeHiddenAsync();
    }

    [Fact]
    public async Task Hidden_and_idle_time_does_not_count()
    {
        await using var site = new DeckSite(5, 5);
        var page = await browser.BlankAsync();
        await page.Clock.InstallAsync();
        await page.GotoAsync(await StartedAsync(site));
        await Expect(Verdict(page)).ToBeVisibleAsync();
        await page.Clock.RunForAsync(30_000);
        await page.Keyboard.PressAsync("j");
        await page.Clock.RunForAsync(300_000);
        await Expect(page.Locator("[data-active-time]")).ToHaveTextAsync("1:30");
    }

    [Fact]
    public async Task Plain_http_without_a_secure_context_works_too()
    {
        await using var site = new DeckSite(5, 5, 5);
        var page = await browser.BlankAsync();
        await page.AddInitScriptAsync("delete Crypto.prototype.randomUUID; Object.defineProperty(Navigator.prototype, 'locks', { value: undefined });");
        await page.GotoAsync(await StartedAsync(site));
        await page.TypeKeysAsync("1", "Enter", "2", "Enter");
        await page.SavedAsync();
        Assert.Equal(["1 FirstError 1", "2 FirstError 2"], site.Taken);
    }

    [Fact]
    public async Task The_key_sheet_and_a_question_to_the_lead_need_no_pointer()
    {
        await using var site = new DeckSite(5, 5);
        var page = await OpenAsync(site);
        await page.TypeKeysAsync("?");
        await Expect(page.Locator(".sheet")).ToBeVisibleAsync();
        await page.TypeKeysAsync("Escape");
        await Expect(page.Locator(".sheet")).ToBeHiddenAsync();
        await Expect(FirstStep(page)).ToBeFocusedAsync();
        await page.TypeKeysAsync("f");
        await page.Keyboard.TypeAsync("Is rounding an error?");
        await page.TypeKeysAsync("Enter");
        await Expect(FirstStep(page)).ToContainTextAsync("Card 1");
        await Expect(page.Locator("[data-card]:visible [data-flags]")).ToContainTextAsync("Is rounding an error?");
        await page.TypeKeysAsync("3", "Enter", "p");
        await page.SavedAsync();
        Assert.Equal(["1 asked at 1: Is rounding an error?", "1 FirstError 3", "2 put aside"], site.Taken);
    }

    [Fact]
    public async Task One_digit_of_fifteen_steps_is_a_step_and_each_of_21_takes_three_keys_at_most()
    {
        await using var site = new DeckSite(15, 21, 21, 21);
        var page = await OpenAsync(site);
        await page.TypeKeysAsync("1", "Enter");
        await page.Keyboard.TypeAsync("21");
        await page.TypeKeysAsync("Enter");
        await page.Keyboard.TypeAsync("20");
        await page.TypeKeysAsync("Enter", "0", "e", "Enter");
        await page.SavedAsync();
        Assert.Equal(["1 FirstError 1", "2 FirstError 21", "3 FirstError 20", "4 NoError"], site.Taken);
    }

    [Fact]
    public async Task A_keyboard_whose_digits_need_shift_judges_too()
    {
        await using var site = new DeckSite(5, 5);
        var page = await OpenAsync(site);
        // What a French keyboard sends for its keys 3 and, with shift, 2.
        await page.EvaluateAsync("""
            () => { for (const [key, code, shiftKey] of [['"', "Digit3", false], ["Enter", "Enter", false], ["2", "Digit2", true], ["Enter", "Enter", false]])
              document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key, code, shiftKey, bubbles: true, cancelable: true })); }
            """);
        await page.SavedAsync();
        Assert.Equal(["1 FirstError 3", "2 FirstError 2"], site.Taken);
    }

    [Fact]
    public async Task The_calculator_opens_on_its_key_computes_exactly_and_leaves_no_verdict()
    {
        await using var site = new DeckSite(5);
        var page = await OpenAsync(site);
        await page.TypeKeysAsync("=");
        await page.Keyboard.TypeAsync("1/3 + 1/6");
        await Expect(page.Locator("[data-result]")).ToHaveTextAsync("0.5");
        await page.TypeKeysAsync("Enter");
        await Expect(page.Locator("form.entry")).ToBeHiddenAsync();
        await page.TypeKeysAsync("2");
        await Expect(Verdict(page)).ToHaveTextAsync("First error: step 2");
        Assert.Empty(site.Taken);
    }

    [Fact]
    public async Task Keys_mark_each_number_and_word_of_the_step_everywhere_and_copy_it_as_it_was_written()
    {
        await using var site = new DeckSite(3);
        var page = await OpenAsync(site);
        await page.TypeKeysAsync("h");
        await Expect(page.Locator("[data-says]")).ToHaveTextAsync("1: 10 places");
        await page.TypeKeysAsync("H");
        await Expect(page.Locator("[data-says]")).ToHaveTextAsync("card: 3 places");
        Assert.Equal(["Card", "Card", "Card"], await page.EvaluateAsync<string[]>("() => [...CSS.highlights.get('value')].map(range => range.toString())"));
        var copied = page.EvaluateAsync<string>("() => new Promise(done => document.addEventListener('copy', event => done(event.clipboardData.getData('text/plain')), { once: true }))");
        await page.TypeKeysAsync("j", "l");
        Assert.Equal("Card 1, step 2: $3(x + \\frac{1}{2})^2 - 2$.", await copied);
    }

    [Fact]
    public async Task A_click_marks_the_step_a_double_click_the_word()
    {
        await using var site = new DeckSite(3);
        var page = await OpenAsync(site);
        var word = await page.EvaluateAsync<float[]>("""
            () => { const text = [...document.querySelectorAll("[data-card]:not([hidden]) .step math-text")][1].firstChild, range = document.createRange();
              range.setStart(text, 0); range.setEnd(text, 4); const box = range.getBoundingClientRect(); return [box.x + box.width / 2, box.y + box.height / 2]; }
            """);
        await page.Mouse.ClickAsync(word[0], word[1]);
        await Expect(Verdict(page)).ToHaveTextAsync("First error: step 2");
        await page.TypeKeysAsync("3");
        await page.Mouse.DblClickAsync(word[0], word[1]);
        Assert.Equal(["Card", "Card", "Card"], await page.EvaluateAsync<string[]>("() => [...CSS.highlights.get('value')].map(range => range.toString())"));
        await Expect(Verdict(page)).ToHaveTextAsync("First error: step 3");
    }

    private async Task<IPage> OpenAsync(DeckSite site)
    {
        var page = await browser.BlankAsync();
        await page.GotoAsync(await StartedAsync(site));
        await Expect(page.Locator("[data-card]:visible")).ToHaveCountAsync(1);
        return page;
    }

    private static async Task<string> StartedAsync(DeckSite site)
    {
        await site.StartAsync();
        return site.Page;
    }

    private static ILocator FirstStep(IPage page) => page.Locator("[data-card]:visible .step").First;

    private static ILocator Verdict(IPage page) => page.Locator("[data-verdict]");
}
