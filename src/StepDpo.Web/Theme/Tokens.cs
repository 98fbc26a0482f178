namespace StepDpo.Web.Theme;

/// <summary>Every colour of the site, in one place: <see cref="ThemeStylesheet"/> and <see cref="StepDpoTheme"/> are made from it.</summary>
/// <remarks>Contrast, measured on page and surface: ink 15.9, ink2 8.2, ink3 5.2, accent 6.8, right 5.6, wrong 5.6, wait 6.3 or more; on its weak ground each keeps 5.2.</remarks>
public static class Tokens
{
    /// <summary>The page.</summary>
    public static readonly Token Background = new("bg", "#F6F6F3", "#121316");

    /// <summary>What is worked on: panels, cards, fields.</summary>
    public static readonly Token Surface = new("surface", "#FFFFFF", "#191B1F");

    /// <summary>Wells, tracks, code.</summary>
    public static readonly Token Sunken = new("sunken", "#EDEDE9", "#0D0E10");

    /// <summary>The chosen tab, row or rail item.</summary>
    public static readonly Token Pick = new("pick", "#E7E7E2", "#262A30");

    /// <summary>Hairlines: decoration only.</summary>
    public static readonly Token Border = new("border", "#DCDCD7", "#2D3138");

    /// <summary>Outlines that carry meaning, 3:1 and more.</summary>
    public static readonly Token Control = new("control", "#858A93", "#737A85");

    /// <summary>Text.</summary>
    public static readonly Token Ink = new("ink", "#191B1F", "#E5E6E9");

    /// <summary>Second text.</summary>
    public static readonly Token Ink2 = new("ink2", "#454A53", "#B6BAC2");

    /// <summary>Labels, and what nobody judged.</summary>
    public static readonly Token Ink3 = new("ink3", "#626771", "#9096A0");

    /// <summary>What can be done: buttons, links, focus.</summary>
    public static readonly Token Accent = new("accent", "#4B45B8", "#B3ADFF");

    /// <summary>Ground of a chosen row.</summary>
    public static readonly Token AccentWeak = new("accent-weak", "#ECEBFA", "#2A2850");

    /// <summary>Text on the accent.</summary>
    public static readonly Token OnAccent = new("on-accent", "#FFFFFF", "#10131F");

    /// <summary>Correct, winner.</summary>
    public static readonly Token Right = new("right", "#006A8E", "#5CC0E6");

    /// <summary>Ground of correct.</summary>
    public static readonly Token RightWeak = new("right-weak", "#DFEFF6", "#10303D");

    /// <summary>First error, loser, failed.</summary>
    public static readonly Token Wrong = new("wrong", "#AE3D0B", "#FF9B68");

    /// <summary>Ground of a first error.</summary>
    public static readonly Token WrongWeak = new("wrong-weak", "#FBEBE1", "#3B2115");

    /// <summary>Needs somebody: waiting, stale, warning.</summary>
    public static readonly Token Wait = new("wait", "#7C5200", "#E3B455");

    /// <summary>Ground of waiting.</summary>
    public static readonly Token WaitWeak = new("wait-weak", "#FAF0D7", "#342A10");

    /// <summary>Sign drawn on a filled state.</summary>
    public static readonly Token OnState = new("on-state", "#FFFFFF", "#101114");

    /// <summary>"This value, everywhere".</summary>
    public static readonly Token Mark = new("mark", "#FFE7A3", "#5A4712");

    /// <summary>All of them, in the order in which the style sheet lists them.</summary>
    public static IReadOnlyList<Token> All { get; } =
    [
        Background, Surface, Sunken, Pick, Border, Control, Ink, Ink2, Ink3, Accent, AccentWeak, OnAccent,
        Right, RightWeak, Wrong, WrongWeak, Wait, WaitWeak, OnState, Mark,
    ];

    /// <summary>Interface type: Inter, and the system's own for Chinese.</summary>
    public static readonly string[] Sans = ["Inter", "system-ui", "Segoe UI", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "sans-serif"];

    /// <summary>Reading type: what a model or a textbook wrote.</summary>
    public static readonly string[] Serif = ["Source Serif 4", "Songti SC", "SimSun", "Noto Serif CJK SC", "Georgia", "serif"];

    /// <summary>Code and logs.</summary>
    public static readonly string[] Mono = ["ui-monospace", "Cascadia Mono", "SF Mono", "Menlo", "DejaVu Sans Mono", "monospace"];
}
