using StepDpo.Core.Runs;
using StepDpo.Core.Statistics;

namespace StepDpo.Web.Home;

/// <summary>Where a project stands, as numbers: what the picture of the loop shows and the next step is chosen from.</summary>
public sealed record LoopCounts
{
    /// <summary>Problems in the pool.</summary>
    public int PoolProblems { get; init; }

    /// <summary>Problems held out.</summary>
    public int HeldOutProblems { get; init; }

    /// <summary>Solutions sampled.</summary>
    public int Solutions { get; init; }

    /// <summary>Those whose answer differs from the reference.</summary>
    public int WrongSolutions { get; init; }

    /// <summary>Those that wait for a judgement.</summary>
    public int Waiting { get; init; }

    /// <summary>Those whose judgements disagree.</summary>
    public int Disputed { get; init; }

    /// <summary>Those that have a verdict.</summary>
    public int Verdicts { get; init; }

    /// <summary>Prefixes cut at a first error.</summary>
    public int Prefixes { get; init; }

    /// <summary>Solutions whose prefix waits for continuations.</summary>
    public int WaitForContinuations { get; init; }

    /// <summary>Continuations sampled.</summary>
    public int Continuations { get; init; }

    /// <summary>Solutions whose candidates wait for a review.</summary>
    public int InReview { get; init; }

    /// <summary>Solutions whose prefix has no good candidate.</summary>
    public int NoCandidate { get; init; }

    /// <summary>Pairs that count.</summary>
    public int Pairs { get; init; }

    /// <summary>Those made after the newest training began.</summary>
    public int PairsSinceTraining { get; init; }

    /// <summary>Models that can be used.</summary>
    public int Models { get; init; }

    /// <summary>The newest training run, or null.</summary>
    public RunLine? Training { get; init; }

    /// <summary>The newest finished evaluation, or null.</summary>
    public AccuracyLine? Accuracy { get; init; }

    /// <summary>Kinds of the runs that are queued or running.</summary>
    public IReadOnlyList<RunKind> ActiveRuns { get; init; } = [];

    /// <summary>Whether rectification is queued without anybody asking.</summary>
    public bool RectifiesByItself { get; init; } = true;

    /// <summary>How many prefixes it waits for.</summary>
    public int RectifyAtPrefixes { get; init; } = 1;
}

/// <summary>A run in one line.</summary>
/// <param name="Id">The run.</param>
/// <param name="Name">Its name.</param>
/// <param name="State">Where it stands.</param>
/// <param name="Done">Steps done.</param>
/// <param name="Total">Steps in all; 0 until known.</param>
public sealed record RunLine(long Id, string Name, RunState State, int Done, int Total);

/// <summary>An evaluation's result in one line.</summary>
/// <param name="RunId">The evaluation.</param>
/// <param name="Name">Its name.</param>
/// <param name="Share">Right answers of all, with the interval.</param>
public sealed record AccuracyLine(long RunId, string Name, Proportion Share);
