using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using StepDpo.Contracts.Prompts;

namespace StepDpo.Contracts.Runs;

/// <summary><c>run.json</c>: what a training run is to do. Written once before the worker starts, never changed.</summary>
public sealed record RunDescription
{
    /// <summary>Version of the folder's layout.</summary>
    public int Version { get; init; } = 1;

    /// <summary>The run's name, as the site shows it.</summary>
    public required string Name { get; init; }

    /// <summary>Folder of the model to start from; relative paths are relative to the run folder. It is also the reference model.</summary>
    public required string ModelFolder { get; init; }

    /// <summary>SHA-256 of that model's weights; the worker refuses others. Null: not checked.</summary>
    public string? ModelSha256 { get; init; }

    /// <summary>SHA-256 of <c>pairs.jsonl</c>'s bytes; the worker refuses others.</summary>
    public required string PairsSha256 { get; init; }

    /// <summary>How prompts are rendered: the template that the pairs were sampled with.</summary>
    public required PromptTemplate Template { get; init; }

    /// <summary>What to compute.</summary>
    public required TrainingOptions Options { get; init; }
}

/// <summary>
/// State of a run's worker. It is the last word of a process: whether that process still lives is a question to
/// <see cref="ProcessIdentity.IsAlive"/>, not to this. <c>Starting</c> or <c>Running</c> with a dead owner is a worker that crashed
/// or was killed: start the next attempt, it goes on from the newest checkpoint.
/// </summary>
public enum WorkerState
{
    /// <summary>Reading its input, scoring the pairs with the reference model, loading a checkpoint.</summary>
    Starting,

    /// <summary>Training.</summary>
    Running,

    /// <summary>Stopped on request (stop file, SIGTERM, SIGINT) with a checkpoint of the last step done; exit code 0. The next attempt goes on.</summary>
    Stopped,

    /// <summary>All steps done and the final checkpoint published; exit code 0, and every later attempt ends at once with 0.</summary>
    Succeeded,

    /// <summary>Ended by an error that a restart would meet again: bad input, a loss that is not a number, no room on the disk. <see cref="WorkerStatus.Message"/> says which. Exit code 2.</summary>
    Failed,
}

/// <summary><c>status.json</c>: the worker's last word, replaced atomically.</summary>
public sealed record WorkerStatus
{
    /// <summary>What the worker is doing.</summary>
    public required WorkerState State { get; init; }

    /// <summary>Fencing number of the attempt that wrote this.</summary>
    public required int Attempt { get; init; }

    /// <summary>Process id of the worker.</summary>
    public required int Pid { get; init; }

    /// <summary>Optimiser steps done.</summary>
    public int Step { get; init; }

    /// <summary>Optimiser steps in all.</summary>
    public int TotalSteps { get; init; }

    /// <summary>Plain text: what is under way, or why the run failed.</summary>
    public string? Message { get; init; }

    /// <summary>When this was written.</summary>
    public DateTimeOffset At { get; init; }
}

/// <summary><c>lock</c>: who owns the folder. The file itself is held by an exclusive advisory lock while the worker lives.</summary>
/// <param name="Pid">Process id.</param>
/// <param name="StartedAt">Start of the process, in clock ticks since boot (field 22 of <c>/proc/PID/stat</c>): tells a reused pid.</param>
/// <param name="Attempt">Fencing number; a worker with a lower one is refused.</param>
public sealed record RunLock(int Pid, long StartedAt, int Attempt);

/// <summary>A line of <c>metrics.jsonl</c>; names are TRL's. An object a step; validation fields only where it ran.</summary>
public sealed record StepMetrics
{
    /// <summary>Optimiser step, from 1.</summary>
    [JsonPropertyName("step")] public required int Step { get; init; }

    /// <summary>Passes over the data, as a fraction.</summary>
    [JsonPropertyName("epoch")] public double Epoch { get; init; }

    /// <summary>Mean loss of the step's pairs.</summary>
    [JsonPropertyName("loss")] public double Loss { get; init; }

    /// <summary>Norm of the gradient before clipping.</summary>
    [JsonPropertyName("grad_norm")] public double GradNorm { get; init; }

    /// <summary>Rate used in this step.</summary>
    [JsonPropertyName("learning_rate")] public double LearningRate { get; init; }

    /// <summary>Mean of beta * (log pi - log ref) over winners.</summary>
    [JsonPropertyName("rewards/chosen"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public double? RewardsChosen { get; init; }

    /// <summary>The same over losers.</summary>
    [JsonPropertyName("rewards/rejected"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public double? RewardsRejected { get; init; }

    /// <summary>Share of pairs whose margin is above 0; ties count as wrong.</summary>
    [JsonPropertyName("rewards/accuracies"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public double? RewardsAccuracies { get; init; }

    /// <summary>Mean of reward(chosen) - reward(rejected).</summary>
    [JsonPropertyName("rewards/margins"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public double? RewardsMargins { get; init; }

    /// <summary>Mean summed log-probability of the winners under the policy.</summary>
    [JsonPropertyName("logps/chosen"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public double? LogpsChosen { get; init; }

    /// <summary>The same of the losers.</summary>
    [JsonPropertyName("logps/rejected"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public double? LogpsRejected { get; init; }

    /// <summary>Tokens read in this step.</summary>
    [JsonPropertyName("num_tokens")] public long NumTokens { get; init; }

    /// <summary>Seconds that this step took.</summary>
    [JsonPropertyName("step_seconds")] public double StepSeconds { get; init; }

    /// <summary>Mean loss on the validation pairs.</summary>
    [JsonPropertyName("eval_loss"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public double? EvalLoss { get; init; }

    /// <summary>Share of validation pairs whose margin is above 0.</summary>
    [JsonPropertyName("eval_rewards/accuracies"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public double? EvalRewardsAccuracies { get; init; }

    /// <summary>Mean margin on the validation pairs.</summary>
    [JsonPropertyName("eval_rewards/margins"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public double? EvalRewardsMargins { get; init; }
}

/// <summary><c>checkpoints/step-NNNNNN/manifest.json</c>: written last; a folder without it does not count.</summary>
public sealed record CheckpointManifest
{
    /// <summary>Optimiser steps done.</summary>
    public required int Step { get; init; }

    /// <summary>SHA-256 of each file in the folder, by name.</summary>
    public required IReadOnlyDictionary<string, string> Files { get; init; }

    /// <summary>SHA-256 of the weights as <c>LanguageModel</c>s are known by.</summary>
    public required string WeightsSha256 { get; init; }

    /// <summary>Validation loss of these weights, where the run validated at this step. The lowest marks the best checkpoint.</summary>
    public double? EvalLoss { get; init; }
}

/// <summary>How every JSON file of a run folder is written and read: camelCase names, enums as text, readable characters.</summary>
public static class RunJson
{
    /// <summary>For whole files.</summary>
    public static JsonSerializerOptions Indented { get; } = Create(indented: true);

    /// <summary>For lines.</summary>
    public static JsonSerializerOptions Line { get; } = Create(indented: false);

    private static JsonSerializerOptions Create(bool indented) => new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        WriteIndented = indented,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter() },
        RespectRequiredConstructorParameters = true,
    };
}
