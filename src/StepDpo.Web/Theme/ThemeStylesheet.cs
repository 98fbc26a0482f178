using System.Security.Cryptography;
using System.Text;

namespace StepDpo.Web.Theme;

/// <summary><c>/theme.css</c>: the tokens as CSS variables, and MudBlazor's palette bound to them.</summary>
/// <remarks>
/// Each colour is a <c>light-dark()</c> pair and MudBlazor's variables point at it, so the theme is right before the first paint
/// in all three settings and no script is needed for "system" (docs/decisions/0010-theme.md).
/// </remarks>
public static class ThemeStylesheet
{
    private static readonly (string Mud, Token Colour, Token Text)[] Roles =
    [
        ("primary", Tokens.Accent, Tokens.OnAccent),
        ("secondary", Tokens.Ink2, Tokens.Surface),
        ("tertiary", Tokens.Accent, Tokens.OnAccent),
        ("info", Tokens.Right, Tokens.OnState),
        ("success", Tokens.Right, Tokens.OnState),
        ("error", Tokens.Wrong, Tokens.OnState),
        ("warning", Tokens.Wait, Tokens.OnState),
        ("dark", Tokens.Ink, Tokens.Background),
    ];

    private static readonly (string Mud, Token Colour)[] Grounds =
    [
        ("background", Tokens.Background), ("background-gray", Tokens.Sunken), ("surface", Tokens.Surface),
        ("drawer-background", Tokens.Background), ("drawer-text", Tokens.Ink2), ("drawer-icon", Tokens.Ink2),
        ("appbar-background", Tokens.Background), ("appbar-text", Tokens.Ink),
        ("text-primary", Tokens.Ink), ("text-secondary", Tokens.Ink2), ("text-disabled", Tokens.Ink3),
        ("action-default", Tokens.Ink2), ("action-disabled", Tokens.Ink3), ("action-disabled-background", Tokens.Sunken),
        ("lines-default", Tokens.Border), ("lines-inputs", Tokens.Control), ("table-lines", Tokens.Border),
        ("divider", Tokens.Border), ("divider-light", Tokens.Border), ("skeleton", Tokens.Border),
    ];

    /// <summary>The style sheet's text.</summary>
    public static string Text { get; } = Build();

    /// <summary>Address with the content's hash: a change of a colour reaches every browser at once.</summary>
    public static string Href { get; } = $"/theme.css?v={Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Text)))[..10]}";

    private static string Build()
    {
        var css = new StringBuilder(":root {\n  color-scheme: light dark;\n");
        foreach (var token in Tokens.All)
            css.Append("  --").Append(token.Name).Append(": light-dark(").Append(token.Light).Append(", ").Append(token.Dark).Append(");\n");
        css.Append("  --sans: ").Append(Families(Tokens.Sans)).Append(";\n  --serif: ").Append(Families(Tokens.Serif))
            .Append(";\n  --mono: ").Append(Families(Tokens.Mono)).Append(";\n");
        css.Append("  --r1: 4px; --r2: 6px; --r3: 10px;\n}\n:root.light { color-scheme: light }\n:root.dark { color-scheme: dark }\n");

        // One element more than MudThemeProvider's own ":root": these win wherever that style element stands.
        css.Append("html:root {\n");
        foreach (var (mud, colour) in Grounds)
            css.Append("  --mud-palette-").Append(mud).Append(": ").Append(colour.Css).Append(";\n");
        foreach (var (mud, colour, text) in Roles)
        {
            css.Append("  --mud-palette-").Append(mud).Append(": ").Append(colour.Css)
                .Append("; --mud-palette-").Append(mud).Append("-text: ").Append(text.Css)
                .Append("; --mud-palette-").Append(mud).Append("-darken: ").Append(colour.Css)
                .Append("; --mud-palette-").Append(mud).Append("-lighten: ").Append(colour.Css)
                .Append("; --mud-palette-").Append(mud).Append("-hover: color-mix(in srgb, ").Append(colour.Css).Append(" 6%, transparent);\n");
        }
        css.Append("  --mud-palette-action-default-hover: color-mix(in srgb, var(--ink) 4%, transparent);\n");
        css.Append("  --mud-palette-table-hover: color-mix(in srgb, var(--ink) 4%, transparent);\n}\n");
        return css.ToString();
    }

    private static string Families(IEnumerable<string> names) =>
        string.Join(", ", names.Select(name => name.Contains(' ', StringComparison.Ordinal) ? $"\"{name}\"" : name));
}
