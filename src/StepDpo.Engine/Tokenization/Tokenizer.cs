using System.Text;

namespace StepDpo.Engine.Tokenization;

/// <summary>What the text of a special token inside a text, such as <c>&lt;|im_end|&gt;</c>, becomes.</summary>
public enum SpecialText
{
    /// <summary>The token: for prompts, whose template is written with such texts.</summary>
    IsToken,

    /// <summary>Ordinary text: for what people or models wrote.</summary>
    IsText,
}

/// <summary>
/// A byte-level BPE tokenizer, read from Hugging Face's <c>tokenizer.json</c>; its ids equal Hugging Face's. Own code, as
/// Microsoft.ML.Tokenizers knows neither sequences of pre-tokenizers, nor NFC without ICU, nor special texts as text.
/// Safe to use from several threads.
/// </summary>
public sealed class Tokenizer
{
    private readonly TokenizerFile _file;
    private readonly NamedTokens _named;
    private readonly Dictionary<int, byte[]> _bytes = [];
    private readonly HashSet<int> _special;

    // What is looked for in the raw text and, after that, in the normalised text between its matches.
    private readonly Dictionary<SpecialText, (AddedTokens Raw, AddedTokens Normalized)> _added = [];

    private Tokenizer(TokenizerFile file, string folder)
    {
        _file = file;
        foreach (var (entry, id) in file.Vocabulary) _bytes[id] = BytesOf(entry);
        foreach (var token in file.Added) _bytes[token.Id] = BytesOf(token.Content);
        _special = [.. file.Added.Where(token => token.Special).Select(token => token.Id)];
        foreach (var kind in Enum.GetValues<SpecialText>())
        {
            var sought = file.Added.Where(token => kind == SpecialText.IsToken || !token.Special).ToList();
            _added[kind] = (new AddedTokens(sought.Where(token => !token.Normalized)), new AddedTokens(sought.Where(token => token.Normalized)));
        }

        _named = NamedTokens.Read(folder, Find);
    }

    /// <summary>Reads a model folder's <c>tokenizer.json</c> and the names of its special tokens.</summary>
    /// <exception cref="InvalidDataException">A file is missing, malformed, or asks for something that is not known here; the message names file, field, found and wanted.</exception>
    public static Tokenizer Load(string folder) => new(TokenizerFile.Read(folder), folder);

    /// <summary>Beginning of text; null where the tokenizer names none. Never added unless asked for.</summary>
    public int? BosId => _named.Bos;

    /// <summary>The end token that closes a whole solution in training; null where the folder names none.</summary>
    public int? EosId => _named.Eos;

    /// <summary>Every token that ends a generation (<c>generation_config.json</c> may list several).</summary>
    public IReadOnlyList<int> EosIds => _named.Ends;

    /// <summary>Fills rows up; what is padded is never seen.</summary>
    public int PadId => _named.Pad;

    /// <summary>One more than the largest id.</summary>
    public int VocabularySize => _bytes.Keys.Max() + 1;

    /// <summary>Whether a token is special: it steers the model and is no text.</summary>
    public bool IsSpecial(int id) => _special.Contains(id);

    /// <summary>The bytes that a token means; empty for an id without a token. Only several tokens together need be valid UTF-8.</summary>
    public ReadOnlySpan<byte> TokenBytes(int id) => _bytes.TryGetValue(id, out var bytes) ? bytes : default;

    /// <summary>The ids of a text.</summary>
    /// <param name="text">Any text.</param>
    /// <param name="special">What the text of special tokens becomes.</param>
    /// <param name="addSpecialTokens">Whether the tokenizer puts its own tokens around the text, as Hugging Face does unless told otherwise.</param>
    public int[] Encode(string text, SpecialText special = SpecialText.IsToken, bool addSpecialTokens = false)
    {
        var ids = new List<int>(text.Length / 3 + 4);
        if (addSpecialTokens) ids.AddRange(_file.Before);
        var (raw, normalized) = _added[special];
        foreach (var (part, token) in raw.Split(text))
        {
            if (token is { } id) ids.Add(id);
            else EncodeText(_file.Normalizes ? CanonicalComposition.Apply(part) : part, normalized, ids);
        }

        if (addSpecialTokens) ids.AddRange(_file.After);
        return [.. ids];
    }

    /// <summary>The text of ids. Bytes that are not UTF-8 become U+FFFD, as Rust's <c>from_utf8_lossy</c> does it; ids without a token vanish.</summary>
    /// <param name="ids">Token ids.</param>
    /// <param name="skipSpecial">Leave special tokens out.</param>
    public string Decode(IEnumerable<int> ids, bool skipSpecial = false)
    {
        var bytes = new List<byte>();
        foreach (var id in ids)
        {
            if (!skipSpecial || !IsSpecial(id)) bytes.AddRange(TokenBytes(id));
        }

        return Encoding.UTF8.GetString([.. bytes]);
    }

    private void EncodeText(string text, AddedTokens added, List<int> ids)
    {
        foreach (var (part, token) in added.Split(text))
        {
            if (token is { } id)
            {
                ids.Add(id);
                continue;
            }

            IEnumerable<string> pieces = [part];
            foreach (var split in _file.Splits) pieces = pieces.SelectMany(split);
            foreach (var piece in pieces) _file.Pairs.Encode(piece, ids);
        }
    }

    private int? Find(string text) =>
        _file.Added.FirstOrDefault(token => token.Content == text)?.Id ?? (_file.Vocabulary.TryGetValue(text, out var id) ? id : null);

    private static byte[] BytesOf(string entry) => ByteAlphabet.BytesOf(entry) ?? Encoding.UTF8.GetBytes(entry);
}
