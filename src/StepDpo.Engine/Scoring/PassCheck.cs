using System.Globalization;
using StepDpo.Engine.Devices;
using StepDpo.Engine.Examples;
using StepDpo.Engine.Modeling;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace StepDpo.Engine.Scoring;

/// <summary>
/// The same answers scored by the fast pass and by the plain one, as each run does at its start: what a test has shown on small
/// models is seen to hold for this model, these tokens and this machine.
/// </summary>
/// <param name="LogProbs">Largest difference of a summed log-probability, relative to its size or to 1.</param>
/// <param name="Gradient">Largest difference of a gradient's element, relative to the largest element; null where no parameter asks for one.</param>
/// <param name="Tolerance">What both may be at most.</param>
public sealed record PassCheck(double LogProbs, double? Gradient, double Tolerance)
{
    /// <summary>Both differences are within the tolerance (and numbers).</summary>
    public bool Holds => LogProbs <= Tolerance && (Gradient ?? 0) <= Tolerance;

    /// <summary>The finding in a sentence.</summary>
    public string Sentence => string.Create(
        CultureInfo.InvariantCulture,
        $"The first pairs were computed both ways, fast and plain: log-probabilities differ by {LogProbs:G2}{(Gradient is { } gradient ? $", gradients by {gradient.ToString("G2", CultureInfo.InvariantCulture)}" : "")} of their size; {Tolerance:G2} is allowed.");

    /// <summary>Scores both ways; the parameters' gradients are 0 afterwards.</summary>
    /// <param name="model">The model.</param>
    /// <param name="trained">Parameters whose gradients are compared.</param>
    /// <param name="chosen">The winner of each row.</param>
    /// <param name="rejected">The losers, as many; null where there are none.</param>
    /// <param name="fast">The pass that is held against <see cref="SequencePass"/>.</param>
    public static PassCheck Of(
        CausalLm model, IReadOnlyList<Parameter> trained, IReadOnlyList<AnswerTokens> chosen, IReadOnlyList<AnswerTokens>? rejected, ScoringPass fast)
    {
        using var scope = NewDisposeScope();
        var tolerance = ToleranceOf(model.Dtype);
        Clear(trained);
        var found = fast(model, chosen, rejected);
        BackwardFrom(found, 1);
        var largest = LargestGradient(trained);
        // The plain pass's gradient is taken away from the fast one's: what stays is the difference, in no more memory than one gradient.
        var wanted = SequencePass.Of(model, chosen, rejected);
        BackwardFrom(wanted, -1);
        double? ofGradient = LargestGradient(trained) is { } off ? off / Math.Max(largest ?? 0, 1e-6) : null;
        Clear(trained);
        return new PassCheck(Math.Max(Off(found.Chosen, wanted.Chosen), Off(found.Rejected, wanted.Rejected)), ofGradient, tolerance);
    }

    /// <summary>
    /// What may differ, relative to its size. A wrong pass is off by more than a hundredth; rounding in another order, over many
    /// layers, by some 1e-5, in bf16's 8 bits by some 1e-2.
    /// </summary>
    /// <param name="dtype">The model's.</param>
    public static double ToleranceOf(ScalarType dtype) => dtype is ScalarType.Float32 or ScalarType.Float64 ? 1e-3 : 5e-2;

    private static void BackwardFrom(AnswerScores scores, double sign)
    {
        if (!scores.Chosen.requires_grad) return;
        // Not their difference: of two like sides it has no gradient.
        var mean = scores.Rejected is { } rejected ? scores.Chosen.add(rejected, Scalars.Of(0.5)).mean() : scores.Chosen.mean();
        (Scalars.Of(sign) * mean).backward();
        scores.Backward();
    }

    private static double Off(Tensor? found, Tensor? wanted)
    {
        if (found is null || wanted is null) return 0;
        using var noGrad = no_grad();
        return ((found - wanted).abs() / wanted.abs().clamp_min(Scalars.One)).max().item<double>();
    }

    // In place: a gradient may be a part of a larger tensor that must stay it.
    private static void Clear(IReadOnlyList<Parameter> trained)
    {
        foreach (var parameter in trained) parameter.grad?.zero_();
    }

    private static double? LargestGradient(IReadOnlyList<Parameter> trained)
    {
        using var scope = NewDisposeScope();
        var gradients = trained.Select(parameter => parameter.grad).OfType<Tensor>().ToList();
        return gradients.Count == 0 ? null : stack([.. gradients.Select(gradient => gradient.abs().max().to_type(ScalarType.Float64))]).max().item<double>();
    }
}
