using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using StepDpo.Contracts;
using StepDpo.Contracts.Runs;

namespace StepDpo.Worker.Training;

/// <summary>
/// The same run for TRL 1.x: <c>trl.yaml</c> and <c>trl.jsonl</c>. TRL knows neither the template nor the steps before k, so the
/// prompts are rendered here.
/// </summary>
internal static class TrlFiles
{
    private static readonly JsonSerializerOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static void Write(RunFolder folder, RunDescription description, string modelFolder, IEnumerable<PreferenceExample> pairs)
    {
        using (var writer = new StreamWriter(folder.TrlPairs, append: false, new UTF8Encoding(false)) { NewLine = "\n" })
        {
            foreach (var pair in pairs) writer.WriteLine(JsonSerializer.Serialize(Row(pair, description), Json));
        }

        File.WriteAllText(folder.TrlConfig, Config(description, modelFolder));
    }

    private static Dictionary<string, string> Row(PreferenceExample pair, RunDescription description)
    {
        var problem = description.Template.ForContinuation(pair.Prompt, "");
        return description.Options.Loss switch
        {
            LossKind.StepDpo => new() { ["prompt"] = problem + pair.InitialReasonSteps, ["chosen"] = pair.Chosen, ["rejected"] = pair.Rejected },
            LossKind.Dpo => new() { ["prompt"] = problem, ["chosen"] = pair.InitialReasonSteps + pair.FullChosen, ["rejected"] = pair.InitialReasonSteps + pair.FullRejected },
            LossKind.Sft => new() { ["prompt"] = problem, ["completion"] = pair.InitialReasonSteps + pair.FullChosen },
            _ => throw new ArgumentOutOfRangeException(nameof(description), description.Options.Loss, "an unknown loss"),
        };
    }

    private static string Config(RunDescription description, string modelFolder)
    {
        var options = description.Options;
        var trainer = options.Loss == LossKind.Sft ? "sft" : "dpo";
        var schedule = options.Schedule switch
        {
            ScheduleKind.Cosine => "cosine",
            ScheduleKind.Linear => "linear",
            ScheduleKind.ConstantWithWarmup => "constant_with_warmup",
            _ => throw new ArgumentOutOfRangeException(nameof(description), options.Schedule, "an unknown schedule"),
        };
        return string.Create(CultureInfo.InvariantCulture, $"""
            # The run as TRL 1.x would do it. In this folder: trl {trainer} --config trl.yaml
            # TRL differs in these points: it appends the end token to every answer; it cuts at max_length only{Unlike(options)}.
            model_name_or_path: {JsonSerializer.Serialize(modelFolder, Json)}
            datasets:
              - path: json
                data_files: trl.jsonl
            output_dir: trl-output
            {LossLines(options)}{AdapterLines(options.Lora)}
            learning_rate: {options.LearningRate:0.################}
            lr_scheduler_type: {schedule}
            warmup_steps: {options.WarmupRatio}
            per_device_train_batch_size: {options.MicroBatchSize}
            gradient_accumulation_steps: {(options.BatchSize + options.MicroBatchSize - 1) / options.MicroBatchSize}
            num_train_epochs: {options.Epochs}
            weight_decay: {options.WeightDecay}
            adam_beta1: {options.AdamBeta1}
            adam_beta2: {options.AdamBeta2}
            adam_epsilon: {options.AdamEpsilon:0.################}
            max_grad_norm: {options.MaxGradNorm}
            max_length: {options.MaxLength}
            seed: {options.Seed}
            gradient_checkpointing: false
            bf16: {(options.Precision == Precision.BFloat16 ? "true" : "false")}
            logging_steps: 1

            """);
    }

    private static string LossLines(TrainingOptions options)
    {
        if (options.Loss == LossKind.Sft) return "completion_only_loss: true";
        var formula = options.Formula switch
        {
            PreferenceFormula.Sigmoid => "sigmoid",
            PreferenceFormula.Ipo or PreferenceFormula.IpoOfSums => "ipo",
            PreferenceFormula.Hinge => "hinge",
            _ => throw new ArgumentOutOfRangeException(nameof(options), options.Formula, "an unknown formula"),
        };
        var lines = string.Create(CultureInfo.InvariantCulture, $"beta: {options.Beta}\nloss_type: [{formula}{(options.SftWeight > 0 ? ", sft" : "")}]");
        if (options.SftWeight > 0) lines += string.Create(CultureInfo.InvariantCulture, $"\nloss_weights: [1, {options.SftWeight}]");
        if (options.LabelSmoothing > 0) lines += string.Create(CultureInfo.InvariantCulture, $"\nlabel_smoothing: {options.LabelSmoothing}");
        return lines;
    }

    private static string AdapterLines(LoraOptions? lora) => lora is null ? "" : string.Create(
        CultureInfo.InvariantCulture,
        $"\nuse_peft: true\nlora_r: {lora.Rank}\nlora_alpha: {lora.Alpha}\nlora_dropout: 0\nlora_target_modules: [{string.Join(", ", lora.TargetNames())}]\nuse_rslora: {(lora.RankStabilised ? "true" : "false")}");

    private static string Unlike(TrainingOptions options) =>
        (options.Formula == PreferenceFormula.IpoOfSums ? "; its IPO averages over tokens" : "")
        + (options.LabelSmoothing > 0 ? "; it does not apply label smoothing to the sigmoid" : "");
}
