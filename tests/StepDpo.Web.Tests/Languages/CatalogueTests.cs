using System.Text.Json;
using System.Text.RegularExpressions;
using StepDpo.Web.Languages;

namespace StepDpo.Web.Tests.Languages;

/// <summary>The Chinese catalogues hold what the sources say, all of it and nothing else.</summary>
public sealed partial class CatalogueTests
{
    private static readonly IReadOnlyDictionary<string, string> Site = Catalogue.Read(Language.Chinese.Code);

    private static readonly IReadOnlyDictionary<string, string> Scripts = OfScripts();

    [Fact]
    public void Every_sentence_of_pages_and_services_is_there() => AssertSame(Phrases.OfSite(), Site);

    [Fact]
    public void Every_sentence_of_scripts_is_there() => AssertSame(Phrases.OfScripts(), Scripts);

    [Fact]
    public void A_translation_has_the_places_of_its_key_and_is_not_empty() =>
        Assert.Empty(Site.Concat(Scripts).Where(entry => string.IsNullOrWhiteSpace(entry.Value) || !Places(entry.Key).SequenceEqual(Places(entry.Value))).Select(entry => $"{entry.Key} → {entry.Value}"));

    [Fact]
    public void What_page_and_script_both_say_they_say_alike() =>
        Assert.Empty(Scripts.Where(entry => Site.TryGetValue(entry.Key, out var said) && said != entry.Value).Select(entry => entry.Key));

    [Fact]
    public void Sentences_end_as_Chinese_ones_do() =>
        Assert.Empty(Site.Concat(Scripts).Where(entry => HalfWidth().IsMatch(entry.Value)).Select(entry => entry.Value));

    [Fact]
    public void Nothing_keeps_the_language_of_who_came_first() =>
        Assert.Empty(Phrases.Sources().SelectMany(file => Kept().Matches(Lexer.WithoutComments(File.ReadAllText(file))).Select(match => $"{Path.GetFileName(file)}: {match.Value}")));

    [Theory]
    [InlineData("T($\"{n:N0} of {(a ? \"x\" : \"y\")} wait\")", "{0:N0} of {1} wait")]
    [InlineData("return Refusal.Invalid(nameof(x), $\"At most {Longest}; found {x.Length}.\");", "At most {0}; found {1}.")]
    [InlineData("yield return (nameof(Step), $\"It says \\\"{Step}\\\".\");", "It says \"{0}\".")]
    [InlineData("Say.Count(n, \"prefix\", \"prefixes\")", "{0} prefixes")]
    [InlineData("private static readonly Sentence Dead = \"Gone, (all) of it.\";", "Gone, (all) of it.")]
    [InlineData("public static Sentence Of(Kind kind, int? k) => kind switch { Kind.A => \"none\", _ => $\"at step {k}\" };", "at step {0}")]
    public void The_scanner_finds_what_is_said(string code, string key) => Assert.Contains(key, Phrases.InCode(code));

    private static void AssertSame(Dictionary<string, string> said, IReadOnlyDictionary<string, string> catalogue)
    {
        Assert.True(said.Count > 100, $"The scanner found {said.Count} sentences only.");
        var missing = said.Where(sentence => !catalogue.ContainsKey(sentence.Key)).Select(sentence => $"{sentence.Value}: {sentence.Key}").ToArray();
        Assert.True(missing.Length == 0, "Not in the catalogue:\n" + string.Join('\n', missing));
        var unused = catalogue.Keys.Where(key => !said.ContainsKey(key)).ToArray();
        Assert.True(unused.Length == 0, "Said nowhere:\n" + string.Join('\n', unused));
    }

    private static Dictionary<string, string> OfScripts()
    {
        var script = File.ReadAllText(Path.Combine(SiteFixture.RepositoryRoot, "wwwroot", "js", "words-zh-Hans.js"));
        return JsonSerializer.Deserialize<Dictionary<string, string>>(script[script.IndexOf('{', StringComparison.Ordinal)..(script.LastIndexOf('}') + 1)], new JsonSerializerOptions { AllowTrailingCommas = true })!;
    }

    private static IEnumerable<string> Places(string sentence) => Place().Matches(sentence).Select(match => match.Value).Order(StringComparer.Ordinal);

    [GeneratedRegex(@"(?<!\{)\{\d+(?::[^}]*)?\}")]
    private static partial Regex Place();

    // A field or an automatic property is written once, in the language of that moment.
    [GeneratedRegex(@"(?:static readonly [^=;]+=|\{ get; \} =|const string \w+ =)(?!>)[^;]*?(?<![\w.])T\(\$?""")]
    private static partial Regex Kept();

    // A sign of half width right after a Chinese character.
    [GeneratedRegex(@"\p{IsCJKUnifiedIdeographs}[,.;:!?()]")]
    private static partial Regex HalfWidth();
}
