using StepDpo.Core.Annotations;

namespace StepDpo.Web.Search;

/// <summary>A label in a few words.</summary>
public static class Label
{
    /// <summary>"First error at step 3", "No error", "Cannot be judged", or "No verdict".</summary>
    public static string Words(FirstErrorOutcome? outcome, int? step) => outcome switch
    {
        FirstErrorOutcome.FirstError => T($"First error at step {step}"),
        FirstErrorOutcome.NoError => T("No error"),
        FirstErrorOutcome.CannotJudge => T("Cannot be judged"),
        FirstErrorOutcome.Undone or null or _ => T("No verdict"),
    };
}
