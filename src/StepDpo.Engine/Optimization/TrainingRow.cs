using StepDpo.Contracts;
using StepDpo.Contracts.Prompts;
using StepDpo.Contracts.Runs;
using StepDpo.Engine.Examples;
using StepDpo.Engine.Scoring;
using StepDpo.Engine.Tokenization;

namespace StepDpo.Engine.Optimization;

/// <summary>What a loss reads of one row of <c>pairs.jsonl</c>.</summary>
/// <param name="Line">The row's place among the pairs, from 1: what messages name.</param>
/// <param name="Chosen">The winner, in token ids.</param>
/// <param name="Rejected">The loser; null where the loss has none (SFT).</param>
public sealed record TrainingRow(int Line, AnswerTokens Chosen, AnswerTokens? Rejected)
{
    /// <summary>Tokens of both sides, each with its prompt.</summary>
    public int Length => Chosen.Length + (Rejected?.Length ?? 0);

    /// <summary>Tokens that the fast pass reads of it: those that its sides share once.</summary>
    public int TokensRead => AnswerTrees.LengthOf(Chosen, Rejected);

    /// <summary>Brings a file of pairs into ids, as the run's loss and options say.</summary>
    /// <exception cref="InvalidDataException">The file holds no pair, a line is malformed, or a pair cannot be tokenised; the message names file and line.</exception>
    public static IReadOnlyList<TrainingRow> ReadFile(string path, Tokenizer tokenizer, PromptTemplate template, TrainingOptions options)
    {
        var tokens = new ExampleTokens(tokenizer, template, options);
        var rows = PreferenceExample.ReadFile(path).Select((pair, index) => Of(pair, tokens, options.Loss, path, index + 1)).ToList();
        return rows.Count > 0 ? rows : throw new InvalidDataException($"{path}: found no pair, wanted at least one");
    }

    private static TrainingRow Of(PreferenceExample pair, ExampleTokens tokens, LossKind loss, string path, int line)
    {
        try
        {
            var row = loss switch
            {
                LossKind.StepDpo => OfPair(tokens.Step(pair)),
                LossKind.Dpo => OfPair(tokens.Whole(pair)),
                LossKind.Sft => new TrainingRow(line, tokens.Solution(pair), null),
                _ => throw new ArgumentOutOfRangeException(nameof(loss), loss, "an unknown loss"),
            };
            return IsScorable(row.Chosen) && (row.Rejected is null || IsScorable(row.Rejected))
                ? row
                : throw new InvalidDataException("found a prompt or an answer without tokens, wanted at least one in each");
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"{path} pair {line}: {e.Message}", e);
        }

        TrainingRow OfPair(PreferenceTokens pair) => new(line, pair.Chosen, pair.Rejected);
    }

    private static bool IsScorable(AnswerTokens tokens) => tokens.Prompt.Count > 0 && tokens.Answer.Count > 0;
}
