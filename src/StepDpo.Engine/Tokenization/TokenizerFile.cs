using System.Text.Json;

namespace StepDpo.Engine.Tokenization;

/// <summary>
/// Reads <c>tokenizer.json</c> of a byte-level BPE tokenizer. Everything that would change an id and is not known here is
/// refused, with file, field, found and wanted.
/// </summary>
internal sealed class TokenizerFile
{
    private const long LargestFile = 256L << 20;

    // GPT-2's own expression, which ByteLevel means by use_regex.
    private const string Gpt2Pattern = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

    private readonly JsonNodeReader _root;

    private TokenizerFile(JsonNodeReader root)
    {
        _root = root;
        var model = root.Object("model");
        if (model.Text("type") == "Unigram") throw model.Wrong("type", "Unigram (SentencePiece)", SentencePiece.Wanted);
        model.Require("type", "BPE");
        foreach (var field in new[] { "dropout", "continuing_subword_prefix", "end_of_word_suffix" }) model.RequireEmpty(field);
        if (model.Flag("byte_fallback")) throw model.Wrong("byte_fallback", "true (SentencePiece)", SentencePiece.Wanted);
        Vocabulary = model.Object("vocab").Ids();
        Added = [.. root.List("added_tokens").Select(ReadAdded)];
        Normalizes = ReadNormalizer();
        Splits = [.. ReadPreTokenizers()];
        root.Object("decoder").Require("type", "ByteLevel");
        Pairs = ReadPairs(model);
        (Before, After) = root.Optional("post_processor") is { } processor ? ReadTemplate(processor) : ([], []);
    }

    /// <summary>Tokens of the model, written in the byte alphabet.</summary>
    public IReadOnlyDictionary<string, int> Vocabulary { get; }

    /// <summary>Tokens that are looked for in the text itself.</summary>
    public IReadOnlyList<AddedToken> Added { get; }

    /// <summary>Texts are brought to NFC first.</summary>
    public bool Normalizes { get; }

    /// <summary>Cuts, each inside the pieces of the one before.</summary>
    public IReadOnlyList<Func<string, IEnumerable<string>>> Splits { get; }

    /// <summary>The merges.</summary>
    public BytePairs Pairs { get; }

    /// <summary>Tokens that the tokenizer puts before a text where special tokens are asked for.</summary>
    public IReadOnlyList<int> Before { get; }

    /// <summary>Tokens that it puts after it.</summary>
    public IReadOnlyList<int> After { get; }

    /// <summary>Reads and checks a folder's <c>tokenizer.json</c>.</summary>
    /// <exception cref="InvalidDataException">It is missing, too large, malformed or not a byte-level BPE tokenizer.</exception>
    public static TokenizerFile Read(string folder)
    {
        var file = Path.Combine(folder, "tokenizer.json");
        if (File.Exists(file)) return JsonNodeReader.Read(file, LargestFile, root => new TokenizerFile(root));
        throw new InvalidDataException(SentencePiece.FindFile(folder) is { } other
            ? $"{file}: found {other} (SentencePiece) in its place, wanted {SentencePiece.Wanted}"
            : $"{file}: found nothing, wanted this file; where the folder holds vocab.json and merges.txt or tiktoken's tokenizer.model, AutoTokenizer.from_pretrained(folder).save_pretrained(folder) of Python's transformers writes it");
    }

    private static AddedToken ReadAdded(JsonNodeReader token)
    {
        foreach (var field in new[] { "lstrip", "rstrip", "single_word" }) token.RequireFalse(field);
        var content = token.Text("content");
        return content.Length > 0
            ? new AddedToken(token.Whole("id"), content, token.Flag("special"), token.Flag("normalized"))
            : throw token.Wrong("content", "an empty text", "the token's text");
    }

    private bool ReadNormalizer()
    {
        if (_root.Optional("normalizer") is not { } normalizer) return false;
        var parts = Flatten(normalizer, "normalizers").ToList();
        foreach (var part in parts) part.Require("type", "NFC");
        return parts.Count > 0;
    }

