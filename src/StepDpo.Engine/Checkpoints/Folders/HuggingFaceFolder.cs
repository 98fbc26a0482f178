using StepDpo.Contracts.Models;
using StepDpo.Contracts.Prompts;
using StepDpo.Engine.Checkpoints.Safetensors;
using StepDpo.Engine.Modeling;
using TorchSharp;

namespace StepDpo.Engine.Checkpoints.Folders;

/// <summary>A model as Hugging Face lays it out: <c>config.json</c>, weights, tokenizer files.</summary>
public static class HuggingFaceFolder
{
    /// <summary>Bytes of a weight file at most, if nothing else is asked for: 5 GB, as Hugging Face.</summary>
    public const long DefaultLargestShard = 5_000_000_000;

    private const string Head = "lm_head.weight";
    private const string EmbeddingName = "model.embed_tokens.weight";

    /// <summary>
    /// Loads a model. Everything is checked before anything is allocated: each tensor that the config demands is there with its
    /// shape, none is unknown. The weights may be fp32, fp16 or bf16 and are converted to <paramref name="dtype"/>.
    /// </summary>
    /// <param name="folder">The model's folder.</param>
    /// <param name="dtype">Type to compute in; null: fp32.</param>
    /// <param name="device">Where to; null: the CPU.</param>
    /// <exception cref="InvalidDataException">A file is missing, malformed or does not fit the config, or a weight is not finite; the message names file, tensor, found and wanted.</exception>
    public static CausalLm Load(string folder, torch.ScalarType? dtype = null, torch.Device? device = null)
    {
        var config = ModelConfigReader.Read(Path.Combine(folder, "config.json"));
        return Load(folder, config, dtype ?? torch.ScalarType.Float32, device ?? torch.CPU);
    }

