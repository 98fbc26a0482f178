namespace StepDpo.Core.Grading;

/// <summary>A final answer as mathematics.</summary>
internal abstract record Answer;

/// <summary>One value, such as <c>12 feet</c> or <c>50%</c> (its number is 50) or <c>x+1</c>.</summary>
internal sealed record ValueAnswer(Quantity Number, string? Unit, bool IsPercent) : Answer;

/// <summary>Several answers in any order: a set, a list, a union of intervals, both values of ±.</summary>
internal sealed record SeveralAnswers(IReadOnlyList<Answer> Items) : Answer;

/// <summary>Answers in a fixed order within brackets: a point, an interval, a matrix (bracket <c>m</c>).</summary>
internal sealed record BracketedAnswer(char Open, char Close, IReadOnlyList<IReadOnlyList<Answer>> Rows) : Answer;

/// <summary>An equation or inequality; <c>&gt;</c> and <c>≥</c> are turned round.</summary>
/// <param name="Kind"><c>=</c>, <c>&lt;</c> or <c>≤</c>.</param>
/// <param name="Left">Left side.</param>
/// <param name="Right">Right side.</param>
internal sealed record RelationAnswer(char Kind, Quantity Left, Quantity Right) : Answer;
