using StepDpo.Engine.Devices;
using static TorchSharp.torch;

namespace StepDpo.Engine.Optimization;

/// <summary>Clipping by the norm of the whole gradient, as <c>torch.nn.utils.clip_grad_norm_</c> does it.</summary>
internal static class GradientClipping
{
    /// <summary>The Euclidean norm over all gradients together.</summary>
    /// <param name="flat">Gradients as <see cref="FlatParameters"/> lays them out.</param>
    public static double Norm(IEnumerable<Tensor> flat)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        return cat([.. flat.Select(FlatParameters.RowNorms)]).norm().item<float>();
    }

    /// <summary>Multiplies all gradients by max / (norm + 1e-6) where that is below 1.</summary>
    public static void Clip(IEnumerable<Tensor> flat, double norm, double max)
    {
        var factor = max / (norm + 1e-6);
        if (factor >= 1) return;
        var scale = Scalars.Of(factor);
        using var noGrad = no_grad();
        foreach (var gradients in flat) gradients.mul_(scale);
    }
}
