using MudBlazor;

namespace StepDpo.Web.Theme;

/// <summary>MudBlazor's theme, made from <see cref="Tokens"/>.</summary>
public static class StepDpoTheme
{
    /// <summary>The one theme of the site.</summary>
    public static MudTheme Value { get; } = new()
    {
        PaletteLight = Fill(new PaletteLight(), token => token.Light),
        PaletteDark = Fill(new PaletteDark(), token => token.Dark),
        LayoutProperties = new LayoutProperties
        {
            DefaultBorderRadius = "6px",
            AppbarHeight = "48px",
            DrawerWidthLeft = "208px",
            DrawerMiniWidthLeft = "56px",
        },
        Typography = Typography(),
        Shadows = Shadows(),
    };

    private static T Fill<T>(T palette, Func<Token, string> value) where T : Palette
    {
        palette.Background = value(Tokens.Background);
        palette.BackgroundGray = value(Tokens.Sunken);
        palette.Surface = value(Tokens.Surface);
        palette.AppbarBackground = value(Tokens.Background);
        palette.AppbarText = value(Tokens.Ink);
        palette.DrawerBackground = value(Tokens.Background);
        palette.DrawerText = value(Tokens.Ink2);
        palette.DrawerIcon = value(Tokens.Ink2);
        palette.TextPrimary = value(Tokens.Ink);
        palette.TextSecondary = value(Tokens.Ink2);
        palette.TextDisabled = value(Tokens.Ink3);
        palette.ActionDefault = value(Tokens.Ink2);
        palette.ActionDisabled = value(Tokens.Ink3);
        palette.ActionDisabledBackground = value(Tokens.Sunken);
        palette.LinesDefault = value(Tokens.Border);
        palette.Divider = value(Tokens.Border);
        palette.DividerLight = value(Tokens.Border);
        palette.TableLines = value(Tokens.Border);
        palette.LinesInputs = value(Tokens.Control);
        palette.Primary = value(Tokens.Accent);
        palette.PrimaryContrastText = value(Tokens.OnAccent);
        palette.Secondary = value(Tokens.Ink2);
        palette.SecondaryContrastText = value(Tokens.Surface);
        palette.Tertiary = value(Tokens.Accent);
        palette.TertiaryContrastText = value(Tokens.OnAccent);
        palette.Info = value(Tokens.Right);
        palette.InfoContrastText = value(Tokens.OnState);
        palette.Success = value(Tokens.Right);
        palette.SuccessContrastText = value(Tokens.OnState);
        palette.Error = value(Tokens.Wrong);
        palette.ErrorContrastText = value(Tokens.OnState);
        palette.Warning = value(Tokens.Wait);
        palette.WarningContrastText = value(Tokens.OnState);
        palette.Dark = value(Tokens.Ink);
        palette.DarkContrastText = value(Tokens.Background);
        palette.Skeleton = value(Tokens.Border);
        palette.HoverOpacity = 0.04;
        return palette;
    }

    private static Typography Typography() => new()
    {
        Default = new DefaultTypography { FontFamily = Tokens.Sans, FontSize = "14px", LineHeight = "20px", FontWeight = "400", LetterSpacing = "normal" },
        Body1 = new Body1Typography { FontFamily = Tokens.Sans, FontSize = "14px", LineHeight = "20px", FontWeight = "400", LetterSpacing = "normal" },
        Body2 = new Body2Typography { FontFamily = Tokens.Sans, FontSize = "13px", LineHeight = "18px", FontWeight = "400", LetterSpacing = "normal" },
        Caption = new CaptionTypography { FontFamily = Tokens.Sans, FontSize = "12px", LineHeight = "16px", FontWeight = "500", LetterSpacing = "normal" },
        H5 = new H5Typography { FontFamily = Tokens.Sans, FontSize = "20px", LineHeight = "28px", FontWeight = "600", LetterSpacing = "-.012em" },
        H6 = new H6Typography { FontFamily = Tokens.Sans, FontSize = "14px", LineHeight = "20px", FontWeight = "600", LetterSpacing = "normal" },
        Subtitle1 = new Subtitle1Typography { FontFamily = Tokens.Sans, FontSize = "14px", LineHeight = "20px", FontWeight = "600", LetterSpacing = "normal" },
        Subtitle2 = new Subtitle2Typography { FontFamily = Tokens.Sans, FontSize = "12px", LineHeight = "16px", FontWeight = "500", LetterSpacing = "normal" },
        Button = new ButtonTypography { FontFamily = Tokens.Sans, FontSize = "14px", LineHeight = "20px", FontWeight = "500", LetterSpacing = "normal", TextTransform = "none" },
    };

    /// <summary>Depth is ground and hairline; only what floats (menu, select, dialog) has a shadow.</summary>
    private static Shadow Shadows()
    {
        var shadow = new Shadow();
        for (var level = 0; level < shadow.Elevation.Length; level++)
            shadow.Elevation[level] = "none";
        shadow.Elevation[8] = "0 8px 24px rgba(0, 0, 0, .16)";
        shadow.Elevation[24] = "0 8px 24px rgba(0, 0, 0, .16)";
        return shadow;
    }
}
