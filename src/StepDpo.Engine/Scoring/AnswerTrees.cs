using StepDpo.Engine.Examples;
using StepDpo.Engine.Modeling;

namespace StepDpo.Engine.Scoring;

/// <summary>
/// The rows of a pass as token trees: what a row's two sides have in common, scored or not, is read once. The reference's rule may
/// make the two prompts differ in their last token; then the trunk ends before it. The last token of an answer is predicted and
/// not read.
/// </summary>
internal sealed class AnswerTrees
{
    private readonly List<TokenTree> _trees = [];
    private readonly List<long> _ids = [];
    private readonly List<Prediction> _predictions = [];
    private int _read;

    private AnswerTrees(int answers) => Answers = answers;

    /// <summary>The trees, in the order of the pack.</summary>
    public IReadOnlyList<TokenTree> Trees => _trees;

    /// <summary>Token ids, tree after tree.</summary>
    public IReadOnlyList<long> Ids => _ids;

    /// <summary>The answers' tokens, ascending in <see cref="Prediction.Place"/>.</summary>
    public IReadOnlyList<Prediction> Predictions => _predictions;

    /// <summary>Number of answers.</summary>
    public int Answers { get; }

    /// <summary>Tokens whose state is read.</summary>
    public int Read => _read;

    /// <summary>Makes trees of rows.</summary>
    /// <param name="chosen">The winner of each row: answers 0 to rows - 1.</param>
    /// <param name="rejected">The losers, the answers after them; null where there are none.</param>
    /// <param name="share">False: every answer is a tree of its own, nothing is shared.</param>
    public static AnswerTrees Of(IReadOnlyList<AnswerTokens> chosen, IReadOnlyList<AnswerTokens>? rejected, bool share)
    {
        var trees = new AnswerTrees(chosen.Count + (rejected?.Count ?? 0));
        for (var row = 0; row < chosen.Count; row++)
        {
            var winner = new Sequence(chosen[row], row);
            if (rejected is null) trees.Add(winner);
            else trees.AddPair(winner, new Sequence(rejected[row], chosen.Count + row), share);
        }

        return trees;
    }

    /// <summary>Tokens that a pass over a row reads.</summary>
    public static int LengthOf(AnswerTokens chosen, AnswerTokens? rejected) =>
        Of([chosen], rejected is null ? null : [rejected], share: true).Ids.Count;

    private void Add(Sequence only) => Add(only.Read, [only]);

    private void AddPair(Sequence winner, Sequence loser, bool share)
    {
        // Where all ids are alike the last one stays out of the trunk: nobody reads it.
        var common = Math.Min(winner.Ids.AsSpan().CommonPrefixLength(loser.Ids), Math.Max(winner.Read, loser.Read));
        if (share && common > 0)
        {
            Add(common, [winner, loser]);
            return;
        }

        Add(winner);
        Add(loser);
    }

    private void Add(int trunk, Sequence[] sides)
    {
        var branches = Array.ConvertAll(sides, side => Math.Max(0, side.Read - trunk));
        var predictions = new List<(int Token, long Target, int Answer)>();
        for (var (side, start) = (0, trunk); side < sides.Length; start += branches[side++])
        {
            foreach (var place in sides[side].Scored)
                predictions.Add((place < trunk ? place : start + place - trunk, sides[side].Ids[place + 1], sides[side].Answer));
        }

        int[] read = [.. predictions.Select(item => item.Token).Distinct().Order()];
        foreach (var (token, target, answer) in predictions.OrderBy(item => item.Token))
            _predictions.Add(new Prediction(_read + Array.BinarySearch(read, token), target, answer));
        _read += read.Length;
        _trees.Add(new TokenTree(trunk, branches[0], sides.Length > 1 ? branches[1] : 0, read));
        foreach (var id in sides[0].Ids[..trunk]) _ids.Add(id);
        for (var side = 0; side < sides.Length; side++)
            foreach (var id in sides[side].Ids.AsSpan(trunk, branches[side])) _ids.Add(id);
    }

    private sealed class Sequence
    {
        private readonly int _prompt;

        public Sequence(AnswerTokens tokens, int answer)
        {
            if (tokens.Prompt.Count == 0 || tokens.Answer.Count == 0)
                throw new ArgumentException($"answer {answer}: found {tokens.Prompt.Count} tokens of prompt and {tokens.Answer.Count} of answer, wanted at least 1 of each");
            (Ids, _prompt, Answer) = (tokens.Ids, tokens.Prompt.Count, answer);
        }

        public int[] Ids { get; }

        public int Answer { get; }

        // Tokens that the model reads of it.
        public int Read => Ids.Length - 1;

        // Places that predict a scored token: the one before it.
        public IEnumerable<int> Scored => Enumerable.Range(_prompt - 1, Ids.Length - _prompt);
    }
}

/// <summary>One scored token.</summary>
/// <param name="Place">Which of the states that are read predicts it.</param>
/// <param name="Target">The token.</param>
/// <param name="Answer">The answer that it belongs to.</param>
internal readonly record struct Prediction(int Place, long Target, int Answer);
