using StepDpo.Engine.Devices;
using static TorchSharp.torch;

namespace StepDpo.Engine.Sampling;

/// <summary>
/// Temperature, then top-p (Holtzman et al. 2020) in fp32: the smallest set of likeliest tokens whose mass reaches top-p. There
/// is no top-k.
/// </summary>
internal static class Nucleus
{
    // Sorting a whole vocabulary is slow and most nuclei are small: the rows whose nucleus holds more are drawn again from more.
    private const int FirstCandidates = 64;
    private const int Growth = 16;

    /// <summary>The distribution that is drawn from, [rows, vocab]; tokens outside the nucleus have exactly 0.</summary>
    /// <param name="logits">[rows, vocab].</param>
    /// <param name="temperature">[rows, 1], above 0.</param>
    /// <param name="topP">[rows, 1].</param>
    public static Tensor Probabilities(Tensor logits, Tensor temperature, Tensor topP)
    {
        using var scope = NewDisposeScope();
        var (sorted, ids) = Softened(logits, temperature).sort(1, descending: true, stable: true);
        var kept = Within(sorted, topP);
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
        return Draw(Softened(logits, temperature), topP, uniform, FirstCandidates).MoveToOuterDisposeScope();
    }

    private static Tensor Draw(Tensor probabilities, Tensor topP, Tensor uniform, int candidates)
    {
        var areAll = candidates >= probabilities.shape[1];
        var (sorted, ids) = areAll ? probabilities.sort(1, descending: true, stable: true) : probabilities.topk(candidates, 1);
        var kept = Within(sorted, topP);
        var mass = kept.cumsum(1);
        var found = mass.narrow(1, mass.shape[1] - 1, 1);
        // A nucleus of all the mass holds every token: its mass is known although its tokens are not.
        var isWhole = topP.ge(Scalars.One);
        var passed = mass.le(uniform * where(isWhole, ones_like(found), found)).sum(1, keepdim: true);
        // Rounding may pass everything: then the last token that has any mass.
        var last = kept.gt(Scalars.Zero).sum(1, keepdim: true) - Scalars.One;
        var drawn = ids.gather(1, minimum(passed, last)).squeeze(1);
        if (areAll) return drawn;

        var open = where(isWhole, found.le(uniform), found.lt(topP)).squeeze(1).nonzero().squeeze(1);
        if (open.shape[0] == 0) return drawn;
        return drawn.index_copy_(0, open, Draw(probabilities.index_select(0, open), topP.index_select(0, open), uniform.index_select(0, open), candidates * Growth));
    }

    private static Tensor Softened(Tensor logits, Tensor temperature) => (logits.to_type(ScalarType.Float32) / temperature).softmax(1);

    // Probabilities in falling order, those outside the nucleus set to 0. A sum may round to 1 before the last token, so at top-p 1 nothing is held against it.
    private static Tensor Within(Tensor sorted, Tensor topP)
    {
        var before = sorted.cumsum(1) - sorted;
        return sorted * before.lt(topP.add(topP.ge(Scalars.One), Scalars.One));
    }
}
