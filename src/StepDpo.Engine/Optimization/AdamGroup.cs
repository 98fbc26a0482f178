using static TorchSharp.torch;

namespace StepDpo.Engine.Optimization;

/// <summary>
/// Parameters of the same decay, and what AdamW keeps of them: two moments, and copies of the weights where steps cannot be taken on
/// the parameters themselves. That is so in two cases. A model in bf16 has 8 bits a weight, which a step of a usual rate does not
/// reach: the copies, in fp32, take the steps and the parameters are what they round to (mixed precision; Micikevicius et al. 2018).
/// And the state of a model may not fit the device (ZeRO-Offload; Ren et al. 2021): then copies and moments lie on the CPU,
/// gradients are brought there, the step is taken there, and the weights are brought back: the same numbers.
/// </summary>
internal sealed class AdamGroup : IDisposable
{
    // Numbers that are brought over or widened at a time, a multiple of a row of FlatParameters: 64 MB in fp32.
    private const long Portion = 1 << 24;

    /// <summary>Copies where it must; the tensors are detached from any scope and live as long as this.</summary>
    /// <param name="decay">Their weight decay.</param>
    /// <param name="parameters">The parameters, which this owns from now on.</param>
    /// <param name="home">Where copies and moments lie; null: with the parameters.</param>
    public AdamGroup(double decay, FlatParameters parameters, Device? home)
    {
        (Decay, Parameters) = (decay, parameters);
        using var noGrad = no_grad();
        Weights = IsRounded || home is not null
            ? parameters.Values.to(IsRounded ? ScalarType.Float32 : parameters.Values.dtype, home ?? parameters.Values.device, copy: true).DetachFromDisposeScope()
            : parameters.Values;
        First = zeros_like(Weights).DetachFromDisposeScope();
        Second = zeros_like(Weights).DetachFromDisposeScope();
    }

    /// <summary>The weight decay.</summary>
    public double Decay { get; }

    /// <summary>The parameters and their gradients.</summary>
    public FlatParameters Parameters { get; }

    /// <summary>What steps are taken on, laid out as <see cref="FlatParameters.Values"/>: those values themselves, or the copies.</summary>
    public Tensor Weights { get; }

    /// <summary>The first moment, laid out alike.</summary>
    public Tensor First { get; }

    /// <summary>The second moment.</summary>
    public Tensor Second { get; }

    /// <summary>Names and parts of what a checkpoint must hold beside the parameters, shaped as they are; for the caller's scope.</summary>
    public IEnumerable<(string Name, Tensor Part)> State =>
        [.. Named("exp_avg", First), .. Named("exp_avg_sq", Second), .. IsRounded ? Named("master", Weights) : []];

    // Whether the parameters hold but the rounded weights.
    private bool IsRounded => Parameters.Values.dtype is ScalarType.BFloat16 or ScalarType.Float16;

    private bool HasCopies => !ReferenceEquals(Weights, Parameters.Values);

    /// <summary>Takes a step by a function of (weights, gradients, first, second), all of one type and in one place, flat and of one length.</summary>
    public void Update(Action<Tensor, Tensor, Tensor, Tensor> step)
    {
        if (!HasCopies)
        {
            step(Weights, Parameters.Gradients, First, Second);
            return;
        }

        for (long start = 0; start < Weights.numel(); start += Portion)
        {
            using var scope = NewDisposeScope();
            Tensor Of(Tensor flat) => flat.narrow(0, start, Math.Min(Portion, Weights.numel() - start));
            step(Of(Weights), Of(Parameters.Gradients).to(Weights.dtype, Weights.device), Of(First), Of(Second));
            Of(Parameters.Values).copy_(Of(Weights));
        }
    }

    /// <summary>Gives the parameters the values of their copies, where there are copies.</summary>
    public void RoundWeights()
    {
        using var noGrad = no_grad();
        if (HasCopies) Parameters.Values.copy_(Weights);
    }

    /// <summary>Frees all but the parameters.</summary>
    public void Dispose()
    {
        if (HasCopies) Weights.Dispose();
        First.Dispose();
        Second.Dispose();
        Parameters.Dispose();
    }

    private IEnumerable<(string Name, Tensor Part)> Named(string prefix, Tensor flat) => Parameters.PartsOf(flat).Select(part => ($"{prefix}.{part.Name}", part.Part));
}
