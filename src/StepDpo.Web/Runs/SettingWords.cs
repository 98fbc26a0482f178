namespace StepDpo.Web.Runs;

/// <summary>What a run was told, in the words of the forms that ask for it.</summary>
public static class SettingWords
{
    private static readonly Dictionary<string, string> _names = new(StringComparer.Ordinal)
    {
        ["Formula"] = "What a pair's margin costs",
        ["SftWeight"] = "SFT term",
        ["Rank"] = "Adapter's rank",
        ["Alpha"] = "Adapter's alpha",
        ["Targets"] = "Adapter beside",
        ["LearningRate"] = "Peak learning rate",
        ["Schedule"] = "Its course",
        ["WarmupRatio"] = "Warm-up ratio",
        ["BatchSize"] = "Pairs a step",
        ["MicroBatchSize"] = "Pairs at once",
        ["MaxLength"] = "Longest text",
        ["MaxPromptLength"] = "Longest prompt",
        ["Truncation"] = "Of a long prompt keep",
        ["Bos"] = "Begin-of-text token",
        ["AdamBeta1"] = "Adam's beta 1",
        ["AdamBeta2"] = "Adam's beta 2",
        ["AdamEpsilon"] = "Adam's epsilon",
        ["MaxGradNorm"] = "Largest gradient norm",
        ["CheckpointEverySteps"] = "Checkpoint every",
        ["ValidateEverySteps"] = "Validate every",
        ["TopP"] = "Top-p",
        ["MaxTokens"] = "Most tokens",
        ["MostProblems"] = "At most",
        ["SamplesPerProblem"] = "Solutions a problem",
        ["ProblemsPerRequest"] = "Problems a request",
        ["ContinuationsPerPrefix"] = "Continuations a prefix",
        ["OwnTemperatures"] = "Prefixes at another temperature",
        ["ContinuationsPerRequest"] = "Continuations a request",
    };

    private static readonly Dictionary<string, string> _values = new(StringComparer.Ordinal)
    {
        ["StepDpo"] = "Step-DPO",
        ["Dpo"] = "DPO",
        ["Sft"] = "SFT",
        ["Ipo"] = "IPO, averages over tokens",
        ["IpoOfSums"] = "IPO, sums",
        ["ConstantWithWarmup"] = "constant after warm-up",
        ["KeepEnd"] = "the end",
        ["KeepStart"] = "the start",
        ["Reference"] = "as the reference code",
        ["Pool"] = "Pool",
        ["Validation"] = "Validation",
        ["Test"] = "Test",
        ["Gold"] = "Gold",
    };

    /// <summary>A field's name; one that no form has is taken apart at its capitals.</summary>
    /// <param name="field">Name of an option, as stored.</param>
    public static string Name(string field)
    {
        var pascal = char.ToUpperInvariant(field[0]) + field[1..];
        if (_names.TryGetValue(pascal, out var name)) return T(name);
        var words = Apart(pascal);
        return T(char.ToUpperInvariant(words[0]) + words[1..].Replace("x ids", "xes", StringComparison.Ordinal).Replace(" ids", "s", StringComparison.Ordinal).Replace('_', ' '));
    }

    /// <summary>A value that is a word: the name of a choice is taken apart, any other text stays as it is.</summary>
    /// <param name="value">Text, as stored.</param>
    public static string Value(string value)
    {
        if (_values.TryGetValue(value, out var words)) return T(words);
        return value.Length > 0 && char.IsUpper(value[0]) && value.All(char.IsLetter) ? T(Apart(value)) : value;
    }

    private static string Apart(string name) =>
        string.Concat(name.Select((letter, i) => (i > 0 && char.IsUpper(letter) ? " " : "") + char.ToLowerInvariant(letter)));
}
