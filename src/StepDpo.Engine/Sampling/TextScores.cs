using StepDpo.Engine.Modeling;
using static TorchSharp.torch;

namespace StepDpo.Engine.Sampling;

/// <summary>log p of each token of a text given those before it.</summary>
internal static class TextScores
{
    // Scores of a whole vocabulary are made for so many places at once.
    private const int PlacesAtOnce = 256;

    /// <summary>Entry t is log p(token t + 1 | tokens 0..t): one fewer than there are ids.</summary>
    public static double[] Of(CausalLm model, int[] ids)
    {
        if (ids.Length < 2) return [];
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var all = tensor([.. ids.Select(id => (long)id)], device: model.Device);
        var hidden = model.Hidden(all.unsqueeze(0))[0];
        var scores = new List<double>(ids.Length);
        for (var at = 0; at + 1 < ids.Length; at += PlacesAtOnce)
        {
            using var inner = NewDisposeScope();
            var count = Math.Min(PlacesAtOnce, ids.Length - 1 - at);
            var logits = model.Logits(hidden.narrow(0, at, count)).to_type(ScalarType.Float32);
            var next = logits.gather(1, all.narrow(0, at + 1, count).unsqueeze(1)).squeeze(1) - logits.logsumexp(1);
            foreach (var score in next.cpu().data<float>().ToArray()) scores.Add(score);
        }

        return [.. scores];
    }
}
