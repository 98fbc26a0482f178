using StepDpo.Core.Statistics;

namespace StepDpo.Core.Agreement;

/// <summary>How a source of suggestions does against people who had not seen them.</summary>
/// <param name="Source">Its name.</param>
/// <param name="Suggestions">How many it made.</param>
/// <param name="Exact">Blind judgements that say what it says, of those of its solutions.</param>
/// <param name="WithinOneStep">The same, or a step apart by one.</param>
/// <param name="Kappa">Cohen's kappa on k or none, people against it.</param>
public sealed record SourceFigures(string Source, long Suggestions, Proportion Exact, Proportion WithinOneStep, Figure Kappa);

/// <summary>How far people follow a suggestion that differs from what they said blind.</summary>
/// <param name="Seen">Suggestions that they were shown.</param>
/// <param name="Revised">Of those that differed: revised to what was suggested. The anchoring rate.</param>
/// <param name="Kept">Of those that differed: kept by an own word.</param>
/// <param name="Elsewhere">Of those that differed: revised, and not to what was suggested.</param>
/// <param name="Right">Of the revisions to a suggestion whose truth is known: right.</param>
/// <param name="Misled">Of the judgements known to be right beside a suggestion that was wrong: revised to it.</param>
public sealed record AnchoringFigures(int Seen, Proportion Revised, int Kept, int Elsewhere, Proportion Right, Proportion Misled)
{
    /// <summary>The figures of some rows.</summary>
    internal static AnchoringFigures Of(IReadOnlyCollection<SeenRow> rows)
    {
        var differed = rows.Where(row => row.Blind != row.Suggested).ToList();
        var followed = differed.Where(row => row.Last == row.Suggested).ToList();
        var judgedRight = differed.Where(row => row.Truth == row.Blind).ToList();
        return new(
            Sum(rows),
            Proportion.Wilson(Sum(followed), Sum(differed)),
            Sum(differed.Where(row => row.Last == row.Blind && row.Kept)),
            Sum(differed.Where(row => row.Last is { } last && last != row.Blind && last != row.Suggested)),
            Proportion.Wilson(Sum(followed.Where(row => row.Truth == row.Suggested)), Sum(followed.Where(row => row.Truth is not null))),
            Proportion.Wilson(Sum(judgedRight.Where(row => row.Last == row.Suggested)), Sum(judgedRight)));
    }

    private static int Sum(IEnumerable<SeenRow> rows) => rows.Sum(row => (int)row.Count);
}

/// <summary>Shown suggestions that went alike. Steps; 0 is "no error", null is not known or taken back.</summary>
internal sealed record SeenRow(Guid Person, string Name, int Blind, int Suggested, int? Last, bool Kept, int? Truth, long Count);

/// <summary>What suggestions do in a project.</summary>
/// <param name="Sources">Each source, by name.</param>
/// <param name="All">All who were shown some.</param>
/// <param name="People">Each of them, by name.</param>
/// <param name="GoldWithout">Gold items without a suggestion: while there is one, nobody is shown any.</param>
public sealed record SuggestionReport(
    IReadOnlyList<SourceFigures> Sources, AnchoringFigures All, IReadOnlyList<(Guid Id, string Name, AnchoringFigures Figures)> People, int GoldWithout);