    private IEnumerable<Func<string, IEnumerable<string>>> ReadPreTokenizers()
    {
        var parts = Flatten(_root.Object("pre_tokenizer"), "pretokenizers").ToList();
        for (var i = 0; i < parts.Count; i++)
        {
            var type = parts[i].Text("type");
            var isLast = i == parts.Count - 1;
            if (type == "ByteLevel" != isLast) throw parts[i].Wrong("type", type, isLast ? "ByteLevel as the last step" : "ByteLevel nowhere but as the last step");
            if (type == "Split") yield return ReadSplit(parts[i]);
            else if (type == "Digits") yield return new DigitSplit(parts[i].Flag("individual_digits")).Split;
            else if (type != "ByteLevel") throw parts[i].Wrong("type", type, "Split, Digits or ByteLevel");
        }

        if (parts.Count == 0) throw _root.Wrong("pre_tokenizer", "no steps", "ByteLevel as the last step");
        parts[^1].RequireFalse("add_prefix_space");
        if (parts[^1].Flag("use_regex", otherwise: true)) yield return new PatternSplit(Gpt2Pattern, parts[^1].Place("use_regex")).Split;
    }

    private static Func<string, IEnumerable<string>> ReadSplit(JsonNodeReader split)
    {
        split.Require("behavior", "Isolated");
        split.RequireFalse("invert");
        var pattern = split.Object("pattern");
        return new PatternSplit(pattern.Text("Regex"), pattern.Place("Regex")).Split;
    }

    private BytePairs ReadPairs(JsonNodeReader model)
    {
        var byteIds = Enumerable.Range(0, 256).Select(value => Vocabulary.GetValueOrDefault(ByteAlphabet.CharacterOf((byte)value).ToString(), -1)).ToArray();
        if (Array.IndexOf(byteIds, -1) >= 0) model.RequireEmpty("unk_token");
        var merges = new Dictionary<(int Left, int Right), (int Rank, int Id)>();
        foreach (var merge in model.List("merges"))
        {
            // Old files write "a b", new ones ["a", "b"].
            var pair = merge.Value.ValueKind == JsonValueKind.String ? merge.Value.GetString()!.Split(' ') : merge.Texts();
            if (pair.Length != 2) throw merge.Wrong("merge", $"{pair.Length} parts", "2");
            merges[(Token(merge, pair[0]), Token(merge, pair[1]))] = (merges.Count, Token(merge, pair[0] + pair[1]));
        }

        return new BytePairs(byteIds, merges, model.Flag("ignore_merges") ? Vocabulary : null);
    }

    private int Token(JsonNodeReader where, string entry) =>
        Vocabulary.TryGetValue(entry, out var id) ? id : throw where.Wrong("merge", $"\"{entry}\"", "an entry of the vocabulary");

    private (IReadOnlyList<int> Before, IReadOnlyList<int> After) ReadTemplate(JsonNodeReader processor)
    {
        var (before, after) = (new List<int>(), new List<int>());
        foreach (var part in Flatten(processor, "processors"))
        {
            var type = part.Text("type");
            if (type == "ByteLevel") continue;
            if (type != "TemplateProcessing") throw part.Wrong("type", type, "ByteLevel or TemplateProcessing");
            var target = before;
            foreach (var item in part.List("single"))
            {
                if (item.Optional("Sequence") is not null) target = after;
                else target.AddRange(part.Object("special_tokens").Object(item.Object("SpecialToken").Text("id")).Numbers("ids"));
            }
        }

        return (before, after);
    }

    // A step of its own, or the steps of a Sequence.
    private static IEnumerable<JsonNodeReader> Flatten(JsonNodeReader step, string list) =>
        step.Text("type") == "Sequence" ? step.List(list).SelectMany(part => Flatten(part, list)) : [step];
}
