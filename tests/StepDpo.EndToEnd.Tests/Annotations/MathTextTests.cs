using System.Text.Json;
using Microsoft.Playwright;

namespace StepDpo.EndToEnd.Tests.Annotations;

public sealed class MathTextTests(ScriptSite site)
{
    /// <summary>Puts one text on the page and says what became of it. <c>lines</c>: what a reader sees, the formulas' MathML left out.</summary>
    private const string Show = """
        async text => {
          const node = document.createElement("math-text");
          node.className = "reading";
          node.setAttribute("text", text);
          const before = performance.now();
          document.querySelector("main").replaceChildren(node);
          const milliseconds = performance.now() - before;
          await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
          const seen = node.cloneNode(true);
          seen.querySelectorAll(".katex-mathml").forEach(hidden => hidden.remove());
          const box = node.getBoundingClientRect();
          return {
            milliseconds, words: seen.textContent, formulas: node.querySelectorAll(".katex").length,
            bad: [...node.querySelectorAll(".tex-bad")].map(e => e.textContent), calc: [...node.querySelectorAll(".calc")].map(e => e.textContent),
            ctl: [...node.querySelectorAll(".ctl")].map(e => e.textContent), cut: [...node.querySelectorAll(".cut")].map(e => e.textContent),
            stops: [...node.querySelectorAll(".katex-base > .stop")].map(e => e.textContent),
            foreign: [...node.querySelectorAll("script, img, iframe, object, embed, a, form, style, link, meta, base, input, video, [onclick], [onerror], [id], [data-onclick]")].length,
            ran: window.ran ?? null, width: node.scrollWidth, height: box.height, own: document.documentElement.scrollWidth <= innerWidth,
          };
        }
        """;

    [Fact]
    public async Task Hostile_texts_run_no_script_load_nothing_and_make_no_foreign_element()
    {
        var page = await site.OpenAsync();
        var outside = new List<string>();
        page.Request += (_, request) =>
        {
            if (!request.Url.StartsWith(site.Address, StringComparison.Ordinal))
                outside.Add(request.Url);
        };
        var said = new List<string>();
        page.Console += (_, message) => said.Add(message.Text);
        page.PageError += (_, error) => said.Add(error);

        foreach (var text in HostileText.Scripts)
        {
            var shown = await ShowAsync(page, text);
            Assert.True(shown.GetProperty("ran").ValueKind == JsonValueKind.Null, text);
            Assert.True(shown.GetProperty("foreign").GetInt32() == 0, $"{text} made a foreign element");
            Assert.True(shown.GetProperty("words").GetString()!.Length > 0, $"{text} is shown blank");
        }

        Assert.Equal(60, HostileText.Scripts.Length);
        Assert.Empty(outside);
        Assert.Empty(said);
        Assert.Equal([], site.Reports);
    }

    [Fact]
    public async Task Texts_that_take_time_or_space_end_at_a_shown_limit()
    {
        var page = await site.OpenAsync(new() { ViewportSize = new() { Width = 800, Height = 900 } });
        var slow = new List<string>();
        foreach (var (name, text) in HostileText.Bombs)
        {
            var shown = await ShowAsync(page, text);
            var limited = shown.GetProperty("cut").GetArrayLength() > 0 || shown.GetProperty("bad").GetArrayLength() > 0;
            // A guard against texts that never end, not a measurement: without its limit each of these takes minutes or all memory.
            if (shown.GetProperty("milliseconds").GetDouble() >= 10_000)
                slow.Add($"{name}: {shown.GetProperty("milliseconds").GetDouble():F0} ms{(limited ? ", limit shown" : "")}");
            Assert.True(shown.GetProperty("own").GetBoolean(), $"{name} pushes the page apart");
            if (text.Length > 20_000)
                Assert.Contains("of ", shown.GetProperty("cut").EnumerateArray().Last().GetString());
        }
        TestContext.Current.TestOutputHelper?.WriteLine(string.Join("\n", slow));
        Assert.DoesNotContain(slow, line => !line.EndsWith("limit shown", StringComparison.Ordinal));
        Assert.Equal([], site.Reports);
    }

