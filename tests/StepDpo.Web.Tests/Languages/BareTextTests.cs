using System.Text.RegularExpressions;

namespace StepDpo.Web.Tests.Languages;

/// <summary>No English stands bare in a page: text between tags and attributes that people read go through the catalogue.</summary>
public sealed partial class BareTextTests
{
    // What is the same in every language.
    private static readonly string[] Same = ["StepDpo", "esc", "p", "pairs.jsonl", "http://gpu7:8000", "http://gpu7:8000/v1", "\\frac{3}{4}"];

    [Fact]
    public void Pages_say_nothing_that_the_catalogue_does_not_know()
    {
        var bare = Phrases.Sources().Where(file => file.EndsWith(".razor", StringComparison.Ordinal)).SelectMany(file => Bare(File.ReadAllText(file)).Select(text => $"{Path.GetFileName(file)}: {text}")).ToArray();
        Assert.True(bare.Length == 0, "Put it into @T(…):\n" + string.Join('\n', bare));
    }

    [Theory]
    [InlineData("<p>Nothing yet</p>", true)]
    [InlineData("<p>@T(\"Nothing yet\")</p>", false)]
    [InlineData("@if (Count > 0)\n{\n    <p>@Count</p>\n}\nelse\n{\n    <b>none</b>\n}", true)]
    [InlineData("@if (Count > 0)\n{\n    <p>@Words(Count, \"a\") · @Name</p>\n}\nelse\n{\n    <Thing />\n}", false)]
    [InlineData("<input placeholder=\"A name\" />", true)]
    [InlineData("<TextInput Label=\"@T(\"Name\")\" Note=\"@(x ? T(\"a b\") : null)\" Field=\"Name\" />", false)]
    [InlineData("<p>@(x ? \"so it is\" : \"\")</p>", true)]
    [InlineData("<svg aria-label=\"@($\"{Pairs(1)} by day\")\"></svg>", true)]
    [InlineData("<svg aria-label=\"@T($\"{Pairs(1)} by day\")\"></svg>", false)]
    public void The_scanner_tells_text_from_code(string page, bool found) => Assert.Equal(found, Bare(page).Any());

    private static IEnumerable<string> Bare(string page)
    {
        var markup = Svg().Replace(Lexer.WithoutComments(page), "");
        var code = Code().Match(markup);
        foreach (var literal in Unsaid(markup)) yield return literal;
        foreach (Match composed in Composed().Matches(page)) yield return composed.Value;
        if (code.Success) markup = markup[..code.Index];
        markup = Directive().Replace(markup, "");
        for (var at = 0; Tag().Match(markup, at) is { Success: true } tag;)
        {
            var end = EndOfTag(markup, tag.Index + tag.Length, out var attributes);
            foreach (var attribute in attributes.Where(attribute => !Same.Contains(attribute))) yield return attribute;
            var next = Tag().Match(markup, end);
            var text = markup[end..(next.Success ? next.Index : markup.Length)];
            if (tag.Value is not ("<kbd" or "<code" or "<style" or "<script"))
            {
                foreach (var line in WithoutExpressions(text).Split('\n').Select(line => line.Trim()).Where(line => Word().IsMatch(line) && !Statement().IsMatch(line) && !Same.Contains(line.Trim('·', ' '))))
                    yield return line;
            }
            if (!next.Success) yield break;
            at = next.Index;
        }
    }

    // A literal of several words that is handed to nothing that says it.
    private static IEnumerable<string> Unsaid(string code)
    {
        foreach (Match literal in Words().Matches(code))
        {
            var line = code[(code.LastIndexOf('\n', literal.Index) + 1)..literal.Index];
            if (!Handed().IsMatch(line)) yield return literal.Value;
        }
    }

