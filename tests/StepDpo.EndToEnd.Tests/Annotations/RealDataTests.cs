using System.Text.Json.Nodes;
using StepDpo.EndToEnd.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace StepDpo.EndToEnd.Tests.Annotations;

/// <summary>Published solutions on the annotate page (files of <c>../shared</c>).</summary>
public sealed class RealDataTests(ScriptSite browser)
{
    [Fact]
    public async Task A_hundred_solutions_of_Mr_Ben_take_two_keys_each_and_no_pointer()
    {
        var solutions = MrBen.All.Take(100).ToArray();
        await using var site = new DeckSite([.. solutions.Select((solution, i) => solution.Card(i + 1))]);
        await site.StartAsync();
        var page = await browser.BlankAsync();
        await page.AddInitScriptAsync("window.pointers = 0; window.keys = 0; for (const name of ['pointerdown', 'mousedown', 'touchstart', 'click']) addEventListener(name, () => pointers++, true); addEventListener('keydown', () => keys++, true);");
        await page.GotoAsync(site.Page);
        await page.CardAsync();

        var taken = new List<int>();
        for (var i = 0; i < solutions.Length; i++)
        {
            await Expect(page.Locator($"[data-card='{i + 1}']")).ToBeVisibleAsync();
            // Two digits in one go: a slow machine must not part them.
            await page.Keyboard.TypeAsync(solutions[i].FirstError is { } step ? $"{step}" : solutions[i].IsWrong ? "0e" : "0");
            await page.Keyboard.PressAsync("Enter");
            taken.Add(await page.EvaluateAsync<int>("() => { const n = keys; keys = 0; return n; }"));
        }
        await page.SavedAsync();

        taken.Sort();
        var (median, p95) = ((taken[49] + taken[50]) / 2.0, taken[94]);
        TestContext.Current.TestOutputHelper?.WriteLine($"Keys a solution: median {median}, p95 {p95}, most {taken[^1]}; steps: median {solutions.Select(s => s.Steps.Count).Order().ElementAt(50)}, most {solutions.Max(s => s.Steps.Count)}; pointer events: {await page.EvaluateAsync<int>("pointers")}.");
        Assert.Equal(solutions.Select((solution, i) => $"{i + 1} {(solution.FirstError is { } step ? $"FirstError {step}" : "NoError")}"), site.Taken);
        Assert.True(median <= 2 && p95 <= 3);
        Assert.Equal(0, await page.EvaluateAsync<int>("pointers"));
    }

    [Fact]
    public async Task Every_published_step_is_typeset_without_an_error_and_read_as_MathML()
    {
        var texts = MrBen.All.SelectMany(solution => solution.Steps.Prepend(solution.Statement))
            .Concat(Lines("bigbench-mistake/multistep_arithmetic.jsonl").SelectMany(row => row["steps"]!.AsArray().Select(step => step!.ToString())))
            .Concat(Lines("gsm8k/model_solutions.jsonl").SelectMany(row => row.Select(value => value.Value).OfType<JsonObject>().Select(sample => sample["solution"]!.ToString())))
            .Where(text => text.Trim().Length > 0).ToArray();
        var page = await browser.OpenAsync();
        var watch = new PageWatch(page, browser.Address);
        int formulas = 0, read = 0, bad = 0, blank = 0;
        foreach (var some in texts.Chunk(500))
        {
            var counts = await page.EvaluateAsync<int[]>("""
                texts => {
                  const main = document.querySelector("main");
                  const nodes = texts.map(text => { const node = document.createElement("math-text"); node.setAttribute("text", text); return node; });
                  main.replaceChildren(...nodes);
                  const count = selector => main.querySelectorAll(selector).length;
                  return [count(".katex"), count(".katex-mathml math"), count(".tex-bad"), nodes.filter(node => !node.textContent.trim()).length];
                }
                """, some);
            (formulas, read, bad, blank) = (formulas + counts[0], read + counts[1], bad + counts[2], blank + counts[3]);
        }

        var longest = MrBen.All.First(solution => solution.Steps.Count >= 21 && solution.Steps.Any(step => step.Contains('$', StringComparison.Ordinal)));
        var milliseconds = await page.EvaluateAsync<double>("""
            steps => { const times = []; const main = document.querySelector("main");
              for (let i = 0; i < 15; i++) { const before = performance.now();
                main.replaceChildren(...steps.map(text => { const node = document.createElement("math-text"); node.setAttribute("text", text); return node; }));
                void main.offsetHeight; times.push(performance.now() - before); }
              return times.sort((a, b) => a - b)[7]; }
            """, longest.Steps);
        TestContext.Current.TestOutputHelper?.WriteLine($"{texts.Length} texts, {formulas} formulas, {bad} shown as written; a solution of {longest.Steps.Count} steps is typeset and laid out in {milliseconds:F1} ms (median of 15).");
        Assert.True(formulas > 3000, $"{formulas} formulas");
        Assert.Equal(formulas, read);
        Assert.Equal(0, blank);
        watch.AssertClean();
        Assert.Equal([], browser.Reports);
    }

    private static IEnumerable<JsonObject> Lines(string file) => File.ReadLines(MrBen.Data(file)).Select(line => JsonNode.Parse(line)!.AsObject());
}
