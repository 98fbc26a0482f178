using Microsoft.Extensions.Localization;
using MudBlazor;

namespace StepDpo.Web.Languages;

/// <summary>MudBlazor's own words, from our catalogue; its English where ours says nothing else.</summary>
internal sealed class MudWords : MudLocalizer
{
    /// <inheritdoc />
    public override LocalizedString this[string key] => Catalogue.T(key) is var said && said != key ? new(key, said) : new(key, key, resourceNotFound: true);
}