    [Theory]
    [InlineData("It costs \\$5 and \\$7.", "It costs $5 and $7.", 0)]
    [InlineData("It costs $5 and $7.", "It costs $5 and $7.", 0)]
    [InlineData("$5, then $x$.", "$5, then x.", 1)]
    [InlineData("$20 - $5 = $15", "$20 - $5 = $15", 0)]
    [InlineData("$a$ and \\(b\\)", "a and b", 2)]
    [InlineData("So \\boxed{7}!", "So 7!", 1)]
    [InlineData("no end $x + 1", "no end $x + 1", 0)]
    public async Task A_dollar_sign_is_money_or_mathematics(string text, string words, int formulas)
    {
        var shown = await ShowAsync(await site.OpenAsync(), text);
        Assert.Equal(words, shown.GetProperty("words").GetString()!.Replace("\u200B", "", StringComparison.Ordinal));
        Assert.Equal(formulas, shown.GetProperty("formulas").GetInt32());
    }

    [Fact]
    public async Task A_stop_goes_inside_the_last_box_of_its_formula()
    {
        var shown = await ShowAsync(await site.OpenAsync(), "Take $x^2 + 1$, then $$y = 2$$。 So $z$");
        Assert.Equal([",", "。"], shown.GetProperty("stops").EnumerateArray().Select(e => e.GetString()!));
    }

    [Fact]
    public async Task Invisible_characters_are_shown_by_name()
    {
        var page = await site.OpenAsync();
        var shown = await ShowAsync(page, "x\u202E = \u200B1, z" + new string('\u0301', 50));
        Assert.Equal(["right-to-left override", "zero-width space", "46 more marks"], shown.GetProperty("ctl").EnumerateArray().Select(e => e.GetString()!));
        shown = await ShowAsync(page, "$x\u200B = 1$");
        Assert.Equal("$xzero-width space = 1$", shown.GetProperty("bad")[0].GetString());
    }

    [Fact]
    public async Task What_cannot_be_read_or_is_not_trusted_is_shown_as_it_was_written()
    {
        var page = await site.OpenAsync();
        foreach (var source in new[] { "$\\frac{1{2}$", "$\\href{javascript:alert(1)}{x}$", "$\\undefined$" })
            Assert.Equal(source, (await ShowAsync(page, source)).GetProperty("bad")[0].GetString());
        Assert.Equal("7*8=56", (await ShowAsync(page, "It is 7*8=<<7*8=56>>56.")).GetProperty("calc")[0].GetString());
    }

    [Fact]
    public async Task One_formula_cannot_change_the_next()
    {
        var shown = await ShowAsync(await site.OpenAsync(), "$\\gdef\\pi{7}\\pi$ and $\\pi$");
        Assert.EndsWith("π", shown.GetProperty("words").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_click_on_a_number_marks_it_everywhere()
    {
        var page = await site.OpenAsync();
        await page.EvaluateAsync("""
            () => { for (const text of ["We get $3 \\cdot 36$ of 36 and 136.", "Then $\\frac{1}{36}$ and 36.0 remain."]) {
              const node = document.createElement("math-text"); node.setAttribute("text", text); document.querySelector("main").append(node); } }
            """);
        var at = await page.EvaluateAsync<JsonElement>("""
            async () => { await document.fonts.ready; const text = [...document.querySelector("math-text").childNodes].find(n => n.data?.startsWith(" of 36"));
              const range = document.createRange(); range.setStart(text, 4); range.setEnd(text, 6);
              const box = range.getBoundingClientRect(); return { x: box.x + box.width / 2, y: box.y + box.height / 2 }; }
            """);
        await page.Mouse.ClickAsync(at.GetProperty("x").GetSingle(), at.GetProperty("y").GetSingle());
        var marked = await page.EvaluateAsync<string[]>("() => [...CSS.highlights.get('value')].map(range => range.toString())");
        Assert.Equal(["36", "36", "36", "36.0"], marked);
    }

    private static Task<JsonElement> ShowAsync(IPage page, string text) => page.EvaluateAsync<JsonElement>(Show, text);
}
