using System.Text.Json;

namespace StepDpo.Engine.Tokenization;

/// <summary>The tokens that a model folder names: beginning and end of text, padding.</summary>
/// <param name="Bos">Beginning of text; null where the tokenizer names none.</param>
/// <param name="Eos">The end token that closes a whole solution in training; null where the folder names none.</param>
/// <param name="Pad">Padding; where none is named the end token, else 0: it is never seen.</param>
/// <param name="Ends">Every token that ends a generation.</param>
internal sealed record NamedTokens(int? Bos, int? Eos, int Pad, IReadOnlyList<int> Ends)
{
    private const long LargestFile = 16 << 20;

    /// <summary>Reads <c>tokenizer_config.json</c>, <c>generation_config.json</c> and, where the latter is silent, <c>config.json</c>; each may be absent.</summary>
    /// <param name="folder">The model's folder.</param>
    /// <param name="find">Id of a token's text, or null.</param>
    public static NamedTokens Read(string folder, Func<string, int?> find)
    {
        int? bos = null, eos = null, pad = null;
        Visit(folder, "tokenizer_config.json", config =>
        {
            bos = Find(config, "bos_token", find);
            eos = Find(config, "eos_token", find);
            pad = Find(config, "pad_token", find);
        });
        var ends = new List<int>();
        Visit(folder, "generation_config.json", config => ends.AddRange(Ids(config, "eos_token_id")));
        if (ends.Count == 0) Visit(folder, "config.json", config => ends.AddRange(Ids(config, "eos_token_id")));
        eos ??= ends.Count > 0 ? ends[0] : null;
        if (eos is { } id && !ends.Contains(id)) ends.Add(id);
        return new NamedTokens(bos, eos, pad ?? eos ?? 0, ends);
    }

    private static void Visit(string folder, string name, Action<JsonNodeReader> read)
    {
        var file = Path.Combine(folder, name);
        if (!File.Exists(file)) return;
        JsonNodeReader.Read(file, LargestFile, config =>
        {
            read(config);
            return true;
        });
    }

    // "<|im_end|>", or {"content": "<|im_end|>", …}.
    private static int? Find(JsonNodeReader config, string field, Func<string, int?> find)
    {
        if (config.Optional(field) is not { } token) return null;
        var text = token.Value.ValueKind == JsonValueKind.Object ? token.Text("content") : config.Text(field);
        return find(text) ?? throw config.Wrong(field, text, "a token of tokenizer.json");
    }

    private static IReadOnlyList<int> Ids(JsonNodeReader config, string field)
    {
        if (config.Optional(field) is not { } found) return [];
        return found.Value.ValueKind == JsonValueKind.Array ? config.Numbers(field) : [config.Whole(field)];
    }
}
