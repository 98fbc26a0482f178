using StepDpo.Engine.Examples;
using static TorchSharp.torch;

namespace StepDpo.Engine.Losses;

/// <summary>Sequences side by side, padded on the right: later tokens are never seen, so the padding needs no mask.</summary>
public sealed class AnswerBatch
{
    private AnswerBatch(int rows, Tensor ids, Tensor places, Tensor targets, Tensor owners) =>
        (Rows, Ids, Places, Targets, Owners) = (rows, ids, places, targets, owners);

    /// <summary>Number of sequences.</summary>
    public int Rows { get; }

    /// <summary>Token ids, int64 [rows, time]; 0 as padding.</summary>
    public Tensor Ids { get; }

    /// <summary>Where each answer token is predicted, row * time + position - 1: int64 [answer tokens], row after row.</summary>
    public Tensor Places { get; }

    /// <summary>The answer tokens, int64 [answer tokens].</summary>
    public Tensor Targets { get; }

    /// <summary>The row of each answer token, int64 [answer tokens].</summary>
    public Tensor Owners { get; }

    /// <summary>Lays sequences out; the tensors belong to the caller's dispose scope.</summary>
    /// <exception cref="ArgumentException">A sequence lacks a prompt or an answer.</exception>
    public static AnswerBatch Of(IReadOnlyList<AnswerTokens> sequences, Device device)
    {
        var time = sequences.Max(sequence => sequence.Length);
        var ids = new long[sequences.Count * time];
        var (places, targets, owners) = (new List<long>(), new List<long>(), new List<long>());
        for (var row = 0; row < sequences.Count; row++)
        {
            var (prompt, answer) = (sequences[row].Prompt, sequences[row].Answer);
            if (prompt.Count == 0 || answer.Count == 0)
                throw new ArgumentException($"sequence {row}: found {prompt.Count} tokens of prompt and {answer.Count} of answer, wanted at least 1 of each", nameof(sequences));
            var start = row * time;
            for (var i = 0; i < prompt.Count; i++) ids[start + i] = prompt[i];
            for (var i = 0; i < answer.Count; i++)
            {
                ids[start + prompt.Count + i] = answer[i];
                places.Add(start + prompt.Count + i - 1);
                targets.Add(answer[i]);
                owners.Add(row);
            }
        }

        return new AnswerBatch(
            sequences.Count,
            tensor(ids, device: device).view(sequences.Count, time),
            tensor(places, device: device), tensor(targets, device: device), tensor(owners, device: device));
    }
}