    private static int EndOfTag(string markup, int at, out List<string> bare)
    {
        bare = [];
        while (at < markup.Length && markup[at] != '>')
        {
            if (markup[at] == '@' && at + 1 < markup.Length && markup[at + 1] == '(') at = Lexer.EndOfBracket(markup, at + 1);
            else if (markup[at] == '"')
            {
                var end = at + 1;
                while (end < markup.Length && markup[end] != '"') end = markup[end] is '(' or '[' ? Lexer.EndOfBracket(markup, end) : end + 1;
                var name = AttributeName().Match(markup[..at]).Groups[1].Value;
                var value = markup[(at + 1)..Math.Min(end, markup.Length)];
                if (Read().IsMatch(name) && Word().IsMatch(WithoutExpressions(value)) && !Expression().IsMatch(value)) bare.Add(value);
                at = end + 1;
            }
            else at++;
        }
        return Math.Min(at + 1, markup.Length);
    }

    private static string WithoutExpressions(string text)
    {
        for (var at = text.IndexOf('@', StringComparison.Ordinal); at >= 0; at = at < text.Length ? text.IndexOf('@', at) : -1)
        {
            if (ControlFlow().Match(text, at) is { Success: true, Index: var start, Length: var length } && start == at)
            {
                at += length;
                continue;
            }
            var end = at + 1;
            while (end < text.Length)
            {
                if (text[end] is '(' or '[') end = Lexer.EndOfBracket(text, end);
                else if (Name().Match(text, end) is { Success: true, Index: var from, Length: var size } && from == end) end += size;
                else break;
            }
            text = text[..at] + text[Math.Max(end, at + 1)..];
        }
        return text;
    }

    [GeneratedRegex(@"<svg.*?</svg>", RegexOptions.Singleline)]
    private static partial Regex Svg();

    // An attribute that people read, put together without a catalogue; figures have such ones too.
    [GeneratedRegex(@"\b(?:title|aria-label|placeholder|alt|Label|Note|Title|Below|Side|Verb|Placeholder|Heading)=""@\(\$""(?:[^""{}A-Za-z]|\{[^{}]*\})*[A-Za-z]{2}[^""]*")]
    private static partial Regex Composed();

    [GeneratedRegex(@"^@code\b", RegexOptions.Multiline)]
    private static partial Regex Code();

    [GeneratedRegex(@"^@(?:page|using|inject|attribute|layout|inherits|implements|typeparam|namespace|rendermode)\b.*$", RegexOptions.Multiline)]
    private static partial Regex Directive();

    [GeneratedRegex(@"</?[A-Za-z][\w.-]*")]
    private static partial Regex Tag();

    [GeneratedRegex(@"[A-Za-z]{2}")]
    private static partial Regex Word();

    [GeneratedRegex(@"^(?:@?(?:if|foreach|for|switch|while|var|await)\b|@?\{|\}|else\b|case\b|default:|break;|\w+ =|return\b)|^[\w.]+\(|;$|=>")]
    private static partial Regex Statement();

    [GeneratedRegex(@"@(?:if|foreach|for|switch|while)\b")]
    private static partial Regex ControlFlow();

    [GeneratedRegex(@"\??\.?\w+!?")]
    private static partial Regex Name();

    [GeneratedRegex(@"([@\w:.-]+)=$")]
    private static partial Regex AttributeName();

    // Attributes that people read.
    [GeneratedRegex(@"^(?:title|aria-label|placeholder|alt|Label|Note|Title|Below|Side|Verb|Placeholder|Heading)$")]
    private static partial Regex Read();

    // A component's string may be an expression without a sign: a field, a member, a call.
    [GeneratedRegex(@"^_\w+$|^\w+[.(?]\w|=>")]
    private static partial Regex Expression();

    [GeneratedRegex(@"(?<!\\)""[A-Z“]?[a-z’]+[,;:]? (?:[^""\\{}]|\\.|\{[^{}""]*\})*[a-z.?]""")]
    private static partial Regex Words();

    // Said, refused, thrown, compared, or a class, a style, a format.
    [GeneratedRegex(@"\b(?:T|Rich|Count|NotFound|Forbidden|Invalid|Conflict|\w*Exception)\([^""]*(?:""[^""]*""[^""]*)*$|[\w-]+=$|class=""[^""]*$|(?:class|style|Class|href|d|aria-\w+|data-[\w-]+)=""[^""]*@\([^)]*$")]
    private static partial Regex Handed();
}
