using Microsoft.Playwright;
using StepDpo.EndToEnd.Tests.Support;

namespace StepDpo.EndToEnd.Tests.Languages;

/// <summary>What a page says in Chinese.</summary>
internal static class Chinese
{
    // Every text that is seen or read out, but for what people and models wrote, formulas, code, key caps and fields.
    private const string Words =
        """
        names => {
          const own = "math-text, kbd, code, pre, .mono, .guidelines, .rules, q, [lang=en], .skip, textarea, script, style, .chart";
          const seen = [];
          const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
          while (walker.nextNode()) {
            const element = walker.currentNode.parentElement;
            if (!element.closest(own) && element.checkVisibility({ visibilityProperty: true })) seen.push(walker.currentNode.data);
          }
          for (const element of document.querySelectorAll("[title], [aria-label], [placeholder]"))
            if (!element.closest(own)) for (const name of ["title", "aria-label", "placeholder"]) if (element.hasAttribute(name)) seen.push(element.getAttribute(name));
          const said = seen.map(text => names.reduce((left, name) => left.replaceAll(name, ""), text).trim());
          return [...new Set(said.filter(text => /[A-Za-z]{2,}/.test(text)))];
        }
        """;

    // The same in every language: names of methods, formats, units and keys.
    private static readonly string[] Same = ["StepDpo", "Step-DPO", "UTC", "Enter", "Top-p", "Markdown", "HTML", "ProcessBench", "LaTeX", "SHA-256", "Cohen", "Krippendorff", "GSM8K", "PRM800K"];

    /// <summary>Lets the browser ask for Chinese.</summary>
    public static Task SpeakChineseAsync(this IPage page, RealSite site) =>
        page.Context.AddCookiesAsync([new() { Name = "language", Value = "zh-Hans", Url = site.Address }]);

    /// <summary>Asserts that nothing on the page is said in Latin letters, names left out.</summary>
    public static async Task AssertChineseAsync(this IPage page, params string[] names)
    {
        Assert.Equal("zh-Hans", await page.EvaluateAsync<string>("document.documentElement.lang"));
        var english = await page.EvaluateAsync<string[]>(Words, names.Concat(Same).OrderByDescending(name => name.Length).ToArray());
        Assert.True(english.Length == 0, "Not in Chinese:\n" + string.Join('\n', english));
    }
}
