namespace StepDpo.Web.Theme;

/// <summary>One colour of the look: a CSS variable with a value for light and one for dark.</summary>
/// <param name="Name">CSS variable without the dashes: <c>ink2</c>.</param>
/// <param name="Light">Hexadecimal colour on the light theme.</param>
/// <param name="Dark">Hexadecimal colour on the dark theme.</param>
public sealed record Token(string Name, string Light, string Dark)
{
    /// <summary>The reference that style sheets use.</summary>
    public string Css => $"var(--{Name})";
}
