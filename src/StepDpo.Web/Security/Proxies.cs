using System.Net;
using Microsoft.AspNetCore.HttpOverrides;

namespace StepDpo.Web.Security;

/// <summary>Forwarded headers: believed only from the proxies that the settings name, and from nobody by default.</summary>
public static class Proxies
{
    private const string Setting = "StepDpo:TrustedProxies";

    /// <summary>Trusts <c>StepDpo:TrustedProxies</c> (a list of addresses); without it the headers are ignored.</summary>
    /// <exception cref="FormatException">An entry is no IP address.</exception>
    public static void UseTrustedProxies(this WebApplication app)
    {
        var addresses = app.Configuration.GetSection(Setting).Get<string[]>() ?? [];
        if (addresses.Length == 0)
            return;
        var options = new ForwardedHeadersOptions
        {
            ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto | ForwardedHeaders.XForwardedHost,
        };
        options.KnownIPNetworks.Clear();
        options.KnownProxies.Clear();
        foreach (var address in addresses)
        {
            options.KnownProxies.Add(IPAddress.TryParse(address, out var parsed)
                ? parsed
                : throw new FormatException($"Setting {Setting}: found \"{address}\", wanted an IP address."));
        }
        app.UseForwardedHeaders(options);
    }
}
