using System.Globalization;
using StepDpo.Web.Components;

namespace StepDpo.Web.Models;

/// <summary>Models in words: the same on every page.</summary>
public static class ModelWords
{
    /// <summary>"7.6 billion", "135 million", "104,512".</summary>
    public static string Size(long weights) => weights switch
    {
        >= 1_000_000_000 => (weights / 1e9).ToString("0.0", CultureInfo.InvariantCulture) + " billion",
        >= 1_000_000 => (weights / 1e6).ToString("0", CultureInfo.InvariantCulture) + " million",
        _ => Say.Number(weights),
    };
}
