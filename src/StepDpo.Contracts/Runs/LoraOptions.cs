namespace StepDpo.Contracts.Runs;

/// <summary>Which matrices of every layer get an adapter.</summary>
[Flags]
public enum LoraTargets
{
    /// <summary>None; not a valid choice.</summary>
    None = 0,

    /// <summary><c>q_proj</c>.</summary>
    Query = 1,

    /// <summary><c>k_proj</c>.</summary>
    Key = 2,

    /// <summary><c>v_proj</c>.</summary>
    Value = 4,

    /// <summary><c>o_proj</c>.</summary>
    Output = 8,

    /// <summary><c>gate_proj</c>.</summary>
    Gate = 16,

    /// <summary><c>up_proj</c>.</summary>
    Up = 32,

    /// <summary><c>down_proj</c>.</summary>
    Down = 64,

    /// <summary>The four of the attention.</summary>
    Attention = Query | Key | Value | Output,

    /// <summary>The three of the feed-forward part.</summary>
    FeedForward = Gate | Up | Down,

    /// <summary>All seven.</summary>
    All = Attention | FeedForward,
}

/// <summary>
/// Low-rank adaptation (Hu et al. 2021): the weights stay as they are, and beside chosen matrices W a product of two narrow ones is
/// trained, W + scale * B A. Needs a fraction of the memory for gradients and moments, and a rate about ten times as high.
/// </summary>
public sealed record LoraOptions
{
    private static readonly IReadOnlyList<(LoraTargets Target, string Name)> _names =
    [
        (LoraTargets.Query, "q_proj"), (LoraTargets.Key, "k_proj"), (LoraTargets.Value, "v_proj"), (LoraTargets.Output, "o_proj"),
        (LoraTargets.Gate, "gate_proj"), (LoraTargets.Up, "up_proj"), (LoraTargets.Down, "down_proj"),
    ];

    /// <summary>Width of the narrow matrices, PEFT's <c>r</c>.</summary>
    public int Rank { get; init; } = 16;

    /// <summary>The scale is alpha / rank.</summary>
    public double Alpha { get; init; } = 32;

    /// <summary>The matrices that get an adapter.</summary>
    public LoraTargets Targets { get; init; } = LoraTargets.All;

    /// <summary>Whether the scale is alpha / sqrt(rank) instead (Kalajdzievski 2023), under which high ranks learn as fast as low ones.</summary>
    public bool RankStabilised { get; init; }

    /// <summary>What B A is multiplied by.</summary>
    public double Scale() => RankStabilised ? Alpha / Math.Sqrt(Rank) : Alpha / Rank;

    /// <summary>The targets as model files name them: <c>q_proj</c> and so on.</summary>
    public IReadOnlyList<string> TargetNames() => [.. _names.Where(item => Targets.HasFlag(item.Target)).Select(item => item.Name)];

    /// <summary>The targets of such names; null where one is unknown.</summary>
    public static LoraTargets? TargetsOf(IReadOnlyCollection<string> names) => names.All(name => _names.Any(item => item.Name == name))
        ? _names.Where(item => names.Contains(item.Name)).Aggregate(LoraTargets.None, (targets, item) => targets | item.Target)
        : null;

    /// <summary>Says what is wrong with each field; empty when all is well.</summary>
    public IEnumerable<(string Field, Sentence Message)> Problems()
    {
        if (Rank is < 1 or > 1024) yield return (nameof(Rank), $"The adapter's rank must be 1 to 1,024; found {Rank}.");
        if (!(Alpha > 0) || Alpha > 65536) yield return (nameof(Alpha), $"The adapter's alpha must be above 0 and at most 65,536; found {Alpha}.");
        if (Targets == LoraTargets.None || (Targets & ~LoraTargets.All) != 0) yield return (nameof(Targets), $"The adapter must sit beside at least one kind of matrix, and only beside known ones; found {Targets}.");
    }
}
