namespace StepDpo.Engine.Optimization;

/// <summary>
/// A loss, a gradient or a weight is not a finite number. Found in the loss or in the gradient, the weights are those of the step
/// before. Another attempt would meet the same.
/// </summary>
public sealed class TrainingDivergedException(string message) : Exception(message);
