using System.Text.Json.Nodes;
using StepDpo.Engine.Tokenization;

namespace StepDpo.Engine.Checkpoints.Gguf;

/// <summary>Writes <c>tokenizer.json</c> and <c>tokenizer_config.json</c> of a byte-level BPE tokenizer from a GGUF file's metadata.</summary>
internal static class GgufTokenizer
{
    private const long Normal = 1;
    private const long Control = 3;
    private const long UserDefined = 4;
    private const long Unused = 5;

    /// <summary>How each <c>tokenizer.ggml.pre</c> cuts a text into words, in the words of Hugging Face's file.</summary>
    private static readonly Dictionary<string, (string Class, string Parts)> Pretokenizers = new(StringComparer.Ordinal)
    {
        ["smollm"] = ("GPT2Tokenizer", """
            {"normalizer":null,
             "pre_tokenizer":{"type":"Sequence","pretokenizers":[{"type":"Digits","individual_digits":true},{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":true}]},
             "post_processor":null,
             "decoder":{"type":"ByteLevel","add_prefix_space":true,"trim_offsets":true,"use_regex":true}}
            """),
        ["qwen2"] = ("Qwen2Tokenizer", """
            {"normalizer":{"type":"NFC"},
             "pre_tokenizer":{"type":"Sequence","pretokenizers":[
               {"type":"Split","pattern":{"Regex":"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"},"behavior":"Isolated","invert":false},
               {"type":"ByteLevel","add_prefix_space":false,"trim_offsets":false,"use_regex":false}]},
             "post_processor":{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":false,"use_regex":false},
             "decoder":{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":false,"use_regex":false}}
            """),
    };

    /// <summary><c>tokenizer.json</c>.</summary>
    /// <exception cref="InvalidDataException">A kind of tokenizer or token that is not supported, or lists that do not fit together.</exception>
    public static JsonObject Tokenizer(GgufFile file)
    {
        var (tokens, types) = Tokens(file);
        var parts = JsonNode.Parse(Pretokenizer(file).Parts)!.AsObject();
        var (vocabulary, added) = (new JsonObject(), new JsonArray());
        for (var id = 0; id < tokens.Length; id++)
        {
            if (types[id] == Unused) continue;
            if (!vocabulary.TryAdd(tokens[id], id)) throw new InvalidDataException($"{file.Path}: tokenizer.ggml.tokens: found {tokens[id]} twice");
            if (types[id] != Normal) added.Add(AddedToken(tokens[id], types[id], id));
        }

        var result = new JsonObject { ["version"] = "1.0", ["truncation"] = null, ["padding"] = null, ["added_tokens"] = added };
        foreach (var name in new[] { "normalizer", "pre_tokenizer", "post_processor", "decoder" }) result[name] = parts[name]?.DeepClone();
        result["model"] = new JsonObject
        {
            ["type"] = "BPE",
            ["dropout"] = null,
            ["unk_token"] = null,
            ["continuing_subword_prefix"] = null,
            ["end_of_word_suffix"] = null,
            ["fuse_unk"] = false,
            ["byte_fallback"] = false,
            ["ignore_merges"] = false,
            ["vocab"] = vocabulary,
            ["merges"] = Merges(file),
        };
        return result;
    }

    /// <summary><c>tokenizer_config.json</c>, with the chat template.</summary>
    /// <exception cref="InvalidDataException">As for the tokenizer.</exception>
    public static JsonObject Config(GgufFile file)
    {
        var (tokens, types) = Tokens(file);
        var decoder = new JsonObject();
        for (var id = 0; id < tokens.Length; id++)
        {
            if (types[id] is not (Control or UserDefined)) continue;
            var token = AddedToken(tokens[id], types[id], id);
            token.Remove("id");
            decoder[$"{id}"] = token;
        }

        var config = new JsonObject
        {
            ["add_prefix_space"] = false,
            ["added_tokens_decoder"] = decoder,
            ["clean_up_tokenization_spaces"] = false,
            ["model_max_length"] = file.GetWhole($"{file.Get<string>("general.architecture")}.context_length"),
            ["tokenizer_class"] = Pretokenizer(file).Class,
            ["vocab_size"] = tokens.Length,
        };
        foreach (var (field, key) in new[] { ("bos_token", "bos"), ("eos_token", "eos"), ("pad_token", "padding"), ("unk_token", "unknown") })
        {
            if (file.Has($"tokenizer.ggml.{key}_token_id")) config[field] = TokenOf(file, tokens, $"tokenizer.ggml.{key}_token_id");
        }

        if (file.Has("tokenizer.chat_template")) config["chat_template"] = file.Get<string>("tokenizer.chat_template");
        return config;
    }

    private static (string[] Tokens, long[] Types) Tokens(GgufFile file)
    {
        var model = file.Get<string>("tokenizer.ggml.model");
        if (model is "llama" or "t5") throw new InvalidDataException($"{file.Path}: tokenizer.ggml.model: found {model} (SentencePiece), wanted {SentencePiece.Wanted}");
        if (model != "gpt2") throw new InvalidDataException($"{file.Path}: tokenizer.ggml.model: found {model}, wanted gpt2 (byte-level BPE)");
        var tokens = file.GetList<string>("tokenizer.ggml.tokens");
        var types = file.GetList<long>("tokenizer.ggml.token_type");
        if (types.Length != tokens.Length) throw new InvalidDataException($"{file.Path}: tokenizer.ggml.token_type: found {types.Length} types, wanted {tokens.Length}, one a token");
        var odd = Array.FindIndex(types, type => type is not (Normal or Control or UserDefined or Unused));
        return odd < 0 ? (tokens, types) : throw new InvalidDataException($"{file.Path}: tokenizer.ggml.token_type: found {types[odd]} for token {odd}, wanted 1, 3, 4 or 5");
    }

    private static (string Class, string Parts) Pretokenizer(GgufFile file)
    {
        var name = file.Get<string>("tokenizer.ggml.pre");
        return Pretokenizers.TryGetValue(name, out var found) ? found
            : throw new InvalidDataException($"{file.Path}: tokenizer.ggml.pre: found {name}, wanted one of {string.Join(", ", Pretokenizers.Keys)}");
    }

    private static JsonArray Merges(GgufFile file)
    {
        var merges = new JsonArray();
        foreach (var merge in file.GetList<string>("tokenizer.ggml.merges"))
        {
            if (merge.Split(' ') is not [{ Length: > 0 } left, { Length: > 0 } right]) throw new InvalidDataException($"{file.Path}: tokenizer.ggml.merges: found \"{merge}\", wanted two parts with a space between");
            merges.Add(new JsonArray(left, right));
        }

        return merges;
    }

    private static JsonObject AddedToken(string text, long type, int id) => new()
    {
        ["id"] = id,
        ["content"] = text,
        ["single_word"] = false,
        ["lstrip"] = false,
        ["rstrip"] = false,
        ["normalized"] = false,
        ["special"] = type == Control,
    };

    private static string TokenOf(GgufFile file, string[] tokens, string key)
    {
        var id = file.GetWhole(key);
        return id < tokens.Length ? tokens[id] : throw new InvalidDataException($"{file.Path}: {key}: found {id}, wanted less than {tokens.Length}, the number of tokens");
    }
}
