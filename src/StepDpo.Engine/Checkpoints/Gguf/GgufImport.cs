using System.Text;
using StepDpo.Engine.Checkpoints.Folders;
using StepDpo.Engine.Checkpoints.Safetensors;
using StepDpo.Engine.Modeling;
using TorchSharp;

namespace StepDpo.Engine.Checkpoints.Gguf;

/// <summary>Turns a GGUF file (llama.cpp) of the llama or qwen2 architecture into a model folder in Hugging Face's layout.</summary>
public static class GgufImport
{
    /// <summary>Writes the folder; it appears as a whole or not at all. Everything but the weights' values is checked before the first byte is written.</summary>
    /// <param name="source">The GGUF file: F32, F16, BF16, Q8_0, Q5_0, Q5_1, Q4_0 or Q4_1.</param>
    /// <param name="target">The folder; it must not exist.</param>
    /// <param name="dtype">Type of the written weights; null: fp32, in which every stored value is exact.</param>
    /// <param name="largestShard">Bytes of a weight file at most.</param>
    /// <exception cref="InvalidDataException">The target exists, or the file breaks a rule or describes what is not supported; the message names file, key or tensor, found and wanted.</exception>
    /// <exception cref="IOException">The disk fails.</exception>
    public static void Run(string source, string target, torch.ScalarType? dtype = null, long largestShard = HuggingFaceFolder.DefaultLargestShard)
    {
        if (Path.Exists(target)) throw new InvalidDataException($"{target}: exists already, wanted a new folder");
        var type = dtype ?? torch.ScalarType.Float32;
        using var file = GgufFile.Open(source);
        var (config, generation) = (GgufConfig.Config(file, type), GgufConfig.Generation(file));
        var (tokenizer, tokenizerConfig) = (GgufTokenizer.Tokenizer(file), GgufTokenizer.Config(file));
        var model = ModelConfigReader.Parse(source, Encoding.UTF8.GetBytes(config.ToJsonString()));
        Check(file, model);
        var weights = CausalLm.Shapes(model)
            .Select(item => new PendingTensor(item.Name, type, item.Shape, () => Read(file, model, item.Name, type)))
            .ToList();
        DurableFile.CreateFolder(target, staging =>
        {
            FolderWriter.WriteJson(Path.Combine(staging, "config.json"), config);
            FolderWriter.WriteJson(Path.Combine(staging, "generation_config.json"), generation);
            FolderWriter.WriteJson(Path.Combine(staging, "tokenizer.json"), tokenizer, indented: false);
            FolderWriter.WriteJson(Path.Combine(staging, "tokenizer_config.json"), tokenizerConfig);
            FolderWriter.WriteWeights(staging, weights, largestShard);
        });
    }

    private static void Check(GgufFile file, ModelConfig config)
    {
        var known = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (name, shape) in CausalLm.Shapes(config))
        {
            var stored = GgufNames.Of(name);
            known.Add(stored);
            if (!file.Tensors.TryGetValue(stored, out var tensor)) throw new InvalidDataException($"{file.Path}: {stored}: found nothing, wanted {TensorEntry.Describe(shape)}");
            if (!tensor.Shape.AsSpan().SequenceEqual(shape)) throw new InvalidDataException($"{file.Path}: {stored}: found shape {TensorEntry.Describe(tensor.Shape)}, wanted {TensorEntry.Describe(shape)}");
        }

        if (file.Tensors.Keys.FirstOrDefault(name => !known.Contains(name)) is { } unknown)
            throw new InvalidDataException($"{file.Path}: {unknown}: found a tensor that {config.Architecture} with these metadata does not have");
    }

    private static torch.Tensor Read(GgufFile file, ModelConfig config, string name, torch.ScalarType dtype)
    {
        using var scope = torch.NewDisposeScope();
        var weight = file.Read(GgufNames.Of(name));
        var heads = HeadsToRestore(config, name);
        if (heads > 0) weight = RestoreHalves(weight, heads);
        weight = weight.to_type(dtype);
        if (!weight.isfinite().all().item<bool>())
            throw new InvalidDataException($"{file.Path}: {GgufNames.Of(name)}: found values that are infinite or not numbers in {dtype}, wanted finite ones");
        return weight.MoveToOuterDisposeScope();
    }

    private static int HeadsToRestore(ModelConfig config, string name) =>
        config.Architecture != "LlamaForCausalLM" ? 0
        : name.EndsWith(".q_proj.weight", StringComparison.Ordinal) ? config.Heads
        : name.EndsWith(".k_proj.weight", StringComparison.Ordinal) ? config.KeyValueHeads
        : 0;

    // llama.cpp turns neighbouring rows 2i and 2i + 1 of a head against each other, Hugging Face rows i and i + d/2; the
    // converter reordered the rows of q and k. Hugging Face's row j * d/2 + i of a head is the file's row 2i + j.
    private static torch.Tensor RestoreHalves(torch.Tensor weight, int heads)
    {
        var (rows, columns) = (weight.shape[0], weight.shape[1]);
        return weight.view(heads, rows / heads / 2, 2, columns).transpose(1, 2).reshape(rows, columns);
    }
}
