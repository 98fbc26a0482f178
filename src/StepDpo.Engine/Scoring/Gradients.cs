using TorchSharp.Modules;
using static TorchSharp.torch;

namespace StepDpo.Engine.Scoring;

/// <summary>Gradients that are added to by hand, beside those that autograd adds.</summary>
internal static class Gradients
{
    /// <summary>A parameter's gradient; 0 where it has none yet. Belongs to the parameter.</summary>
    public static Tensor Of(Parameter parameter)
    {
        if (parameter.grad is { } gradient) return gradient;
        parameter.grad = zeros_like(parameter, requires_grad: false);
        return parameter.grad!;
    }
}
