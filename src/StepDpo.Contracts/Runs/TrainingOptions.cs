namespace StepDpo.Contracts.Runs;

/// <summary>Which loss a training run minimises.</summary>
public enum LossKind
{
    /// <summary>Step-DPO: prefix s1..k-1 as prompt, one step against one step (the paper's equation 2).</summary>
    StepDpo,

    /// <summary>DPO on whole solutions: the paper's baseline.</summary>
    Dpo,

    /// <summary>Mean cross-entropy over the tokens of the chosen whole solutions.</summary>
    Sft,
}

/// <summary>What Step-DPO and DPO make of the margin between winner and loser.</summary>
public enum PreferenceFormula
{
    /// <summary>-log sigmoid of the margin: the paper's.</summary>
    Sigmoid,

    /// <summary>IPO with each side's log-ratio averaged over its tokens, as TRL computes it: pulls that margin to 1 / (2 beta), and no further.</summary>
    Ipo,

    /// <summary>IPO with the log-ratios summed, as its paper writes it.</summary>
    IpoOfSums,

    /// <summary>max(0, 1 - margin): pairs beyond a margin of 1 teach nothing more.</summary>
    Hinge,
}

/// <summary>The learning rate over the steps, as Hugging Face names it.</summary>
public enum ScheduleKind
{
    /// <summary>Warm-up, then half a cosine down to 0.</summary>
    Cosine,

    /// <summary>Warm-up, then a straight line down to 0.</summary>
    Linear,

    /// <summary>Warm-up, then the peak rate.</summary>
    ConstantWithWarmup,
}

/// <summary>Which end of a prompt that is too long is kept.</summary>
public enum TruncationMode
{
    /// <summary>The end: the steps before k.</summary>
    KeepEnd,

    /// <summary>The start: the problem.</summary>
    KeepStart,
}

/// <summary>Whether a beginning-of-text token is put before the prompt.</summary>
public enum BosRule
{
    /// <summary>Exactly the tokens that the sampler saw: none is added.</summary>
    AsSampled,

    /// <summary>The reference code's rule: the tokenizer's BOS id, if it names one, also where the template begins with it already.</summary>
    Reference,
}

/// <summary>What a model's weights are while it computes. Norms, softmaxes and losses are taken in fp32 at least, whatever this is.</summary>
public enum Precision
{
    /// <summary>32 bits.</summary>
    Float32,

    /// <summary>16 bits of which 8 count; AdamW keeps and moves the weights in 32.</summary>
    BFloat16,
}

/// <summary>
/// Everything that decides what a training run computes. Defaults are the paper's for 7B models (facts: beta 0.5, peak rate
/// 5e-7, cosine with warm-up ratio 0.1, 128 pairs a step, 8 epochs, AdamW 0.9/0.999, clip 1.0).
/// </summary>
public sealed record TrainingOptions
{
    /// <summary>The loss.</summary>
    public LossKind Loss { get; init; } = LossKind.StepDpo;

    /// <summary>Strength of the pull to the reference model; rewards are beta times the log-ratio. Not used by SFT.</summary>
    public double Beta { get; init; } = 0.5;

    /// <summary>What the loss makes of a pair's margin. Not used by SFT.</summary>
    public PreferenceFormula Formula { get; init; } = PreferenceFormula.Sigmoid;

    /// <summary>Share of pairs taken to have winner and loser exchanged; only with <see cref="PreferenceFormula.Sigmoid"/>. 0: the paper's loss.</summary>
    public double LabelSmoothing { get; init; }

    /// <summary>
    /// Weight of the winners' mean cross-entropy that is added to a preference loss, which alone can make winners less likely too.
    /// 0: not added. A preference gradient is large: weights of 10 to 30 show an effect where 1 shows none. Not used by SFT.
    /// </summary>
    public double SftWeight { get; init; }

    /// <summary>The adapter that is trained in place of the weights; null: all weights are trained.</summary>
    public LoraOptions? Lora { get; init; }

    /// <summary>What the weights are in; null: fp32 on a CPU, bf16 on a GPU, and what a run has begun with to its end.</summary>
    public Precision? Precision { get; init; }

    /// <summary>Peak learning rate.</summary>
    public double LearningRate { get; init; } = 5e-7;

    /// <summary>The rate's course.</summary>
    public ScheduleKind Schedule { get; init; } = ScheduleKind.Cosine;

    /// <summary>Share of the steps that warm up: ceil(ratio * steps); the first step then has rate 0.</summary>
    public double WarmupRatio { get; init; } = 0.1;

    /// <summary>Pairs an optimiser step.</summary>
    public int BatchSize { get; init; } = 128;

    /// <summary>Pairs a forward pass; gradients of <see cref="BatchSize"/> pairs are accumulated.</summary>
    public int MicroBatchSize { get; init; } = 4;

    /// <summary>
    /// Tokens a training pass, in place of <see cref="MicroBatchSize"/> pairs: a step's pairs are cut into passes of about equal work, each of
    /// about so many tokens at most. What sides of a pair share counts once. Null: by pairs.
    /// </summary>
    public int? MicroBatchTokens { get; init; }

    /// <summary>Passes over all pairs.</summary>
    public int Epochs { get; init; } = 8;

    /// <summary>AdamW's decoupled decay; never on biases and norms.</summary>
    public double WeightDecay { get; init; }

    /// <summary>AdamW's first decay rate.</summary>
    public double AdamBeta1 { get; init; } = 0.9;

    /// <summary>AdamW's second decay rate.</summary>
    public double AdamBeta2 { get; init; } = 0.999;

