using System.Text.Json.Nodes;
using StepDpo.Engine.Tests.Importing;
using StepDpo.Engine.Tokenization;

namespace StepDpo.Engine.Tests.Tokenization;

public sealed class TokenizerRefusalTests
{
    [Theory]
    [InlineData("model", """{"type":"Unigram","vocab":[]}""", "model: type: found Unigram (SentencePiece), wanted a byte-level BPE tokenizer: SentencePiece is not supported")]
    [InlineData("model", """{"type":"BPE","fuse_unk":true,"byte_fallback":true,"vocab":{},"merges":[]}""", "model: byte_fallback: found true (SentencePiece), wanted a byte-level BPE tokenizer: SentencePiece is not supported")]
    [InlineData("model", """{"type":"WordPiece","vocab":{}}""", "model: type: found WordPiece, wanted BPE")]
    [InlineData("normalizer", """{"type":"Sequence","normalizers":[{"type":"Prepend","prepend":"▁"}]}""", "normalizer: normalizers[0]: type: found Prepend, wanted NFC")]
    [InlineData("pre_tokenizer", """{"type":"Metaspace"}""", "pre_tokenizer: type: found Metaspace, wanted ByteLevel as the last step")]
    [InlineData("pre_tokenizer", "null", "pre_tokenizer: found nothing, wanted an object")]
    [InlineData("pre_tokenizer", """{"type":"Sequence","pretokenizers":[{"type":"Split","pattern":{"Regex":"a++"},"behavior":"Isolated","invert":false},{"type":"ByteLevel","add_prefix_space":false}]}""", "pretokenizers[0]: pattern: Regex: found an expression that is not understood")]
    [InlineData("pre_tokenizer", """{"type":"Sequence","pretokenizers":[{"type":"Split","pattern":{"Regex":"a"},"behavior":"Removed","invert":false},{"type":"ByteLevel","add_prefix_space":false}]}""", "behavior: found Removed, wanted Isolated")]
    [InlineData("pre_tokenizer", """{"type":"ByteLevel","add_prefix_space":true}""", "add_prefix_space: found true, wanted false")]
    [InlineData("post_processor", """{"type":"BertProcessing"}""", "post_processor: type: found BertProcessing, wanted ByteLevel or TemplateProcessing")]
    [InlineData("decoder", """{"type":"WordPiece"}""", "decoder: type: found WordPiece, wanted ByteLevel")]
    [InlineData("added_tokens", """[{"id":3,"content":"<x>","lstrip":true,"rstrip":false,"single_word":false,"special":true,"normalized":false}]""", "added_tokens[0]: lstrip: found true, wanted false")]
    [InlineData("added_tokens", """[{"id":-3,"content":"<x>"}]""", "added_tokens[0]: id: found -3, wanted a whole number from 0 on")]
    public void A_part_that_is_not_known_is_refused_with_file_field_found_and_wanted(string field, string value, string message)
    {
        using var folder = new TemporaryFolder();
        var file = Write(folder, root => root[field] = JsonNode.Parse(value));

        var error = Assert.Throws<InvalidDataException>(() => Tokenizer.Load(folder.Path));

        Assert.StartsWith(file, error.Message, StringComparison.Ordinal);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""["a","b","c"]""", "merges[0]: merge: found 3 parts, wanted 2")]
    [InlineData("""["a","☃"]""", "merges[0]: merge: found \"☃\", wanted an entry of the vocabulary")]
    [InlineData("7", "merges[0]: found 7, wanted texts")]
    public void A_merge_that_is_none_is_refused(string merge, string message)
    {
        using var folder = new TemporaryFolder();
        Write(folder, root => root["model"]!["merges"] = new JsonArray(JsonNode.Parse(merge)));
        Assert.Contains(message, Assert.Throws<InvalidDataException>(() => Tokenizer.Load(folder.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_or_broken_file_is_named()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains("tokenizer.json: found nothing", Assert.Throws<InvalidDataException>(() => Tokenizer.Load(folder.Path)).Message, StringComparison.Ordinal);
        File.WriteAllText(folder.In("tokenizer.json"), """{"model": """);
        Assert.Contains("tokenizer.json: ", Assert.Throws<InvalidDataException>(() => Tokenizer.Load(folder.Path)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("tokenizer.model")]
    [InlineData("spiece.model")]
    public async Task A_folder_with_a_SentencePiece_file_alone_is_refused_with_what_to_do(string name)
    {
        using var folder = new TemporaryFolder();
        foreach (var file in new[] { "config.json", "model.safetensors" }) File.Copy(Shared.Golden($"models/tiny-qwen2/{file}"), folder.In(file));
        File.WriteAllBytes(folder.In(name), [0x0A, 0x0E, 0x0A, 0x05, .. "<unk>"u8, 0x15, 0, 0, 0, 0, 0x18, 0x02]);
        var told = $"{folder.In("tokenizer.json")}: found {name} (SentencePiece) in its place, wanted a byte-level BPE tokenizer: SentencePiece is not supported, take a model with the other kind";

        Assert.StartsWith(told, Assert.Throws<InvalidDataException>(() => Tokenizer.Load(folder.Path)).Message, StringComparison.Ordinal);

        // The model is refused where it is taken in, not when somebody first uses it.
        var (code, output, error) = await WorkerCommandTests.RunAsync("inspect", folder.Path);
        Assert.Equal((2, ""), (code, output));
        Assert.StartsWith(told, error, StringComparison.Ordinal);
    }

    [Fact]
    public void Tiktoken_s_file_of_the_same_name_is_told_how_to_convert()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.In("tokenizer.model"), "IQ== 0\nIg== 1\n");
        var error = Assert.Throws<InvalidDataException>(() => Tokenizer.Load(folder.Path));
        Assert.StartsWith($"{folder.In("tokenizer.json")}: found nothing, wanted this file", error.Message, StringComparison.Ordinal);
        Assert.Contains("AutoTokenizer.from_pretrained(folder).save_pretrained(folder)", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_named_token_that_the_tokenizer_lacks_is_refused()
    {
        using var folder = new TemporaryFolder();
        Write(folder, _ => { });
        File.WriteAllText(folder.In("tokenizer_config.json"), """{"eos_token": "<nowhere>"}""");
        var error = Assert.Throws<InvalidDataException>(() => Tokenizer.Load(folder.Path));
        Assert.Contains("eos_token: found <nowhere>, wanted a token of tokenizer.json", error.Message, StringComparison.Ordinal);
    }

    // The tiny tokenizer with one thing changed.
    private static string Write(TemporaryFolder folder, Action<JsonObject> change)
    {
        var root = JsonNode.Parse(File.ReadAllText(Shared.Golden("models/tiny-qwen2/tokenizer.json")))!.AsObject();
        change(root);
        File.WriteAllText(folder.In("tokenizer.json"), root.ToJsonString());
        return folder.In("tokenizer.json");
    }
}
