using StepDpo.Engine.Devices;
using StepDpo.Engine.Tokenization;
using static TorchSharp.torch;

namespace StepDpo.Engine.Sampling;

/// <summary>Chooses the next token of each row: the likeliest, or one drawn from the row's nucleus by the row's own draw.</summary>
internal static class NextTokens
{
    /// <summary>Gives each row that has not ended its next token.</summary>
    /// <param name="logits">[rows, vocab].</param>
    /// <param name="rows">The rows, in the logits' order.</param>
    /// <param name="tokenizer">Gives the tokens' bytes.</param>
    public static void Take(Tensor logits, IReadOnlyList<SampleRow> rows, Tokenizer tokenizer)
    {
        using var scope = NewDisposeScope();
        logits = logits.to_type(ScalarType.Float32);
        var chosen = Choose(logits, rows);
        var ids = chosen.cpu().data<long>().ToArray();
        var logprobs = rows.Any(row => row.Request.WantsLogprobs)
            ? (logits.gather(1, chosen.unsqueeze(1)).squeeze(1) - logits.logsumexp(1)).cpu().data<float>().ToArray()
            : new float[ids.Length];
        for (var row = 0; row < ids.Length; row++)
        {
            if (!rows[row].IsFinished) rows[row].Add(tokenizer, (int)ids[row], logprobs[row]);
        }
    }

    private static Tensor Choose(Tensor logits, IReadOnlyList<SampleRow> rows)
    {
        Tensor Column(Func<SampleRow, double> value) => tensor([.. rows.Select(row => (float)value(row))], device: logits.device).unsqueeze(1);
        if (rows.All(row => row.Request.Temperature == 0)) return logits.argmax(1);
        var temperature = Column(row => row.Request.Temperature == 0 ? 1 : row.Request.Temperature);
        var drawn = Nucleus.Draw(logits, temperature, Column(row => row.Request.TopP), Column(row => row.Uniform));
        return rows.Any(row => row.Request.Temperature == 0)
            ? where(Column(row => row.Request.Temperature == 0 ? 1 : 0).squeeze(1).gt(Scalars.Zero), logits.argmax(1), drawn)
            : drawn;
    }
}
