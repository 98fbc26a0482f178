using StepDpo.Engine.Devices;
using StepDpo.Engine.Losses;
using StepDpo.Engine.Modeling;
using static TorchSharp.torch;

namespace StepDpo.Engine.Scoring;

/// <summary>
/// The head and the softmax over the vocabulary, in chunks of rows, forward and backward, so that never more than a chunk's logits
/// exist beside the probabilities that are kept (the idea of Liger's fused linear losses, here over rows and not over pairs). The
/// gradient is written out, since dL/dsum is all that a loss tells:
/// <code>
/// log p_t = z_t - log sum exp z;    dL/dz = dL/dlogp_t * (onehot_t - softmax z);    dL/dh = dL/dz W;    dL/dW = (dL/dz)' h
/// </code>
/// Softmaxes are kept from forward to backward while they fit the room given, else computed again: the same numbers.
/// </summary>
internal sealed class ChunkedLogProbs
{
    private static readonly Script _softmax = new("""
        def log_softmax_(x: Tensor) -> int:
            torch._log_softmax(x, -1, False, out=x)
            return 0

        """);

    private readonly CausalLm _model;
    private readonly Tensor _hidden;
    private readonly IReadOnlyList<Chunk> _chunks;

    /// <summary>Scores; no autograd graph is made. The tensors belong to the caller's dispose scope.</summary>
    /// <param name="model">Whose head scores.</param>
    /// <param name="hidden">States that are read, without a graph, [read, hidden].</param>
    /// <param name="trees">What each of them predicts.</param>
    /// <param name="options">The size of chunks and the room.</param>
    public ChunkedLogProbs(CausalLm model, Tensor hidden, AnswerTrees trees, TreePassOptions options)
    {
        (_model, _hidden) = (model, hidden);
        var room = is_grad_enabled() ? options.KeptSoftmaxBytes : 0;
        using var noGrad = no_grad();
        Sums = zeros(trees.Answers, dtype: ScalarType.Float64, device: model.Device);
        _chunks = [.. Cut(trees, (int)hidden.shape[0], options.ChunkRows)];
        foreach (var chunk in _chunks)
        {
            using var scope = NewDisposeScope();
            var logProbs = LogProbs(chunk);
            Sums.index_add_(0, chunk.Answers, logProbs.index(chunk.Places, chunk.Targets).to_type(ScalarType.Float64), Scalars.One);
            var bytes = logProbs.numel() * logProbs.ElementSize;
            if (bytes > room) continue;
            room -= bytes;
            chunk.Softmax = logProbs.exp_().MoveToOuterDisposeScope();
        }
    }

    /// <summary>log p of each answer, summed over its tokens: fp64 [answers].</summary>
    public Tensor Sums { get; }

    /// <summary>Adds to the head's gradient and returns that of the states, [read, hidden].</summary>
    /// <param name="gradient">dL/dsums, fp64 [answers].</param>
    public Tensor Backward(Tensor gradient)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var head = _model.HeadWeight;
        var result = empty_like(_hidden);
        foreach (var chunk in _chunks)
        {
            using var chunkScope = NewDisposeScope();
            var softmax = chunk.Softmax ?? LogProbs(chunk).exp_();
            var weights = gradient.index_select(0, chunk.Answers).to_type(softmax.dtype);
            var ofRow = zeros(chunk.Rows, dtype: softmax.dtype, device: softmax.device).index_add(0, chunk.Places, weights, Scalars.One);
            var logits = softmax.mul_(ofRow.neg_().unsqueeze(1)).index_put_(weights, [chunk.Places, chunk.Targets], true).to_type(_model.Dtype);
            result.narrow(0, chunk.Start, chunk.Rows).copy_(logits.mm(head));
            if (head.requires_grad) Gradients.Of(head).addmm_(logits.t(), HiddenOf(chunk), 1, 1);
            chunk.Softmax?.Dispose();
        }

        return result.MoveToOuterDisposeScope();
    }

    private Tensor HiddenOf(Chunk chunk) => _hidden.narrow(0, chunk.Start, chunk.Rows);

    // [rows, vocab]. The softmax takes the logits' place: beside them it would need as much room again, and new pages cost time.
    private Tensor LogProbs(Chunk chunk)
    {
        var logits = TokenLogProbs.Wide(_model.Logits(HiddenOf(chunk)));
        _softmax.Run("log_softmax_", logits);
        return logits;
    }

    private IEnumerable<Chunk> Cut(AnswerTrees trees, int rows, int size)
    {
        var at = 0;
        for (var start = 0; start < rows; start += size)
        {
            var count = Math.Min(size, rows - start);
            var end = at;
            while (end < trees.Predictions.Count && trees.Predictions[end].Place < start + count) end++;
            Prediction[] own = [.. trees.Predictions.Skip(at).Take(end - at)];
            at = end;
            yield return new Chunk(
                start,
                count,
                tensor(Array.ConvertAll(own, item => (long)item.Place - start), device: _model.Device),
                tensor(Array.ConvertAll(own, item => item.Target), device: _model.Device),
                tensor(Array.ConvertAll(own, item => (long)item.Answer), device: _model.Device));
        }
    }

    private sealed record Chunk(int Start, int Rows, Tensor Places, Tensor Targets, Tensor Answers)
    {
        public Tensor? Softmax { get; set; }
    }
}
