using StepDpo.Core.Exams;
using StepDpo.Web.Annotations;

namespace StepDpo.Web.Exams;

/// <summary>The shipped solutions as cards of the annotate page. Their numbers are negative: drafts of assignments lie beside them in the browser.</summary>
public static class ExamCards
{
    private static readonly Dictionary<string, long> Numbers = KnownSolutions.All.Index().ToDictionary(known => known.Item.Name, known => -1L - known.Index);

    /// <summary>A solution's card: nothing of its first error is in it.</summary>
    public static SolutionCard Of(KnownSolution item) => new(Number(item), null, item.Statement, item.Answer, item.Found, !item.IsRight, item.Steps);

    /// <summary>A solution's number.</summary>
    public static long Number(KnownSolution item) => Numbers[item.Name];

    /// <summary>The solution of a number, or null.</summary>
    public static KnownSolution? ItemOf(long number) => number < 0 && -1 - number < KnownSolutions.All.Count ? KnownSolutions.All[(int)(-1 - number)] : null;

    /// <summary>"step 3", "no error", "cannot judge".</summary>
    public static string Words(int? said) => said switch { null => T("cannot judge"), 0 => T("no error"), _ => T($"step {said}") };

    /// <summary>"Press 3, then Enter."</summary>
    public static string Key(KnownSolution item) => item.Step is { } step ? T($"Press {step}") : T("Press 0");
}
