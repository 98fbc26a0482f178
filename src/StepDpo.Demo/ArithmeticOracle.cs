using System.Globalization;
using System.Text.RegularExpressions;

namespace StepDpo.Demo;

/// <summary>
/// Judges steps of the nano arithmetic project as a careful person would: it stands in for annotators and reviewers in the
/// demo and in tests. Source: the rule in the README beside the model ("Oracle").
/// </summary>
public sealed partial class ArithmeticOracle
{
    private readonly (int A, char Operation, int B, int C)[] _steps;

    /// <summary>Works a problem out.</summary>
    /// <param name="problem">Such as <c>Start with 57. Add 23. Subtract 44.</c></param>
    /// <exception cref="ArgumentException">The text is not a problem of this project.</exception>
    public ArithmeticOracle(string problem)
    {
        var start = Start().Match(problem);
        var operations = Operation().Matches(problem);
        if (!start.Success || operations.Count == 0)
            throw new ArgumentException($"found \"{problem}\", wanted \"Start with N.\" and operations", nameof(problem));

        var value = Number(start.Groups[1]);
        _steps = new (int, char, int, int)[operations.Count];
        for (var i = 0; i < operations.Count; i++)
        {
            var (name, b) = (operations[i].Groups[1].Value, Number(operations[i].Groups[2]));
            var operation = name switch { "Add" => '+', "Subtract" => '-', _ => '*' };
            var result = operation switch { '+' => value + b, '-' => value - b, _ => value * b };
            _steps[i] = (value, operation, b, result);
            value = result;
        }
    }

    /// <summary>The true answer.</summary>
    public int Answer => _steps[^1].C;

    /// <summary>Number of steps that a whole solution has.</summary>
    public int StepCount => _steps.Length;

    /// <summary>Is step k right, given that the steps before it are?</summary>
    /// <param name="k">From 1.</param>
    /// <param name="text">The step's text as sampled: what follows <c>Step k:</c> up to the next step; it begins with a space.</param>
    public bool IsRight(int k, string text)
    {
        if (k < 1 || k > _steps.Length) return false;
        var step = Step().Match(text);
        if (!step.Success) return false;

        var (a, operation, b, c) = _steps[k - 1];
        var sign = step.Groups[2].Value switch { "+" or "plus" => '+', "-" or "minus" => '-', _ => '*' };
        var isLast = k == _steps.Length;
        var answer = step.Groups[5];
        return Number(step.Groups[1]) == a && sign == operation && Number(step.Groups[3]) == b && Number(step.Groups[4]) == c
            && answer.Success == isLast && (!isLast || Number(answer) == c);
    }

    /// <summary>The first step that is not right, from 1; null where all are.</summary>
    /// <param name="steps">The steps' texts in order.</param>
    public int? FirstError(IReadOnlyList<string> steps)
    {
        for (var k = 1; k <= steps.Count; k++)
        {
            if (!IsRight(k, steps[k - 1])) return k;
        }

        return null;
    }

    // Numbers of a model that runs away can have any length: what does not fit is no true value either.
    private static int Number(Group group) =>
        int.TryParse(group.ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : -1;

    [GeneratedRegex(@"^Start with ([0-9]+)\.")]
    private static partial Regex Start();

    [GeneratedRegex(@" (Add|Subtract|Multiply by) ([0-9]+)\.")]
    private static partial Regex Operation();

    [GeneratedRegex(@"^ (?:Now |So |Then |Next, |We take )?([0-9]+) (\+|-|\*|plus|minus|times) ([0-9]+) (?:=|gives|is|equals|makes) ([0-9]+)\.(?:\nThe answer is ([0-9]+)\.)?\z")]
    private static partial Regex Step();
}
