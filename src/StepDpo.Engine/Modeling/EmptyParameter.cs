using TorchSharp.Modules;
using static TorchSharp.torch;

namespace StepDpo.Engine.Modeling;

/// <summary>Makes parameters without initial values: they come from a checkpoint.</summary>
internal static class EmptyParameter
{
    /// <summary>One that belongs to its module alone: a dispose scope around the model's construction does not take it away.</summary>
    public static Parameter Create(long[] shape, ScalarType dtype, Device device)
    {
        var parameter = new Parameter(empty(shape, dtype: dtype, device: device), requires_grad: false);
        parameter.DetachFromDisposeScope();
        return parameter;
    }
}
