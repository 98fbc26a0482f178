using StepDpo.Core.Data;

namespace StepDpo.Web.Components;

/// <summary>Outcomes as pages use them.</summary>
public static class Outcomes
{
    /// <summary>The value, or null where it was refused.</summary>
    public static T? ValueOrNull<T>(this Outcome<T> outcome) where T : class => outcome.Succeeded ? outcome.Value : null;
}
