using StepDpo.Engine.Devices;
using static TorchSharp.torch;

namespace StepDpo.Engine.Sampling;

/// <summary>
/// Temperature, then top-p (Holtzman et al. 2020) in fp32: the smallest set of likeliest tokens whose mass reaches top-p. There
/// is no top-k.
/// </summary>
internal static class Nucleus
{
    private const int FirstCandidates = 64;

    /// <summary>The distribution that is drawn from, [rows, vocab]; tokens outside the nucleus have exactly 0.</summary>
    /// <param name="logits">[rows, vocab].</param>
    /// <param name="temperature">[rows, 1], above 0.</param>
    /// <param name="topP">[rows, 1].</param>
    public static Tensor Probabilities(Tensor logits, Tensor temperature, Tensor topP)
    {
        using var scope = NewDisposeScope();
        var (kept, ids) = Select(logits, temperature, topP);
        return zeros_like(logits).scatter_(1, ids, kept / kept.sum(1, keepdim: true)).MoveToOuterDisposeScope();
    }

    /// <summary>One token a row, [rows]: the first, in order of falling probability, at which the nucleus' mass so far exceeds uniform x its whole mass.</summary>
    /// <param name="logits">[rows, vocab].</param>
    /// <param name="temperature">[rows, 1], above 0.</param>
    /// <param name="topP">[rows, 1].</param>
    /// <param name="uniform">[rows, 1], in [0, 1).</param>
    public static Tensor Draw(Tensor logits, Tensor temperature, Tensor topP, Tensor uniform)
    {
        using var scope = NewDisposeScope();
        var (kept, ids) = Select(logits, temperature, topP);
        var mass = kept.cumsum(1);
        var passed = mass.le(uniform * mass.narrow(1, mass.shape[1] - 1, 1)).sum(1, keepdim: true);
        // Rounding may pass everything: then the last token that has any mass.
        var last = kept.gt(Scalars.Zero).sum(1, keepdim: true) - Scalars.One;
        return ids.gather(1, minimum(passed, last)).squeeze(1).MoveToOuterDisposeScope();
    }

    // Probabilities of the likeliest tokens in falling order, those outside the nucleus set to 0, and the tokens' ids: both
    // [rows, candidates]. Sorting a whole vocabulary is slow and a nucleus is small: more candidates are taken only when needed.
    private static (Tensor Kept, Tensor Ids) Select(Tensor logits, Tensor temperature, Tensor topP)
    {
        var probabilities = (logits.to_type(ScalarType.Float32) / temperature).softmax(1);
        var vocabulary = (int)logits.shape[1];
        // A sum may round to 1 before the last token; a nucleus of all the mass holds every token.
        var wanted = topP.add(topP.ge(Scalars.One), Scalars.One);
        for (var candidates = Math.Min(FirstCandidates, vocabulary); ; candidates = Math.Min(candidates * 16, vocabulary))
        {
            var (sorted, ids) = candidates < vocabulary ? probabilities.topk(candidates, 1) : probabilities.sort(1, descending: true, stable: true);
            var mass = sorted.cumsum(1);
            if (candidates < vocabulary && !mass.narrow(1, candidates - 1, 1).ge(wanted).all().item<bool>()) continue;
            return (sorted * (mass - sorted).lt(wanted), ids);
        }
    }
}
