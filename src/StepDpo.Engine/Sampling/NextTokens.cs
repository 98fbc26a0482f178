using StepDpo.Engine.Devices;
using StepDpo.Engine.Modeling;
using StepDpo.Engine.Tokenization;
using TorchSharp;
using static TorchSharp.torch;

namespace StepDpo.Engine.Sampling;

/// <summary>Chooses the next token of each row: the likeliest, or one drawn from the row's nucleus by the row's own draw.</summary>
internal static class NextTokens
{
    // Below so many scores a second thread costs more than it brings.
    private const long ScoresOfThread = 1 << 17;

    /// <summary>Gives each row that has not ended its next token.</summary>
    /// <param name="logits">[rows, vocab].</param>
    /// <param name="rows">The rows, in the logits' order.</param>
    /// <param name="tokenizer">Gives the tokens' bytes.</param>
    public static void Take(Tensor logits, IReadOnlyList<SampleRow> rows, Tokenizer tokenizer)
    {
        using var scope = NewDisposeScope();
        logits = logits.to_type(ScalarType.Float32);
        var (ids, logprobs) = logits.device.type == DeviceType.CPU ? ByVectors(logits.contiguous(), rows) : ByTensors(logits, rows);
        for (var row = 0; row < ids.Length; row++)
        {
            if (!rows[row].IsFinished) rows[row].Add(tokenizer, ids[row], logprobs[row]);
        }
    }

    /// <summary>The rows' tokens, chosen on a CPU; of those that have ended 0.</summary>
    internal static (int[] Ids, double[] Logprobs) ByVectors(Tensor logits, IReadOnlyList<SampleRow> rows)
    {
        var (ids, logprobs, scores) = (new int[rows.Count], new double[rows.Count], VectorAttention.Address(logits));
        var width = (int)logits.shape[1];
        var threads = (int)Math.Clamp(rows.Count * (long)width / ScoresOfThread, 1, get_num_threads());
        if (threads == 1) for (var row = 0; row < rows.Count; row++) Choose(row);
        else Parallel.For(0, rows.Count, new ParallelOptions { MaxDegreeOfParallelism = threads }, Choose);
        return (ids, logprobs);

        unsafe void Choose(int at)
        {
            if (rows[at] is not { IsFinished: false } row) return;
            var own = new ReadOnlySpan<float>((float*)scores + at * (long)width, width);
            ids[at] = row.Request.Temperature == 0
                ? VectorNucleus.Likeliest(own)
                : VectorNucleus.Draw(own, (float)row.Request.Temperature, (float)row.Request.TopP, row.Uniform);
            if (row.Request.WantsLogprobs) logprobs[at] = VectorNucleus.LogProbability(own, ids[at]);
        }
    }

    /// <summary>The rows' tokens, chosen on any device.</summary>
    internal static (int[] Ids, double[] Logprobs) ByTensors(Tensor logits, IReadOnlyList<SampleRow> rows)
    {
        var chosen = Choose(logits, rows);
        var logprobs = rows.Any(row => row.Request.WantsLogprobs)
            ? (logits.gather(1, chosen.unsqueeze(1)).squeeze(1) - logits.logsumexp(1)).cpu().data<float>().ToArray()
            : new float[rows.Count];
        return (Array.ConvertAll(chosen.cpu().data<long>().ToArray(), id => (int)id), Array.ConvertAll(logprobs, logprob => (double)logprob));
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
