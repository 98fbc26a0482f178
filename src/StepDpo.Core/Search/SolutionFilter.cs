using Microsoft.EntityFrameworkCore;
using StepDpo.Core.Annotations;
using StepDpo.Core.Data;
using StepDpo.Core.Problems;
using StepDpo.Core.Projects;
using StepDpo.Core.Sampling;

namespace StepDpo.Core.Search;

/// <summary>Solutions about which annotators asked the leads.</summary>
public enum FlagFilter
{
    /// <summary>With any flag.</summary>
    Any,

    /// <summary>With a flag that nobody has answered yet.</summary>
    Open,

    /// <summary>With a flag that was answered.</summary>
    Answered,
}

/// <summary>Which solutions are looked for; what is null lets everything through.</summary>
/// <param name="Text">
/// Words in the problem, the steps or a note (<c>"in this order"</c>, <c>or</c>, <c>-without</c>); a text with other signs than
/// letters and digits, such as <c>\frac{3}{4}</c>, is looked for as it is written.
/// </param>
/// <param name="State">Where the solution stands.</param>
/// <param name="Outcome">What the verdict that holds says.</param>
/// <param name="Step">The step k that the verdict names.</param>
/// <param name="AnnotatorId">Somebody whose judgement of it counts.</param>
/// <param name="ModelId">The model that sampled it.</param>
/// <param name="From">Judged on this day (UTC) or later.</param>
/// <param name="To">Judged on this day (UTC) or earlier.</param>
/// <param name="ProblemId">The problem that it attempts.</param>
/// <param name="Flag">Whether annotators asked about it.</param>
/// <param name="IsGold">Whether it is dealt out as a gold item. For leads: whoever judges must not know.</param>
public sealed record SolutionFilter(
    string? Text = null, SolutionState? State = null, FirstErrorOutcome? Outcome = null, int? Step = null, Guid? AnnotatorId = null, long? ModelId = null,
    DateOnly? From = null, DateOnly? To = null, long? ProblemId = null, FlagFilter? Flag = null, bool? IsGold = null)
{
    /// <summary>Most characters of the text.</summary>
    public const int LongestText = 300;

    /// <summary>What PostgreSQL calls the way in which words are told apart: no stemming, for formulas and every language alike.</summary>
    public const string Words = "simple";

    /// <summary>What is wrong with it for somebody of this role, or null.</summary>
    internal Refusal? Fault(ProjectRole role)
    {
        if (Text?.Length > LongestText) return Refusal.Invalid(nameof(Text), $"The words may hold {LongestText} characters; found {Text.Length}.");
        if (From > To) return Refusal.Invalid(nameof(From), "The first day lies after the last.");
        return IsGold is not null && role < ProjectRole.Lead ? Refusal.Forbidden("Only leads look for gold items.") : null;
    }

    /// <summary>The project's solutions that it lets through. Gold items that were brought in have a page of their own, for leads.</summary>
    internal IQueryable<Solution> Of(StepDpoContext context, long projectId)
    {
        var solutions = context.Set<Solution>().Where(s => s.ProjectId == projectId && s.Split != Split.Gold);
        if (ProblemId is { } problem) solutions = solutions.Where(s => s.ProblemId == problem);
        if (State is { } state) solutions = solutions.Where(s => s.State == state);
        if (Outcome is not null || Step is not null)
            solutions = solutions.Where(s => context.Set<FirstErrorVerdict>().Any(v =>
                v.SolutionId == s.Id && v.SupersededAt == null && (Outcome == null || v.Outcome == Outcome) && (Step == null || v.Step == Step)));
        if (ModelId is { } model) solutions = solutions.Where(s => s.Run!.ModelId == model);
        if (AnnotatorId is not null || From is not null || To is not null)
        {
            var from = Midnight(From);
            var before = Midnight(To?.AddDays(1));
            solutions = solutions.Where(s => context.Set<FirstErrorAnnotation>().Any(a =>
                a.SolutionId == s.Id && a.Outcome != FirstErrorOutcome.Undone && !a.Surplus && (AnnotatorId == null || a.AnnotatorId == AnnotatorId)
                && (from == null || a.CreatedAt >= from) && (before == null || a.CreatedAt < before)
                && !context.Set<FirstErrorAnnotation>().Any(later => later.SupersedesId == a.Id)));
        }

        if (Flag is not null)
        {
            solutions = solutions.Where(s => context.Set<Flag>().Any(f =>
                f.SolutionId == s.Id && (Flag == FlagFilter.Any || (f.AnsweredAt == null) == (Flag == FlagFilter.Open))));
        }

        if (IsGold is { } gold) solutions = solutions.Where(s => context.Set<GoldItem>().Any(g => g.SolutionId == s.Id && g.RetiredAt == null) == gold);

        return string.IsNullOrWhiteSpace(Text) ? solutions : WithText(context, projectId, solutions, Text.Replace("\0", "", StringComparison.Ordinal).Trim());
    }

    // A union of three sets, each found by its own index; an OR would make PostgreSQL read every text.
    private static IQueryable<Solution> WithText(StepDpoContext context, long projectId, IQueryable<Solution> solutions, string text)
    {
        var own = context.Set<Solution>().Where(s => s.ProjectId == projectId);
        var problems = context.Set<Problem>().Where(p => p.ProjectId == projectId);
        var notes = context.Set<FirstErrorAnnotation>().Where(a => a.Note != "");
        IQueryable<long> found;
        if (text.All(letter => char.IsLetterOrDigit(letter) || char.IsWhiteSpace(letter) || letter is '"' or '-' or '\''))
        {
            found = own.Where(s => EF.Functions.ToTsVector(Words, s.Text).Matches(EF.Functions.WebSearchToTsQuery(Words, text))).Select(s => s.Id)
                .Union(own.Where(s => problems.Where(p => EF.Functions.ToTsVector(Words, p.Statement).Matches(EF.Functions.WebSearchToTsQuery(Words, text))).Select(p => p.Id).Contains(s.ProblemId)).Select(s => s.Id))
                .Union(notes.Where(a => EF.Functions.ToTsVector(Words, a.Note).Matches(EF.Functions.WebSearchToTsQuery(Words, text))).Select(a => a.SolutionId));
        }
        else
        {
            var pattern = $"%{text.Replace(@"\", @"\\", StringComparison.Ordinal).Replace("%", @"\%", StringComparison.Ordinal).Replace("_", @"\_", StringComparison.Ordinal)}%";
            found = own.Where(s => EF.Functions.ILike(s.Text, pattern, @"\")).Select(s => s.Id)
                .Union(own.Where(s => problems.Where(p => EF.Functions.ILike(p.Statement, pattern, @"\")).Select(p => p.Id).Contains(s.ProblemId)).Select(s => s.Id))
                .Union(notes.Where(a => EF.Functions.ILike(a.Note, pattern, @"\")).Select(a => a.SolutionId));
        }

        return solutions.Where(s => found.Contains(s.Id));
    }

    private static DateTimeOffset? Midnight(DateOnly? day) => day is { } known ? new DateTimeOffset(known.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero) : null;
}
