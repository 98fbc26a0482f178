using StepDpo.Core.Data;

namespace StepDpo.Core.Models;

/// <summary>Addresses of endpoints, and which of them are allowed.</summary>
internal static class EndpointAddress
{
    /// <summary>The address in one spelling, without a slash at its end.</summary>
    public static Outcome<string> Parse(string url)
    {
        if (!Uri.TryCreate(url?.Trim(), UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https"))
            return Refusal.Invalid("Url", "The address must begin with http:// or https://.");
        if (uri.UserInfo.Length > 0 || uri.Query.Length > 0 || uri.Fragment.Length > 0)
            return Refusal.Invalid("Url", "The address must hold no user name, question mark or #.");
        var address = uri.GetLeftPart(UriPartial.Path).TrimEnd('/');
        return address.Length > 500 ? Refusal.Invalid("Url", "The address may hold 500 characters.") : address;
    }

    /// <summary>Whether an address lies under another: same scheme, host and port, and a path that goes on at a slash. Both in the spelling of <see cref="Parse"/>.</summary>
    public static bool IsWithin(string address, string prefix) =>
        address == prefix || address.StartsWith(prefix + "/", StringComparison.Ordinal);
}
