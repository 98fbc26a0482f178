using StepDpo.Contracts.Prompts;

namespace StepDpo.Contracts.Models;

/// <summary>What <c>stepdpo-worker inspect</c> and <c>import</c> print: one JSON object in <see cref="Runs.RunJson.Line"/>'s spelling.</summary>
public sealed record ModelDescription
{
    /// <summary>Hugging Face's class name, such as <c>Qwen2ForCausalLM</c>.</summary>
    public required string Architecture { get; init; }

    /// <summary>Number of weights.</summary>
    public required long Parameters { get; init; }

    /// <summary>Decoder layers.</summary>
    public required int Layers { get; init; }

    /// <summary>Width of the residual stream.</summary>
    public required int HiddenSize { get; init; }

    /// <summary>Rows of the embedding.</summary>
    public required int Vocabulary { get; init; }

    /// <summary>Largest number of tokens of a text.</summary>
    public required int ContextLength { get; init; }

    /// <summary>Type of the stored weights: float32, float16, bfloat16, or mixed.</summary>
    public required string Dtype { get; init; }

    /// <summary><see cref="ModelFolder.WeightsSha256"/>.</summary>
    public required string WeightsSha256 { get; init; }

    /// <summary>The folder, absolute.</summary>
    public required string Folder { get; init; }

    /// <summary>The prompt template that writes a problem as the model's own chat template does; null where it has none, or one that is not understood.</summary>
    public PromptTemplate? PromptTemplate { get; init; }

    /// <summary>What of the model's chat template is not understood: file, line, found and wanted.</summary>
    public string? ChatTemplateProblem { get; init; }
}
