using System.Globalization;

namespace StepDpo.Web.Languages;

/// <summary>A language of the interface.</summary>
/// <param name="Code">Its tag, as <c>&lt;html lang&gt;</c> and <see cref="CultureInfo"/> have it.</param>
/// <param name="Name">Its own name for itself.</param>
public sealed record Language(string Code, string Name)
{
    /// <summary>The language of the keys.</summary>
    public static readonly Language English = new("en", "English");

    /// <summary>Simplified Chinese.</summary>
    public static readonly Language Chinese = new("zh-Hans", "中文");

    /// <summary>What may be chosen, in the order of the buttons.</summary>
    public static IReadOnlyList<Language> All { get; } = [English, Chinese];

    /// <summary>The language of this request, or of the request that began this circuit.</summary>
    public static Language Current => Of(CultureInfo.CurrentUICulture.Name) ?? English;

    /// <summary>The language with this tag, or null. Without ICU the framework writes tags in capitals of its own.</summary>
    public static Language? Of(string? code) => All.FirstOrDefault(language => language.Code.Equals(code, StringComparison.OrdinalIgnoreCase));
}