    /// <summary>The same with a config from elsewhere.</summary>
    /// <exception cref="InvalidDataException">As for the other form.</exception>
    public static CausalLm Load(string folder, ModelConfig config, torch.ScalarType dtype, torch.Device device)
    {
        using var weights = WeightFiles.Open(folder);
        Check(weights, config);
        var model = new CausalLm(config, dtype, device);
        try
        {
            foreach (var (name, parameter) in model.NamedParameters()) Fill(weights, name, parameter);
            CheckTiedHead(weights, config, model);
            return model;
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>Checks a folder as <see cref="Load(string, torch.ScalarType?, torch.Device?)"/> does, without reading the weights' values, and says what it holds.</summary>
    /// <exception cref="InvalidDataException">A file is missing, malformed or does not fit the config.</exception>
    public static ModelDescription Describe(string folder)
    {
        var config = ModelConfigReader.Read(Path.Combine(folder, "config.json"));
        using var weights = WeightFiles.Open(folder);
        Check(weights, config);
        var shapes = CausalLm.Shapes(config);
        var (template, problem) = FittingTemplate(folder);
        var dtypes = shapes.Select(item => weights.Find(item.Name)!.Dtype).Distinct().ToList();
        return new ModelDescription
        {
            Architecture = config.Architecture,
            Parameters = shapes.Sum(item => item.Shape.Aggregate(1L, (product, size) => product * size)),
            Layers = config.Layers,
            HiddenSize = config.HiddenSize,
            Vocabulary = config.VocabularySize,
            ContextLength = config.ContextLength,
            Dtype = dtypes is [var one] ? TensorDtype.ConfigNameOf(one) : "mixed",
            WeightsSha256 = ModelFolder.WeightsSha256(folder),
            Folder = Path.GetFullPath(folder),
            PromptTemplate = template,
            ChatTemplateProblem = problem,
        };
    }

    // A model whose chat template is not understood can be used all the same: with a prompt template that somebody chose.
    private static (PromptTemplate? Fitting, string? Problem) FittingTemplate(string folder)
    {
        try
        {
            return (ChatTemplate.Of(folder)?.Fitting(), null);
        }
        catch (InvalidDataException e)
        {
            return (null, e.Message);
        }
    }

    /// <summary>
    /// Writes a model into a folder: its weights, and beside them the config, generation and tokenizer files of the folder that
    /// it came from, byte for byte. Each file is written atomically, the weights last. For a folder that appears as a whole,
    /// call this from <see cref="DurableFile.CreateFolder"/>.
    /// </summary>
    /// <param name="model">The model.</param>
    /// <param name="sourceFolder">The folder that the model came from.</param>
    /// <param name="targetFolder">The folder to write into; it exists and holds no weights.</param>
    /// <param name="largestShard">Bytes of a weight file at most; more are spread over shards.</param>
    /// <param name="adapter">An adapter on the model; it is worked into the weights that are written, the model stays as it is.</param>
    /// <exception cref="IOException">The target holds weights already, or the disk fails.</exception>
    public static void Save(CausalLm model, string sourceFolder, string targetFolder, long largestShard = DefaultLargestShard, LoraAdapter? adapter = null)
    {
        FolderWriter.WriteCompanions(sourceFolder, targetFolder, model.Dtype);
        FolderWriter.WriteWeights(targetFolder, [.. model.NamedParameters().Select(item => Pending(item.Name, item.Parameter, adapter))], largestShard);
    }

    private static PendingTensor Pending(string name, torch.Tensor weight, LoraAdapter? adapter) =>
        new(name, weight.dtype, weight.shape, () => adapter?.Merged(name, weight) ?? weight);

    private static void Check(WeightFiles weights, ModelConfig config)
    {
        var wanted = CausalLm.Shapes(config);
        foreach (var (name, shape) in wanted) CheckTensor(weights, name, shape);
        if (config.TieWordEmbeddings && weights.Find(Head) is not null) CheckTensor(weights, Head, [config.VocabularySize, config.HiddenSize]);
        var known = wanted.Select(item => item.Name).ToHashSet(StringComparer.Ordinal);
        if (weights.Names.FirstOrDefault(name => !known.Contains(name) && !IsHarmless(name, config)) is { } unknown)
            throw new InvalidDataException($"{weights.Home(unknown)}: {unknown}: found a tensor that {config.Architecture} with this config does not have");
    }

    private static void CheckTensor(WeightFiles weights, string name, long[] shape)
    {
        var found = weights.Find(name) ?? throw new InvalidDataException($"{weights.Home(name)}: {name}: found nothing, wanted {TensorEntry.Describe(shape)}");
        if (!found.Shape.SequenceEqual(shape))
            throw new InvalidDataException($"{weights.Home(name)}: {name}: found shape {found.ShapeText}, wanted {TensorEntry.Describe(shape)}");
        if (!TensorDtype.IsWeight(found.Dtype))
            throw new InvalidDataException($"{weights.Home(name)}: {name}: found {TensorDtype.NameOf(found.Dtype)}, wanted F32, F16 or BF16");
    }

    // Llama 2's files hold the rotary frequencies, which follow from the config; Qwen3's small ones hold the tied head again.
    private static bool IsHarmless(string name, ModelConfig config) =>
        name.EndsWith(".self_attn.rotary_emb.inv_freq", StringComparison.Ordinal) || (config.TieWordEmbeddings && name == Head);

    private static void Fill(WeightFiles weights, string name, torch.Tensor parameter)
    {
        weights.ReadInto(name, parameter);
        using var scope = torch.NewDisposeScope();
        if (!parameter.isfinite().all().item<bool>())
            throw new InvalidDataException($"{weights.Home(name)}: {name}: found values that are infinite or not numbers in {parameter.dtype}, wanted finite ones");
    }

    private static void CheckTiedHead(WeightFiles weights, ModelConfig config, CausalLm model)
    {
        if (!config.TieWordEmbeddings || weights.Find(Head) is null) return;
        using var scope = torch.NewDisposeScope();
        var embedding = model.NamedParameters().Single(item => item.Name == EmbeddingName).Parameter;
        var head = torch.empty_like(embedding);
        weights.ReadInto(Head, head);
        if (!head.eq(embedding).all().item<bool>()) throw new InvalidDataException($"{weights.Home(Head)}: {Head}: found other values than in {EmbeddingName}, wanted the same: the config ties them");
    }
}
