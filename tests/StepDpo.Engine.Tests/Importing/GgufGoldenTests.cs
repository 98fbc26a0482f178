using System.IO.Compression;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using StepDpo.Engine.Checkpoints.Folders;
using StepDpo.Engine.Checkpoints.Safetensors;
using StepDpo.Engine.Modeling;
using StepDpo.Engine.Tests.Modeling;
using static TorchSharp.torch;

namespace StepDpo.Engine.Tests.Importing;

public sealed class GgufGoldenTests(SmolLm2 model) : IClassFixture<SmolLm2>
{
    private const double LogitsTolerance = 1e-3;
    private const double LogprobsTolerance = 3e-4;
    private const double HiddenTolerance = 1e-5;

    // The others are of 5 to 175 tokens; the whole class stays within a minute.
    private const string LongPrompt = "few-shot-long";

    [Fact]
    public void All_272_tensors_equal_the_golden_ones_in_every_bit()
    {
        using var weights = SafetensorsFile.Open(Path.Combine(model.Folder, "model.safetensors"));
        var wanted = Shared.ReadJson(SmolLm2.Golden("dequantised.json")).EnumerateArray().ToList();
        Assert.Equal(272, wanted.Count);
        Assert.Equal(wanted.Count, Shared.ReadJson(SmolLm2.Golden("cross-checks.json")).GetProperty("transformers' GGUF loader").GetProperty("bit_equal").GetInt32());
        Assert.Equal(wanted.Select(row => row.GetProperty("name").GetString()!).Order(), weights.Tensors.Keys.Order());
        foreach (var row in wanted)
        {
            var name = row.GetProperty("name").GetString()!;
            using var tensor = weights.Read(name);
            Assert.Equal(row.Ids("shape"), tensor.shape);
            Assert.Equal((name, row.GetProperty("sha256").GetString()), (name, Convert.ToHexStringLower(SHA256.HashData(tensor.bytes))));
        }
    }

    [Fact]
    public void Logits_log_probabilities_and_hidden_states_equal_the_golden_ones()
    {
        using var noGrad = no_grad();
        using var lm = HuggingFaceFolder.Load(model.Folder);
        using var golden = SafetensorsFile.Open(SmolLm2.Golden("logits.safetensors"));
        var prompts = golden.Tensors.Keys.Where(name => name.EndsWith(".input_ids", StringComparison.Ordinal)).Select(name => name[..^10]).ToList();
        Assert.Equal(9, prompts.Count);
        var crossChecks = Shared.ReadJson(SmolLm2.Golden("cross-checks.json"));
        Assert.Contains(LongPrompt, prompts);
        foreach (var prompt in prompts)
        {
            using var scope = NewDisposeScope();
            var ids = golden.Read($"{prompt}.input_ids");
            var states = golden.Tensors.ContainsKey($"{prompt}.hidden.0") ? new List<Tensor>() : null;
            var logits = lm.Logits(lm.Hidden(ids.unsqueeze(0), states: states)[0]);
            var logprobs = LogitsGoldenTests.NextLogprobs(logits, ids);
            LogitsGoldenTests.AssertClose(golden.Read($"{prompt}.last_logits"), logits[^1], LogitsTolerance);
            LogitsGoldenTests.AssertClose(golden.Read($"{prompt}.next_logprobs"), logprobs, LogprobsTolerance);
            var seen = crossChecks.GetProperty("HF fp32 against float64, logits").GetProperty(prompt);
            double Seen(string number) => seen.GetProperty(number).GetDouble();
            HuggingFaceFp32.AssertNoFarther($"{prompt}: logits", [Seen("max_logit_diff"), Seen("max_logit_diff_sdpa")], LogitsGoldenTests.AssertClose(golden.Read($"{prompt}.last_logits.float64"), logits[^1], LogitsTolerance));
            HuggingFaceFp32.AssertNoFarther($"{prompt}: log-probabilities", [Seen("max_logprob_diff")], LogitsGoldenTests.AssertClose(golden.Read($"{prompt}.next_logprobs.float64"), logprobs, LogprobsTolerance));
            Assert.Equal((Seen("tokens"), Seen("argmax")), (ids.numel(), logits[^1].argmax().item<long>()));
            Assert.Equal(Seen("min_logit"), logits.min().item<float>(), LogitsTolerance);
            Assert.Equal(Seen("max_logit"), logits.max().item<float>(), LogitsTolerance);
            Assert.Equal(Seen("mean_next_logprob"), logprobs.mean().item<float>(), LogprobsTolerance);

            var worst = 0f;
            for (var i = 0; i < states?.Count; i++)
            {
                var wanted = golden.Read($"{prompt}.hidden.{i}");
                var relative = ((wanted - states[i][0]).abs().amax(-1) / wanted.norm(-1)).max().item<float>();
                Assert.True(relative <= HiddenTolerance, $"{prompt}: hidden {i}: {relative} of the row's norm, wanted at most {HiddenTolerance}");
                worst = Math.Max(worst, relative);
            }

            if (states is not null) HuggingFaceFp32.AssertNoFarther($"{prompt}: hidden states", [Seen("hidden_max_diff_relative_to_the_rows_norm")], worst);
        }
    }

