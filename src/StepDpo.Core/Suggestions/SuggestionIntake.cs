using Microsoft.EntityFrameworkCore;
using StepDpo.Core.Data;
using StepDpo.Core.Runs;
using StepDpo.Core.Sampling;

namespace StepDpo.Core.Suggestions;

/// <summary>A suggestion before it is stored.</summary>
/// <param name="SolutionId">The solution.</param>
/// <param name="Source">Who or what makes it.</param>
/// <param name="Step">The first error, or null for none.</param>
/// <param name="Confidence">How sure it is, 0 to 1, or null.</param>
/// <param name="Rationale">Why.</param>
public sealed record NewSuggestion(long SolutionId, string Source, int? Step, double? Confidence = null, string Rationale = "");

/// <summary>What became of a suggestion: neither known nor faulty is new.</summary>
/// <param name="IsKnown">The same one is stored already.</param>
/// <param name="Fault">What was found and what is wanted, where it cannot be stored.</param>
public readonly record struct TakenSuggestion(bool IsKnown, string? Fault = null);

/// <summary>
/// Where suggestions come in, whoever makes them: an imported file, or a run that asks a judge model. Works within the caller's
/// transaction; the caller has looked at who may.
/// </summary>
/// <param name="context">The transaction's context.</param>
/// <param name="run">The import or run that they come from.</param>
/// <param name="now">Now.</param>
public sealed class SuggestionIntake(StepDpoContext context, Run run, DateTimeOffset now)
{
    private readonly Dictionary<(long SolutionId, string Source), NewSuggestion> _taken = [];

    /// <summary>Takes some suggestions, and says of each, in order, what became of it. A source says one thing of a solution, once.</summary>
    /// <param name="suggestions">The suggestions.</param>
    /// <param name="isStored">Whether the new ones are stored, or only looked at.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public async Task<IReadOnlyList<TakenSuggestion>> TakeAsync(IReadOnlyList<NewSuggestion> suggestions, bool isStored, CancellationToken cancellationToken = default)
    {
        var ids = suggestions.Select(s => s.SolutionId).Distinct().ToArray();
        var solutions = await context.Set<Solution>().AsNoTracking().Where(s => s.ProjectId == run.ProjectId && ids.Contains(s.Id)).ToDictionaryAsync(s => s.Id, cancellationToken);
        foreach (var known in await context.Set<Suggestion>().AsNoTracking().Where(s => ids.Contains(s.SolutionId)).ToListAsync(cancellationToken))
            _taken.TryAdd((known.SolutionId, known.Source), new(known.SolutionId, known.Source, known.Step, known.Confidence, known.Rationale));

        var became = suggestions.Select(suggestion => Take(suggestion, solutions.GetValueOrDefault(suggestion.SolutionId))).ToList();
        if (isStored)
        {
            context.AddRange(suggestions.Zip(became).Where(pair => pair.Second is { IsKnown: false, Fault: null }).Select(pair => Row(pair.First, solutions[pair.First.SolutionId].StepCount)));
            await context.SaveChangesAsync(cancellationToken);
            context.ChangeTracker.Clear();
        }

        return became;
    }

    private TakenSuggestion Take(NewSuggestion suggestion, Solution? solution)
    {
        if (solution is null) return new(false, $"solution: found {suggestion.SolutionId}, wanted one of this project");
        if (suggestion.Step is { } step && (step < 1 || step > solution.WholeStepCount))
            return new(false, $"step: found {step}, wanted 1 to {solution.WholeStepCount}: the solution has {solution.WholeStepCount} {(solution.WholeStepCount == 1 ? "step" : "steps")}");
        if (_taken.TryAdd((suggestion.SolutionId, suggestion.Source), suggestion)) return new(false);
        var known = _taken[(suggestion.SolutionId, suggestion.Source)];
        return known == suggestion ? new(true) : new(false, $"source: found {suggestion.Source} once more for solution {suggestion.SolutionId} with other words, wanted a source of another name");
    }

    private Suggestion Row(NewSuggestion suggestion, int stepCount) => new()
    {
        SolutionId = suggestion.SolutionId,
        StepCount = stepCount,
        Source = suggestion.Source,
        Step = suggestion.Step,
        Confidence = suggestion.Confidence,
        Rationale = suggestion.Rationale,
        RunId = run.Id,
        CreatedAt = now,
    };
}
