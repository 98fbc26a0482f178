using System.Globalization;
using System.Text.RegularExpressions;
using StepDpo.Web.Theme;

namespace StepDpo.Web.Tests.Theme;

public sealed partial class ThemeStylesheetTests(SiteFixture fixture) : IClassFixture<SiteFixture>
{
    [Fact]
    public async Task Every_variable_that_the_style_sheet_uses_is_defined()
    {
        var css = await fixture.Site.Anonymous().GetStringAsync(new Uri("/app.css", UriKind.Relative), TestContext.Current.CancellationToken);
        var defined = Definition().Matches(ThemeStylesheet.Text + css).Select(match => match.Groups[1].Value).ToHashSet();
        // --at is set where a formula stands on another ground and has a default where it is read.
        var used = Use().Matches(css).Select(match => match.Groups[1].Value).Where(name => name != "at").Distinct().ToList();

        Assert.NotEmpty(used);
        Assert.Empty(used.Except(defined));
    }

    [Fact]
    public async Task The_style_sheet_names_no_colour_of_its_own()
    {
        var css = await fixture.Site.Anonymous().GetStringAsync(new Uri("/app.css", UriKind.Relative), TestContext.Current.CancellationToken);

        // #000 in masks is opacity, not a colour.
        Assert.DoesNotContain(Hex().Matches(css).Select(match => match.Value), value => value != "#000");
    }

    [Theory]
    [InlineData("ink", "bg", 7)]
    [InlineData("ink", "surface", 7)]
    [InlineData("ink2", "bg", 7)]
    [InlineData("ink3", "bg", 4.5)]
    [InlineData("ink3", "sunken", 4.5)]
    [InlineData("ink3", "wait-weak", 4.5)]
    [InlineData("accent", "bg", 4.5)]
    [InlineData("on-accent", "accent", 4.5)]
    [InlineData("accent", "accent-weak", 4.5)]
    [InlineData("right", "right-weak", 4.5)]
    [InlineData("wrong", "wrong-weak", 4.5)]
    [InlineData("wait", "wait-weak", 4.5)]
    [InlineData("control", "bg", 3)]
    [InlineData("control", "surface", 3)]
    public void Text_and_outlines_keep_their_contrast_in_both_themes(string colour, string ground, double least)
    {
        var front = Tokens.All.Single(token => token.Name == colour);
        var back = Tokens.All.Single(token => token.Name == ground);

        Assert.True(Contrast(front.Light, back.Light) >= least, $"light: {Contrast(front.Light, back.Light):F2}");
        Assert.True(Contrast(front.Dark, back.Dark) >= least, $"dark: {Contrast(front.Dark, back.Dark):F2}");
    }

    [Fact]
    public void Mud_blazor_gets_the_same_colours()
    {
        var light = StepDpoTheme.Value.PaletteLight;

        Assert.Equal(Tokens.Accent.Light, light.Primary.Value[..7], ignoreCase: true);
        Assert.Equal(Tokens.Background.Dark, StepDpoTheme.Value.PaletteDark.Background.Value[..7], ignoreCase: true);
        Assert.Contains("--mud-palette-primary: var(--accent)", ThemeStylesheet.Text, StringComparison.Ordinal);
    }

    /// <summary>WCAG 2: (L1 + 0.05) / (L2 + 0.05).</summary>
    private static double Contrast(string one, string other)
    {
        var (a, b) = (Luminance(one), Luminance(other));
        return (Math.Max(a, b) + 0.05) / (Math.Min(a, b) + 0.05);
    }

    private static double Luminance(string hex)
    {
        double Channel(int at)
        {
            var value = int.Parse(hex.AsSpan(at, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture) / 255.0;
            return value <= 0.04045 ? value / 12.92 : Math.Pow((value + 0.055) / 1.055, 2.4);
        }
        return 0.2126 * Channel(1) + 0.7152 * Channel(3) + 0.0722 * Channel(5);
    }

    [GeneratedRegex(@"--([a-z0-9-]+):")]
    private static partial Regex Definition();

    [GeneratedRegex(@"var\(--([a-z0-9-]+)")]
    private static partial Regex Use();

    [GeneratedRegex(@"(?<!url\()#[0-9A-Fa-f]{3,8}\b(?![^{}]*\{)")]
    private static partial Regex Hex();
}
