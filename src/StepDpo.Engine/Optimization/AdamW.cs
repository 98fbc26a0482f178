using StepDpo.Engine.Devices;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace StepDpo.Engine.Optimization;

/// <summary>
/// AdamW (Loshchilov and Hutter 2019) in torch's arithmetic: decoupled decay, bias correction, epsilon outside the root.
/// <code>
/// p -= lr * decay * p
/// m = beta1 m + (1 - beta1) g;   v = beta2 v + (1 - beta2) g^2
/// p -= lr / (1 - beta1^t) * m / (sqrt(v / (1 - beta2^t)) + eps)
/// </code>
/// One call of libtorch's fused kernel for all matrices and one for the rest; TorchSharp binds no such call, TorchScript reaches it.
/// What it computes with may be copies of the weights (<see cref="AdamGroup"/>): in fp32 where the model is narrower, or elsewhere.
/// </summary>
public sealed class AdamW : IDisposable
{
    private static readonly Script _script = new("""
        def step(params: List[Tensor], grads: List[Tensor], first: List[Tensor], second: List[Tensor], steps: List[Tensor],
                 lr: float, beta1: float, beta2: float, decay: float, eps: float) -> int:
            torch._fused_adamw_(params, grads, first, second, [], steps, lr=lr, beta1=beta1, beta2=beta2,
                                weight_decay=decay, eps=eps, amsgrad=False, maximize=False)
            return len(params)

        """);

    private readonly double _beta1;
    private readonly double _beta2;
    private readonly double _epsilon;
    private readonly IReadOnlyList<AdamGroup> _groups;

    /// <summary>An optimiser at step 0, its moments 0. It moves the parameters into flat memory (they stay the same objects) and owns their gradients.</summary>
    /// <param name="parameters">Names and parameters. Decay spares those of one dimension: biases and norms, as Hugging Face's trainer does.</param>
    /// <param name="beta1">Decay rate of the first moment.</param>
    /// <param name="beta2">Decay rate of the second.</param>
    /// <param name="epsilon">Added to the root.</param>
    /// <param name="weightDecay">Decay of matrices.</param>
    /// <param name="home">Where weights' copies and moments are kept and steps are taken, when that is not where the parameters are: the CPU, for a model whose state does not fit the device. Null: with the parameters.</param>
    public AdamW(IEnumerable<(string Name, Parameter Parameter)> parameters, double beta1, double beta2, double epsilon, double weightDecay, Device? home = null)
    {
        (_beta1, _beta2, _epsilon) = (beta1, beta2, epsilon);
        _groups = [.. parameters.GroupBy(item => item.Parameter.dim() > 1 ? weightDecay : 0).Select(group => new AdamGroup(group.Key, new FlatParameters([.. group]), home))];
    }

    /// <summary>Steps taken.</summary>
    public int StepsTaken { get; private set; }

    /// <summary>
    /// The optimiser's state beside <see cref="StepsTaken"/>: <c>exp_avg.NAME</c> and <c>exp_avg_sq.NAME</c>, shaped as the parameters,
    /// and <c>master.NAME</c> where the parameters themselves are but the rounded weights; views for the caller's scope.
    /// </summary>
    public IReadOnlyList<(string Name, Tensor Tensor)> State => [.. _groups.SelectMany(group => group.State)];

    /// <summary>Sets all gradients to 0; backward passes add to them. A module's own <c>zero_grad</c> would tear them out of their common memory.</summary>
    public void ClearGradients()
    {
        foreach (var group in _groups) group.Parameters.ClearGradients();
    }

    /// <summary>The Euclidean norm of the whole gradient.</summary>
    public double GradientNorm() => GradientClipping.Norm(_groups.Select(group => group.Parameters.Gradients));

    /// <summary>The Euclidean norm of all weights: not finite as soon as one of them is not.</summary>
    public double WeightNorm() => GradientClipping.Norm(_groups.Select(group => group.Parameters.Values));

    /// <summary>Scales the gradients down where their norm is above a limit.</summary>
    /// <param name="norm">What <see cref="GradientNorm"/> gave.</param>
    /// <param name="max">The limit.</param>
    public void ClipGradients(double norm, double max) => GradientClipping.Clip(_groups.Select(group => group.Parameters.Gradients), norm, max);

    /// <summary>Applies the gradients.</summary>
    public void Step(double rate)
    {
        StepsTaken++;
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        foreach (var group in _groups)
        {
            // The kernel wants the count where the weights are.
            var step = tensor((float)StepsTaken, device: group.Weights.device);
            group.Update((weights, gradients, first, second) => _script.Run(
                "step", new[] { weights }, new[] { gradients }, new[] { first }, new[] { second }, new[] { step },
                rate, _beta1, _beta2, group.Decay, _epsilon));
        }
    }

    /// <summary>Takes up the state of another optimiser over the same parameters.</summary>
    /// <param name="stepsTaken">Its steps.</param>
    /// <param name="fill">Fills a tensor, given its name in <see cref="State"/>.</param>
    public void Restore(int stepsTaken, Action<string, Tensor> fill)
    {
        using var scope = NewDisposeScope();
        foreach (var (name, part) in State) fill(name, part);
        foreach (var group in _groups) group.RoundWeights();
        StepsTaken = stepsTaken;
    }

    /// <summary>Frees its state and the gradients; the parameters stay.</summary>
    public void Dispose()
    {
        foreach (var group in _groups) group.Dispose();
    }
}
