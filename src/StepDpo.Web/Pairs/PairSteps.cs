using System.Text.RegularExpressions;
using StepDpo.Core.Sampling;

namespace StepDpo.Web.Pairs;

/// <summary>One step of a losing solution on the spine.</summary>
/// <param name="Number">1, 2, …</param>
/// <param name="Text">The step as the model wrote it, without its number: that stands beside it.</param>
/// <param name="Class">Class of <c>app.css</c>.</param>
/// <param name="Sign">Sign of the sprite.</param>
/// <param name="Word">What the sign means.</param>
/// <param name="Colour">Class of its colour.</param>
public sealed partial record PairSteps(int Number, string Text, string Class, string Sign, string Word, string Colour)
{
    /// <summary>The steps: right before k, the first error at k, not judged after it.</summary>
    public static IEnumerable<PairSteps> Of(Solution solution, int? k)
    {
        for (var i = 0; i < solution.StepOffsets.Length; i++)
        {
            var end = i + 1 < solution.StepOffsets.Length ? solution.StepOffsets[i + 1] : solution.Text.Length;
            var text = Heading().Replace(solution.Text[solution.StepOffsets[i]..end].Trim(), "");
            var number = i + 1;
            yield return number == k ? new PairSteps(number, text, "first-error", "error", T("First error"), "is-wrong")
                : k is null || number < k ? new PairSteps(number, text, "right-step", "tick", T("Correct"), "is-right")
                : new PairSteps(number, text, "unjudged", "dots", T("Not judged"), "is-none");
        }
    }

    [GeneratedRegex(@"^Step \d+:\s*")]
    private static partial Regex Heading();
}