    /// <summary>AdamW's epsilon, outside the root.</summary>
    public double AdamEpsilon { get; init; } = 1e-8;

    /// <summary>Largest norm of the whole gradient; above it the gradient is scaled down.</summary>
    public double MaxGradNorm { get; init; } = 1;

    /// <summary>Order of the pairs = f(seed, epoch).</summary>
    public long Seed { get; init; } = 42;

    /// <summary>Largest number of tokens of prompt and answer together.</summary>
    public int MaxLength { get; init; } = 1024;

    /// <summary>What a prompt is cut to when prompt and longer answer exceed <see cref="MaxLength"/>.</summary>
    public int MaxPromptLength { get; init; } = 512;

    /// <summary>Which end of such a prompt is kept.</summary>
    public TruncationMode Truncation { get; init; } = TruncationMode.KeepEnd;

    /// <summary>Whether a BOS token is added.</summary>
    public BosRule Bos { get; init; } = BosRule.AsSampled;

    /// <summary>A resumable checkpoint every so many steps, and always at the end.</summary>
    public int CheckpointEverySteps { get; init; } = 20;

    /// <summary>Loss on <c>validation.jsonl</c> every so many steps, if the run has that file; 0 never.</summary>
    public int ValidateEverySteps { get; init; } = 20;

    /// <summary>Says what is wrong with each field: name of the field and a message; empty when all is well.</summary>
    public IEnumerable<(string Field, Sentence Message)> Problems()
    {
        if (!(Beta > 0) || Beta > 100) yield return (nameof(Beta), $"Beta must be above 0 and at most 100; found {Beta}.");
        if (!Enum.IsDefined(Formula)) yield return (nameof(Formula), $"The formula must be one of {string.Join(", ", Enum.GetNames<PreferenceFormula>())}; found {Formula}.");
        if (!(LabelSmoothing >= 0 && LabelSmoothing < 0.5)) yield return (nameof(LabelSmoothing), $"Label smoothing must be at least 0 and below 0.5; found {LabelSmoothing}.");
        else if (LabelSmoothing > 0 && Formula != PreferenceFormula.Sigmoid) yield return (nameof(LabelSmoothing), $"Label smoothing goes with the sigmoid alone and must be 0 here; found {LabelSmoothing}.");
        if (!(SftWeight >= 0 && SftWeight <= 100)) yield return (nameof(SftWeight), $"The weight of the SFT term must lie within 0 and 100; found {SftWeight}.");
        foreach (var problem in Lora?.Problems() ?? []) yield return problem;
        if (Precision is { } precision && !Enum.IsDefined(precision)) yield return (nameof(Precision), $"The precision must be one of {string.Join(", ", Enum.GetNames<Precision>())} or left out; found {precision}.");
        if (!(LearningRate > 0) || LearningRate > 1) yield return (nameof(LearningRate), $"The learning rate must be above 0 and at most 1; found {LearningRate}.");
        if (!(WarmupRatio >= 0 && WarmupRatio <= 1)) yield return (nameof(WarmupRatio), $"The warm-up ratio must lie within 0 and 1; found {WarmupRatio}.");
        if (BatchSize is < 1 or > 65536) yield return (nameof(BatchSize), $"The batch must hold 1 to 65,536 pairs; found {BatchSize}.");
        if (MicroBatchSize < 1 || MicroBatchSize > BatchSize) yield return (nameof(MicroBatchSize), $"A forward pass must hold 1 to {BatchSize} pairs (the batch); found {MicroBatchSize}.");
        if (MicroBatchTokens is < 1 or > 10_000_000) yield return (nameof(MicroBatchTokens), $"Tokens of a pass must be 1 to 10,000,000 or left out; found {MicroBatchTokens}.");
        if (Epochs is < 1 or > 1000) yield return (nameof(Epochs), $"Epochs must be 1 to 1,000; found {Epochs}.");
        if (!(WeightDecay >= 0 && WeightDecay <= 1)) yield return (nameof(WeightDecay), $"Weight decay must lie within 0 and 1; found {WeightDecay}.");
        if (!(AdamBeta1 >= 0 && AdamBeta1 < 1)) yield return (nameof(AdamBeta1), $"Adam's beta 1 must be at least 0 and below 1; found {AdamBeta1}.");
        if (!(AdamBeta2 >= 0 && AdamBeta2 < 1)) yield return (nameof(AdamBeta2), $"Adam's beta 2 must be at least 0 and below 1; found {AdamBeta2}.");
        if (!(AdamEpsilon > 0)) yield return (nameof(AdamEpsilon), $"Adam's epsilon must be above 0; found {AdamEpsilon}.");
        if (!(MaxGradNorm > 0)) yield return (nameof(MaxGradNorm), $"The largest gradient norm must be above 0; found {MaxGradNorm}.");
        if (MaxLength < 2) yield return (nameof(MaxLength), $"The largest length must be at least 2 tokens; found {MaxLength}.");
        if (MaxPromptLength < 1 || MaxPromptLength >= MaxLength) yield return (nameof(MaxPromptLength), $"The prompt's largest length must be 1 to {MaxLength - 1} tokens; found {MaxPromptLength}.");
        if (CheckpointEverySteps < 1) yield return (nameof(CheckpointEverySteps), $"Checkpoints must be at least 1 step apart; found {CheckpointEverySteps}.");
        if (ValidateEverySteps < 0) yield return (nameof(ValidateEverySteps), $"Validation must be 0 (never) or a number of steps; found {ValidateEverySteps}.");
    }
}
