using System.Text.RegularExpressions;
using AngleSharp.Html.Parser;
using StepDpo.Web.Projects;

namespace StepDpo.Web.Tests.Projects;

public sealed partial class GuidelinesTextTests
{
    private static readonly HashSet<string> Harmless = ["html", "head", "body", "p", "h3", "h4", "h5", "h6", "ul", "ol", "li", "em", "strong", "code", "pre", "blockquote", "hr", "br"];

    public static TheoryData<string> Hostile =>
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "<javascript:alert(1)>",
        "<https://evil.example>",
        "[x](https://evil.example)",
        "![x](https://evil.example/pixel.png)",
        "[x][1]\n\n[1]: javascript:alert(1)",
        "<svg><style><img src=x onerror=alert(1)></style></svg>",
        "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
        "&lt;script&gt;alert(1)&lt;/script&gt;",
        "`<script>alert(1)</script>`",
        "```html onload=alert(1)\n<script>\n```",
        "# <iframe src=//evil.example>",
        "a<b onmouseover=alert(1)>c",
        "<a href=\"data:text/html,<script>alert(1)</script>\">x</a>",
    ];

    [Theory]
    [MemberData(nameof(Hostile))]
    public void Nothing_but_plain_elements_comes_out(string text)
    {
        var html = GuidelinesText.Render(text).Value;

        foreach (var element in new HtmlParser().ParseDocument(html).All)
        {
            Assert.Contains(element.LocalName, Harmless);
            Assert.DoesNotContain(element.Attributes, attribute => attribute.Name != "class" && attribute.Name != "start");
        }
    }

    [Fact]
    public void Headings_lists_and_emphasis_are_kept()
    {
        var html = GuidelinesText.Render("# Rules\n\n- Mark the *first* step\n- **Rounding** counts `1/3`").Value;

        Assert.Contains("<h3>Rules</h3>", html, StringComparison.Ordinal);
        Assert.Contains("<li>Mark the <em>first</em> step</li>", html, StringComparison.Ordinal);
        Assert.Contains("<strong>Rounding</strong> counts <code>1/3</code>", html, StringComparison.Ordinal);
    }

    [Fact]
    public void Mathematics_is_an_attribute_of_its_element_and_dollars_are_dollars()
    {
        var html = GuidelinesText.Render("So $a < b \"c\"$ holds:\n\n$$\nx^2\n$$\n\nIt costs $5 and not $7. $<img src=x onerror=alert(1)>$").Value;
        var parsed = new HtmlParser().ParseDocument(html);

        Assert.Equal(["$a < b \"c\"$", "$$x^2$$", "$<img src=x onerror=alert(1)>$"], parsed.QuerySelectorAll("math-text").Select(math => math.GetAttribute("text")));
        Assert.Contains("It costs $5 and not $7.", parsed.Body!.TextContent, StringComparison.Ordinal);
        Assert.Empty(parsed.QuerySelectorAll("img"));
    }

    [Fact]
    public void The_site_makes_mark_up_from_text_in_one_file_only()
    {
        var files = Directory.EnumerateFiles(Path.Combine(SiteFixture.RepositoryRoot, "src", "StepDpo.Web"), "*", SearchOption.AllDirectories)
            .Where(file => file.EndsWith(".cs", StringComparison.Ordinal) || file.EndsWith(".razor", StringComparison.Ordinal))
            .Where(file => MarkUp().IsMatch(File.ReadAllText(file)))
            .Select(Path.GetFileName);

        Assert.Equal(["GuidelinesText.cs"], files);
    }

    [Theory]
    [InlineData(">")]
    [InlineData("[")]
    [InlineData("*")]
    [InlineData("$")]
    public void A_flood_of_signs_is_answered(string sign) =>
        Assert.StartsWith("<", GuidelinesText.Render(string.Concat(Enumerable.Repeat(sign, 100_000))).Value, StringComparison.Ordinal);

    [GeneratedRegex("MarkupString|AddMarkupContent")]
    private static partial Regex MarkUp();
}
