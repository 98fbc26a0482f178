using System.Collections.Frozen;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Components;
using StepDpo.Contracts;
using StepDpo.Core.Runs;
using StepDpo.Core.Sampling;
using StepDpo.Web.Runs;
using StepDpo.Web.Search;

namespace StepDpo.Web.Languages;

/// <summary>
/// Says sentences in the language of the request. The English sentence is the key, so pages stay readable and English needs no catalogue:
/// <c>@T("Submit and next")</c>, <c>@T($"{n} solutions wait")</c>. Tests keep the catalogues complete (docs/decisions/0060-english-and-chinese.md).
/// </summary>
public static partial class Catalogue
{
    private static readonly FrozenDictionary<string, FrozenDictionary<string, string>> Languages =
        Language.All.Except([Language.English]).ToFrozenDictionary(language => language.Code, language => Read(language.Code), StringComparer.OrdinalIgnoreCase);

    /// <summary>The words in the language of the request.</summary>
    public static string T(string words) =>
        Languages.TryGetValue(CultureInfo.CurrentUICulture.Name, out var catalogue) && catalogue.TryGetValue(words, out var said) ? said : words;

    /// <summary>The sentence in the language of the request; so are sentences in its places.</summary>
    public static string T(Sentence sentence) => sentence.Parts.Count == 0
        ? T(sentence.Words)
        : string.Format(CultureInfo.InvariantCulture, T(sentence.Words), [.. sentence.Parts.Select(Said)]);

    /// <summary>A sentence with markup in its places: <c>@Rich($"Press {Bold("f")} to ask.")</c>. All else is text.</summary>
    public static RenderFragment Rich(Sentence sentence) => builder =>
    {
        foreach (var piece in Pieces().Split(T(sentence.Words)))
        {
            if (!Pieces().IsMatch(piece))
                builder.AddContent(0, string.Format(CultureInfo.InvariantCulture, piece));
            else if (sentence.Parts[Place(piece)] is RenderFragment markup)
                builder.AddContent(1, markup);
            else
                builder.AddContent(2, string.Format(CultureInfo.InvariantCulture, piece, [.. sentence.Parts.Select(Said)]));
        }
    };

    /// <summary>Strong text for a place of <see cref="Rich"/>.</summary>
    public static RenderFragment Bold(string text) => Element("span", "class", "strong", text);

    /// <summary>A key for a place of <see cref="Rich"/>; the person's own where they have put it elsewhere.</summary>
    public static RenderFragment KeyCap(string key) => Element("kbd", "data-of", key, key);

    /// <summary>A name of a format, such as a field's, for a place of <see cref="Rich"/>.</summary>
    public static RenderFragment Code(string text) => Element("code", "class", null, text);

    /// <summary>A link for a place of <see cref="Rich"/>.</summary>
    public static RenderFragment Link(string href, string words) => Element("a", "href", href, words);

    /// <summary>A catalogue as it is stored.</summary>
    public static FrozenDictionary<string, string> Read(string code)
    {
        using var stream = typeof(Catalogue).Assembly.GetManifestResourceStream($"{code}.json")
            ?? throw new InvalidOperationException($"Catalogue {code}.json: found nothing, wanted it in the site's assembly.");
        return JsonSerializer.Deserialize<Dictionary<string, string>>(stream)!.ToFrozenDictionary(StringComparer.Ordinal);
    }

    private static RenderFragment Element(string name, string attribute, string? value, string text) => builder =>
    {
        builder.OpenElement(0, name);
        builder.AddAttribute(1, attribute, value);
        builder.AddContent(2, text);
        builder.CloseElement();
    };

    // A sentence or a name of our own in a place is said too; a role, for one. States have words of their own on the pages.
    private static object? Said(object? part) => part switch
    {
        Sentence inner => T(inner),
        SolutionState state => SolutionStateMark.Word(state),
        RunState state => RunWords.Mark(state, isPausing: false).Word,
        Enum name => T(name.ToString()),
        _ => part,
    };

    private static int Place(string piece) => int.Parse(piece.AsSpan(1, piece.AsSpan().IndexOfAny(':', '}') - 1), CultureInfo.InvariantCulture);

    [GeneratedRegex(@"((?<!\{)\{\d+(?::[^}]*)?\})")]
    private static partial Regex Pieces();
}
