using System.Text.Json;
using StepDpo.Engine.Examples;

namespace StepDpo.Engine.Tests.Losses;

/// <summary>The eight pairs of <c>golden/losses</c> as token ids under tiny-qwen2's tokenizer.</summary>
internal static class GoldenPairs
{
    public static IReadOnlyList<JsonElement> Rows { get; } = [.. Shared.ReadLines(Shared.Golden("losses/pairs.jsonl"))];

    public static IReadOnlyList<JsonElement> Losses { get; } = [.. Shared.ReadLines(Shared.Golden("losses/losses.jsonl"))];

    /// <param name="kind"><c>step</c> or <c>whole</c>.</param>
    /// <param name="side"><c>chosen</c> or <c>rejected</c>.</param>
    public static IReadOnlyList<AnswerTokens> Sequences(string kind, string side) =>
        [.. Rows.Select(row => new AnswerTokens(Ids(row, $"{kind}_prompt_ids"), Ids(row, $"{kind}_{side}_ids")))];

    public static IReadOnlyList<AnswerTokens> Completions() =>
        [.. Rows.Select(row => new AnswerTokens(Ids(row, "whole_prompt_ids"), Ids(row, "sft_completion_ids")))];

    public static int[] Ids(JsonElement row, string field) => [.. row.Ids(field).Select(id => (int)id)];
}
