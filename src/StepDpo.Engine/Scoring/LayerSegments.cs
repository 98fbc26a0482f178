using StepDpo.Engine.Modeling;
using static TorchSharp.torch;

namespace StepDpo.Engine.Scoring;

/// <summary>
/// The layers of a pass over packed trees, forward and backward, in segments (gradient checkpointing; Chen et al. 2016). Of every
/// segment but the last only the input is kept; the backward pass computes a segment again, this time with a graph, and goes back
/// through it:
/// <code>
/// x[i+1] = segment_i(x[i]);    dL/dx[i], dL/dw of segment i = the backward pass of segment_i(x[i]) from dL/dx[i+1]
/// </code>
/// The same operations on the same numbers, so loss and gradients are those of the pass that keeps everything. The last segment
/// keeps its graph, as it is the first that is wanted back; with one segment nothing is computed twice.
/// </summary>
/// <remarks>Not as autograd functions: an exception inside one of those, called back from libtorch, ends the process.</remarks>
internal sealed class LayerSegments
{
    private readonly CausalLm _model;
    private readonly AttentionPlan _plan;
    private readonly IReadOnlyList<(int First, int End)> _segments;
    private readonly IReadOnlyList<Tensor> _inputs;
    private readonly Tensor _output;

    /// <summary>The forward pass. What is kept of it lives in the caller's dispose scope; without a grad mode nothing is.</summary>
    /// <param name="model">Whose layers.</param>
    /// <param name="embedded">Tokens' embeddings, a leaf, [1, tokens, hidden]; gets a gradient if it asks for one.</param>
    /// <param name="plan">The trees' plan, which must outlive the backward pass.</param>
    /// <param name="size">Layers of a segment.</param>
    public LayerSegments(CausalLm model, Tensor embedded, AttentionPlan plan, int size)
    {
        (_model, _plan) = (model, plan);
        _segments = [.. Cut(model.Config.Layers, is_grad_enabled() ? size : model.Config.Layers)];
        var inputs = new List<Tensor> { embedded };
        foreach (var segment in _segments.SkipLast(1))
        {
            using var noGrad = no_grad();
            inputs.Add(Through(segment, inputs[^1]).requires_grad_(true));
        }

        _inputs = inputs;
        _output = Through(_segments[^1], inputs[^1]);
    }

    /// <summary>The states that are read, without a graph, [read, hidden].</summary>
    public Tensor Hidden => _output.detach();

    /// <summary>Adds to the gradients of the layers' weights and of the embedded tokens. Once only.</summary>
    /// <param name="gradient">dL/dhidden, [read, hidden].</param>
    public void Backward(Tensor gradient)
    {
        if (_output.requires_grad) _output.backward([gradient]);
        for (var i = _segments.Count - 2; i >= 0; i--)
        {
            using var scope = NewDisposeScope();
            using var grad = enable_grad();
            using var ofOutput = _inputs[i + 1].grad!;
            var output = Through(_segments[i], _inputs[i]);
            if (output.requires_grad) output.backward([ofOutput]);
            _inputs[i + 1].Dispose();
        }
    }

    private Tensor Through((int First, int End) segment, Tensor x) => _model.ThroughLayers(x, _plan, segment.First, segment.End);

    // Whole segments from the end on: what is left over is at the beginning.
    private static IEnumerable<(int First, int End)> Cut(int layers, int size)
    {
        var first = Math.Min(size, layers);
        for (var end = layers % first; end <= layers; end += first)
            if (end > 0) yield return (Math.Max(0, end - first), end);
    }
}
