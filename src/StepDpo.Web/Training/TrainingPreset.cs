using StepDpo.Contracts.Runs;

namespace StepDpo.Web.Training;

/// <summary>A named set of training options.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Words">What it sets, in a line.</param>
/// <param name="Options">The options.</param>
public sealed record TrainingPreset(string Name, string Words, TrainingOptions Options)
{
    /// <summary>The paper's two, and the one that suits the small arithmetic model of the demo.</summary>
    public static IReadOnlyList<TrainingPreset> All =>
    [
        new(T("Paper, 7B"), T("Beta 0.5, peak rate 5e-7, 8 epochs of 128 pairs a step"), new TrainingOptions()),
        new(T("Paper, over 30B"), T("Beta 0.4, peak rate 5e-7, 4 epochs of 128 pairs a step"), new TrainingOptions { Beta = 0.4, Epochs = 4 }),
        new(T("Small model"), T("The demo's arithmetic model: beta 2, peak rate 1e-4, 4 epochs of 32 pairs a step"),
            new TrainingOptions { Beta = 2, LearningRate = 1e-4, Epochs = 4, BatchSize = 32, MicroBatchSize = 32, CheckpointEverySteps = 40, ValidateEverySteps = 0 }),
    ];
}
