using StepDpo.Core.Annotations;

namespace StepDpo.Web.Annotations;

/// <summary>What an annotator sees of one solution. Nothing in it tells a gold item from another, and no suggestion is in it that the person has not seen after an own judgement.</summary>
/// <param name="Assignment">The annotator's claim on the solution: the card's key.</param>
/// <param name="Subject">Where the problem comes from, or null.</param>
/// <param name="Statement">The problem as received.</param>
/// <param name="Reference">The reference answer.</param>
/// <param name="Answer">The solution's final answer, or null where none was found.</param>
/// <param name="Differs">The answer is not the reference: the solution cannot be closed as "no error" without a reason.</param>
/// <param name="Steps">The steps in order, as the model wrote them.</param>
public sealed record SolutionCard(
    long Assignment,
    string? Subject,
    string Statement,
    string? Reference,
    string? Answer,
    bool Differs,
    IReadOnlyList<string> Steps)
{
    /// <summary>The person's own questions about this solution, with their answers.</summary>
    public IReadOnlyList<OwnQuestion> Questions { get; init; } = [];

    /// <summary>Calculations that do not come out, by step; empty unless the project shows them before the verdict.</summary>
    public IReadOnlyList<IReadOnlyList<string>> Arithmetic { get; init; } = [];

    /// <summary>What was suggested, where the person has judged the solution before and seen it then; else null.</summary>
    public SeenSuggestion? Seen { get; init; }

    /// <summary>"8 steps".</summary>
    public string Size => Steps.Count == 1 ? T("1 step") : T($"{Steps.Count} steps");
}

/// <summary>An own question to the leads.</summary>
/// <param name="FlagId">The flag.</param>
/// <param name="Step">The step it is about, or null.</param>
/// <param name="Question">The question.</param>
/// <param name="Answer">The answer, or null while there is none.</param>
/// <param name="AnsweredBy">Who answered, or null.</param>
public sealed record OwnQuestion(long FlagId, int? Step, string Question, string? Answer, string? AnsweredBy);

/// <summary>One line of "Last judged": what undo takes back.</summary>
/// <param name="Assignment">The claim that was judged.</param>
/// <param name="ClientKey">The verdict's client key.</param>
/// <param name="Sign">Sign of the sprite.</param>
/// <param name="Words">"Step 3", "No error".</param>
/// <param name="Since">"now", "2 min".</param>
/// <param name="Choice">The judgement as the deck keeps it, JSON: undo puts it back.</param>
/// <param name="Seen">What was suggested afterwards, or null.</param>
public sealed record JudgedLine(long Assignment, Guid ClientKey, string Sign, string Words, string Since, string Choice, SeenSuggestion? Seen = null);
