using TorchSharp;

namespace StepDpo.Engine.Modeling;

/// <summary>
/// Shape and constants of a model of the Llama family, as Hugging Face's <c>config.json</c> gives them
/// (<see cref="ModelConfigReader"/> reads both its styles).
/// </summary>
public sealed record ModelConfig
{
    /// <summary>Hugging Face's class name, such as <c>Qwen2ForCausalLM</c>.</summary>
    public required string Architecture { get; init; }

    /// <summary>Rows of the embedding and of the head; may exceed the tokenizer's vocabulary.</summary>
    public required int VocabularySize { get; init; }

    /// <summary>Width of the residual stream.</summary>
    public required int HiddenSize { get; init; }

    /// <summary>Width inside the feed-forward blocks.</summary>
    public required int IntermediateSize { get; init; }

    /// <summary>Number of decoder layers.</summary>
    public required int Layers { get; init; }

    /// <summary>Query heads.</summary>
    public required int Heads { get; init; }

    /// <summary>Key and value heads; each serves <c>Heads / KeyValueHeads</c> query heads.</summary>
    public required int KeyValueHeads { get; init; }

    /// <summary>Width of a head; not always <c>HiddenSize / Heads</c>.</summary>
    public required int HeadDim { get; init; }

    /// <summary>Largest number of tokens that the model was made for (its sliding window, where it has one).</summary>
    public required int ContextLength { get; init; }

    /// <summary>Added under the root in RMSNorm.</summary>
    public required double RmsNormEpsilon { get; init; }

    /// <summary>Base of the rotary wave lengths.</summary>
    public required double RopeTheta { get; init; }

    /// <summary>Llama 3's scaling of the waves, where the model uses it.</summary>
    public RopeScaling? RopeScaling { get; init; }

    /// <summary>The head is the embedding; the file holds no <c>lm_head.weight</c>.</summary>
    public required bool TieWordEmbeddings { get; init; }

    /// <summary>Query, key and value projections have biases.</summary>
    public bool QueryKeyValueBias { get; init; }

    /// <summary>The attention's output projection has a bias.</summary>
    public bool OutputBias { get; init; }

    /// <summary>The feed-forward projections have biases.</summary>
    public bool FeedForwardBias { get; init; }

    /// <summary>Queries and keys are normalised per head before the rotation (Qwen3).</summary>
    public bool QueryKeyNorm { get; init; }

    /// <summary>Type that the file's author trained in; null where the config is silent. The tensors' own types decide on reading.</summary>
    public torch.ScalarType? Dtype { get; init; }
}
