using System.Text;

namespace StepDpo.Engine.Tokenization;

/// <summary>
/// Byte-pair encoding of one piece of text: its bytes' tokens, of which the pair with the lowest rank (the leftmost of equals)
/// is merged again and again until no pair has one.
/// </summary>
/// <param name="byteIds">Token of each byte, -1 where the vocabulary has none: such bytes vanish, as Hugging Face lets them.</param>
/// <param name="merges">Rank and merged token of each pair.</param>
/// <param name="whole">Tokens that are taken as they stand, before any merge (<c>ignore_merges</c>), in the byte alphabet; null without this rule.</param>
internal sealed class BytePairs(int[] byteIds, IReadOnlyDictionary<(int Left, int Right), (int Rank, int Id)> merges, IReadOnlyDictionary<string, int>? whole)
{
    /// <summary>Appends the piece's tokens.</summary>
    public void Encode(string piece, List<int> ids)
    {
        var bytes = Encoding.UTF8.GetBytes(piece);
        if (whole is not null && whole.TryGetValue(string.Concat(bytes.Select(ByteAlphabet.CharacterOf)), out var id))
        {
            ids.Add(id);
            return;
        }

        var symbols = bytes.Select(value => byteIds[value]).Where(symbol => symbol >= 0).ToArray();
        Merge(symbols);
        ids.AddRange(symbols.Where(symbol => symbol >= 0));
    }

    // A queue of candidate pairs over a linked list, so that long pieces do not take quadratic time. A merged-away symbol is -1.
    private void Merge(int[] symbols)
    {
        var next = Enumerable.Range(1, symbols.Length).ToArray();
        var previous = Enumerable.Range(-1, symbols.Length).ToArray();
        var candidates = new PriorityQueue<(int At, int Rank), (int Rank, int At)>();
        for (var at = 0; at + 1 < symbols.Length; at++) Propose(at);

        while (candidates.TryDequeue(out var candidate, out _))
        {
            var at = candidate.At;
            if (Find(at) is not { } found || found.Rank != candidate.Rank) continue;
            var gone = next[at];
            symbols[at] = found.Id;
            symbols[gone] = -1;
            next[at] = next[gone];
            if (next[at] < symbols.Length) previous[next[at]] = at;
            if (previous[at] >= 0) Propose(previous[at]);
            Propose(at);
        }

        void Propose(int at)
        {
            if (Find(at) is { } found) candidates.Enqueue((at, found.Rank), (found.Rank, at));
        }

        (int Rank, int Id)? Find(int at) =>
            symbols[at] >= 0 && next[at] < symbols.Length && merges.TryGetValue((symbols[at], symbols[next[at]]), out var found) ? found : null;
    }
}