    [Fact]
    public void The_config_equals_the_golden_one()
    {
        var golden = ModelConfigReader.Read(SmolLm2.Golden("config.json"));
        Assert.Equal(golden, ModelConfigReader.Read(Path.Combine(model.Folder, "config.json")));
        var (wanted, found) = (Shared.ReadJson(SmolLm2.Golden("config.json")), Shared.ReadJson(Path.Combine(model.Folder, "config.json")));
        foreach (var id in new[] { "bos_token_id", "eos_token_id", "pad_token_id" })
        {
            Assert.Equal(wanted.GetProperty(id).GetInt32(), found.GetProperty(id).GetInt32());
            Assert.Equal(wanted.GetProperty(id).GetInt32(), Shared.ReadJson(Path.Combine(model.Folder, "generation_config.json")).GetProperty(id).GetInt32());
        }
    }

    [Fact]
    public void The_tokenizer_equals_the_golden_one()
    {
        using var packed = new GZipStream(File.OpenRead(Shared.Golden("tokenizers/smollm2-tokenizer.json.gz")), CompressionMode.Decompress);
        var wanted = JsonNode.Parse(packed);
        Assert.True(JsonNode.DeepEquals(wanted, JsonNode.Parse(File.ReadAllText(Path.Combine(model.Folder, "tokenizer.json")))));
    }

    [Fact]
    public void The_tokenizers_config_equals_the_golden_one_but_for_what_the_file_does_not_hold()
    {
        var wanted = JsonNode.Parse(File.ReadAllText(Shared.Golden("tokenizers/smollm2-tokenizer_config.json")))!.AsObject();
        Assert.True(wanted.Remove("additional_special_tokens"));
        Assert.True(JsonNode.DeepEquals(wanted, JsonNode.Parse(File.ReadAllText(Path.Combine(model.Folder, "tokenizer_config.json")))));
    }

    [Fact]
    public async Task The_verb_writes_half_precision_where_asked_and_never_over_a_folder()
    {
        using var folder = new TemporaryFolder();
        var target = folder.In("half");
        var (code, output, error) = await WorkerCommandTests.RunAsync("import", SmolLm2.Source, target, "--dtype", "bfloat16");
        Assert.Equal((0, ""), (code, error));
        var json = JsonSerializer.Deserialize<JsonElement>(output);
        Assert.Equal(("bfloat16", 134_515_008), (json.GetProperty("dtype").GetString(), json.GetProperty("parameters").GetInt64()));
        Assert.Equal(target, json.GetProperty("folder").GetString());
        Assert.Equal("bfloat16", Shared.ReadJson(Path.Combine(target, "config.json")).GetProperty("torch_dtype").GetString());
        (code, output, error) = await WorkerCommandTests.RunAsync("import", SmolLm2.Source, target);
        Assert.Equal((2, "", $"{target}: exists already, wanted a new folder\n"), (code, output, error));
    }
}
