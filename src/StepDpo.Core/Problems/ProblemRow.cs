namespace StepDpo.Core.Problems;

/// <summary>How a file of problems is laid out.</summary>
public enum ProblemFormat
{
    /// <summary>Ours: <c>id, problem, answer</c> (also AIME's and, with <c>unique_id</c>, MATH-500's), and <c>solution</c> if there is one.</summary>
    Plain,

    /// <summary>GSM8K: <c>question, answer</c>; the answer stands after <c>####</c>.</summary>
    Gsm8k,

    /// <summary>SVAMP: <c>Body, Question, Answer</c>.</summary>
    Svamp,

    /// <summary>AQuA: <c>question, options, correct</c>; the answer is a letter.</summary>
    Aqua,

    /// <summary>The paper's evaluation files: <c>idx, instruction, output, answer</c>.</summary>
    StepDpo,

    /// <summary>The columns that the person who imports has named.</summary>
    Mapped,
}

/// <summary>Which columns hold what, where the layout is none that is known.</summary>
/// <param name="Statement">Column of the statement.</param>
/// <param name="Answer">Column of the reference answer.</param>
/// <param name="WorkedSolution">Column of a worked solution, or null.</param>
/// <param name="SourceId">Column of the problem's name in its source, or null.</param>
public sealed record ColumnMapping(string Statement, string Answer, string? WorkedSolution = null, string? SourceId = null);

/// <summary>A good line of a file of problems, with its line number from 1.</summary>
public sealed record ProblemRow(int Line, string Statement, string Answer, string? WorkedSolution, string? SourceId)
{
    /// <summary>Identity of the statement.</summary>
    public string StatementSha256 { get; } = StatementHash.Of(Statement);
}

/// <summary>A bad line: its number from 1, and what is wrong with it.</summary>
public sealed record RowFault(int Line, string Reason);

/// <summary>What was read of a file: layout, columns in order of appearance, good lines and bad ones.</summary>
public sealed record ProblemFile(ProblemFormat Format, IReadOnlyList<string> Columns, IReadOnlyList<ProblemRow> Rows, IReadOnlyList<RowFault> Faults);
