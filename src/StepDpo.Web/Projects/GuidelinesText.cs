using System.Text.Encodings.Web;
using Markdig;
using Markdig.Extensions.Mathematics;
using Markdig.Parsers.Inlines;
using Markdig.Renderers;
using Markdig.Renderers.Html;
using Markdig.Syntax;
using Microsoft.AspNetCore.Components;

namespace StepDpo.Web.Projects;

/// <summary>Guidelines as people read them: Markdown without HTML, links and pictures. The only place of the site that makes mark-up from text.</summary>
/// <remarks>
/// <c>DisableHtml</c> alone lets <c>[x](javascript:…)</c> and <c>&lt;javascript:…&gt;</c> through, and a picture would tell a
/// stranger who reads: so the parsers of links are taken out, and what looks like one stays as written.
/// </remarks>
public static class GuidelinesText
{
    // Guidelines stand below a page's own headings.
    private const int HeadingShift = 2;

    private static readonly MarkdownPipeline Pipeline = Build();

    /// <summary>The mark-up of a text.</summary>
    /// <param name="markdown">Up to 100,000 characters, as the settings allow.</param>
    public static MarkupString Render(string markdown)
    {
        MarkdownDocument document;
        try
        {
            document = Markdown.Parse(markdown, Pipeline);
        }
        catch (ArgumentException)
        {
            // Nested deeper than Markdig goes: shown as written.
            return new MarkupString($"<pre>{HtmlEncoder.Default.Encode(markdown)}</pre>");
        }
        foreach (var heading in document.Descendants<HeadingBlock>())
            heading.Level = Math.Min(6, heading.Level + HeadingShift);
        using var writer = new StringWriter();
        var renderer = new HtmlRenderer(writer);
        Pipeline.Setup(renderer);
        renderer.ObjectRenderers.ReplaceOrAdd<HtmlMathInlineRenderer>(new Mathematics<MathInline>(math => $"{new string('$', math.DelimiterCount)}{math.Content}{new string('$', math.DelimiterCount)}", inline: true));
        renderer.ObjectRenderers.ReplaceOrAdd<HtmlMathBlockRenderer>(new Mathematics<MathBlock>(math => $"$${math.Lines}$$", inline: false));
        renderer.Render(document);
        return new MarkupString(writer.ToString());
    }

    // Mathematics stays text: an attribute of <math-text>, which typesets it.
    private sealed class Mathematics<T>(Func<T, string> text, bool inline) : HtmlObjectRenderer<T> where T : MarkdownObject
    {
        protected override void Write(HtmlRenderer renderer, T obj) => renderer
            .Write(inline ? "<math-text class=\"inline\" text=\"" : "<math-text text=\"").WriteEscape(text(obj)).Write("\"></math-text>");
    }

    private static MarkdownPipeline Build()
    {
        var builder = new MarkdownPipelineBuilder().DisableHtml().UseMathematics();
        builder.InlineParsers.TryRemove<LinkInlineParser>();
        builder.InlineParsers.TryRemove<AutolinkInlineParser>();
        return builder.Build();
    }
}
