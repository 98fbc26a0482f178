using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace StepDpo.Contracts.Prompts;

/// <summary>
/// How a problem becomes the text that a model continues. The only renderer: sampling, rectification, evaluation and
/// training all use it, so a model is trained on exactly the text it was sampled from.
/// Source: templates of the Step-DPO reference code (<c>stepdpo_trainer</c> and <c>eval_math.py</c>).
/// </summary>
public sealed record PromptTemplate
{
    /// <summary>The placeholder that <see cref="Text"/> holds once.</summary>
    public const string Placeholder = "{problem}";

    /// <summary>What a chat model is asked: the problem, and in which form to answer it.</summary>
    public const string Question = Placeholder + "\nPlease reason step by step, and put your final answer within \\boxed{}.";

    /// <summary>Name as shown and stored, such as <c>qwen2-boxed</c>.</summary>
    public required string Name { get; init; }

    /// <summary>The text around the problem; holds <see cref="Placeholder"/> exactly once.</summary>
    public required string Text { get; init; }

    /// <summary>What stands between <see cref="Text"/> and the reasoning: nothing (qwen2-boxed), a line break (alpaca) or a space (deepseek-math).</summary>
    public string Separator { get; init; } = "";

    /// <summary>What the reasoning opens with before <c>Step 1:</c>; it belongs to <c>initial_reason_steps</c>.</summary>
    public string Opening { get; init; } = "Let's think step by step.\n";

    /// <summary>The start of the first step in a sampling prompt: the paper's has a space after the colon.</summary>
    public string FirstStep { get; init; } = "Step 1: ";

    /// <summary>What the model reads to sample a whole solution: everything up to <c>Step 1:</c>.</summary>
    public string ForSampling(string problem) => Render(problem) + Separator + Opening + FirstStep;

    /// <summary>What the model reads to go on from a prefix.</summary>
    /// <param name="problem">The bare problem.</param>
    /// <param name="initialReasonSteps">The opening, the correct steps and <c>Step k:</c>, as a <see cref="PreferenceExample"/> holds them.</param>
    public string ForContinuation(string problem, string initialReasonSteps) => Render(problem) + Separator + initialReasonSteps;

    /// <summary>Lower-case hex SHA-256 over every field but the name: equal hashes render equal texts.</summary>
    public string Sha256() => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(
        JsonSerializer.Serialize(new[] { Text, Separator, Opening, FirstStep }))));

    /// <summary>Says what is wrong with the template, or null.</summary>
    public Sentence? Problem()
    {
        var first = Text.IndexOf(Placeholder, StringComparison.Ordinal);
        if (first < 0) return $"The template must hold {Placeholder} once; it holds none.";
        if (Text.IndexOf(Placeholder, first + 1, StringComparison.Ordinal) >= 0) return $"The template must hold {Placeholder} once; it holds several.";
        if (FirstStep.TrimEnd(' ') != "Step 1:") return "The first step must be \"Step 1:\", with or without a space after it.";
        return null;
    }

    // Not string.Replace on the whole: a problem that holds "{problem}" itself must stay as written.
    private string Render(string problem)
    {
        var at = Text.IndexOf(Placeholder, StringComparison.Ordinal);
        if (at < 0) throw new InvalidOperationException($"template {Name}: found no {Placeholder}, wanted one");
        return string.Concat(Text.AsSpan(0, at), problem, Text.AsSpan(at + Placeholder.Length));
    }

    /// <summary>Qwen2 and Qwen2.5 Instruct: the paper's main template.</summary>
    public static PromptTemplate Qwen2Boxed { get; } = new()
    {
        Name = "qwen2-boxed",
        Text = "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n<|im_start|>user\n" + Question + "<|im_end|>\n<|im_start|>assistant\n",
    };

    /// <summary>The Alpaca form of the paper's SFT models.</summary>
    public static PromptTemplate Alpaca { get; } = new()
    {
        Name = "alpaca",
        Text = "Below is an instruction that describes a task. Write a response that appropriately completes the request.\n\n### Instruction:\n{problem}\n\n### Response:",
        Separator = "\n",
    };

    /// <summary>DeepSeekMath-RL.</summary>
    public static PromptTemplate DeepSeekMath { get; } = new()
    {
        Name = "deepseek-math",
        Text = "User: " + Question + "\n\nAssistant:",
        Separator = " ",
    };

    /// <summary>SmolLM2 Instruct: its own ChatML with its own default system message.</summary>
    public static PromptTemplate SmolLm2 { get; } = new()
    {
        Name = "smollm2",
        Text = "<|im_start|>system\nYou are a helpful AI assistant named SmolLM, trained by Hugging Face<|im_end|>\n<|im_start|>user\n" + Question + "<|im_end|>\n<|im_start|>assistant\n",
    };

    /// <summary>Qwen3: ChatML without a system message.</summary>
    public static PromptTemplate Qwen3 { get; } = new()
    {
        Name = "qwen3",
        Text = "<|im_start|>user\n" + Question + "<|im_end|>\n<|im_start|>assistant\n<think>\n\n</think>\n\n",
    };

    /// <summary>Llama 3 Instruct: its header format.</summary>
    public static PromptTemplate Llama3 { get; } = new()
    {
        Name = "llama3",
        Text = "<|begin_of_text|><|start_header_id|>user<|end_header_id|>\n\n" + Question + "<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n",
    };

    /// <summary>The demo's arithmetic model.</summary>
    public static PromptTemplate NanoArithmetic { get; } = new()
    {
        Name = "nano-arithmetic",
        Text = "{problem}\nSolve it step by step.\n",
        Opening = "",
        FirstStep = "Step 1:",
    };

    /// <summary>All templates that ship, in the order in which forms list them.</summary>
    public static IReadOnlyList<PromptTemplate> BuiltIn { get; } =
        [Qwen2Boxed, Alpaca, DeepSeekMath, SmolLm2, Qwen3, Llama3, NanoArithmetic];
}
