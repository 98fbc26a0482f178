using StepDpo.Web.Components;

namespace StepDpo.Web.Models;

/// <summary>Models in words: the same on every page.</summary>
public static class ModelWords
{
    /// <summary>"7.6 billion", "135 million", "104,512".</summary>
    public static string Size(long weights) => weights switch
    {
        >= 1_000_000_000 => T($"{weights / 1e9:0.0} billion"),
        >= 1_000_000 => T($"{weights / 1e6:0} million"),
        _ => Say.Number(weights),
    };
}
