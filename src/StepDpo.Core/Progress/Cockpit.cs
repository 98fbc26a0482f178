using StepDpo.Core.Annotations;
using StepDpo.Core.Sampling;
using StepDpo.Core.Statistics;

namespace StepDpo.Core.Progress;

/// <summary>How a project's judging goes, as its leads see it. Gold and exam judgements are in none of it but each annotator's own accuracy.</summary>
public sealed record Cockpit
{
    /// <summary>When it was counted.</summary>
    public required DateTimeOffset CountedAt { get; init; }

    /// <summary>From which day on (UTC) people's work is counted; null for all.</summary>
    public DateOnly? Since { get; init; }

    /// <summary>Solutions by state, all of them.</summary>
    public required IReadOnlyDictionary<SolutionState, int> Solutions { get; init; }

    /// <summary>N.</summary>
    public required int JudgementsPerSolution { get; init; }

    /// <summary>Judgements that count, from the beginning on.</summary>
    public required int Judged { get; init; }

    /// <summary>Judgements that the waiting solutions still need.</summary>
    public required int Left { get; init; }

    /// <summary>When those will be there; null while it is too early to say.</summary>
    public ExpectedEnd? End { get; init; }

    /// <summary>The days with work, oldest first.</summary>
    public required IReadOnlyList<TeamDay> Days { get; init; }

    /// <summary>Pairs that count, an hour of judging; null before the first hour's work.</summary>
    public HourlyRate? Pairs { get; init; }

    /// <summary>Active seconds of a judgement; null for fewer than two.</summary>
    public MeanEstimate? Seconds { get; init; }

    /// <summary>Who has judged, the most judgements first.</summary>
    public required IReadOnlyList<AnnotatorRow> Annotators { get; init; }

    /// <summary>Open disputes: those with the most different claims first, then the oldest.</summary>
    public required IReadOnlyList<OpenDispute> Disputes { get; init; }

    /// <summary>Questions of annotators that no lead has answered.</summary>
    public required int OpenFlags { get; init; }

    /// <summary>When the oldest of these was asked; null where none is open.</summary>
    public DateTimeOffset? OldestFlag { get; init; }

    /// <summary>Solutions that have or need judgements.</summary>
    public int UpForJudging => Solutions.Where(state => state.Key != SolutionState.Sampled).Sum(state => state.Value);

    /// <summary>Solutions whose verdict is in.</summary>
    public int Decided => UpForJudging - In(SolutionState.Waiting) - In(SolutionState.Adjudication);

    /// <summary>Solutions in a state.</summary>
    public int In(SolutionState state) => Solutions.GetValueOrDefault(state);
}

/// <summary>The team's day.</summary>
/// <param name="Day">The day, UTC.</param>
/// <param name="Judgements">Judgements that count.</param>
/// <param name="Pairs">Pairs made on it that count.</param>
/// <param name="Hours">Hours of judging.</param>
public sealed record TeamDay(DateOnly Day, int Judgements, int Pairs, double Hours);

/// <summary>One annotator's work.</summary>
/// <param name="UserId">The person.</param>
/// <param name="Name">Their name.</param>
/// <param name="Judgements">Judgements that count.</param>
/// <param name="Hours">Hours of judging.</param>
/// <param name="Seconds">Active seconds of a judgement; null for fewer than two.</param>
/// <param name="Skipped">Solutions put aside, of those dealt out and done with.</param>
/// <param name="CannotJudge">"Cannot judge", of the judgements.</param>
/// <param name="Steps">Which steps they name, against the others.</param>
/// <param name="Quarters">Share of first errors in each quarter of the solution's steps.</param>
/// <param name="Undone">How often they took a judgement back.</param>
/// <param name="LastAt">Their last judgement or decision.</param>
/// <param name="Gold">How often they named the first error of gold items.</param>
public sealed record AnnotatorRow(
    Guid UserId, string Name, int Judgements, double Hours, MeanEstimate? Seconds, Proportion Skipped, Proportion CannotJudge, StepChoices Steps, IReadOnlyList<double> Quarters, int Undone, DateTimeOffset? LastAt,
    Proportion Gold);

/// <summary>A solution whose judgements differ.</summary>
/// <param name="SolutionId">The solution.</param>
/// <param name="Statement">The problem.</param>
/// <param name="Claims">What was said, each once: outcome and step, by step.</param>
/// <param name="Since">Its last judgement.</param>
public sealed record OpenDispute(long SolutionId, string Statement, IReadOnlyList<(FirstErrorOutcome Outcome, int? Step)> Claims, DateTimeOffset Since);
