namespace StepDpo.Web.Security;

/// <summary>Addresses to come back to: a path of this site, or the home page. A foreign address never passes.</summary>
public static class LocalAddress
{
    /// <summary>The address when it is a plain path of this site, else <c>/</c>.</summary>
    public static string OrHome(string? address)
    {
        if (address is null or "" || address[0] != '/' || address.Any(c => char.IsControl(c) || c == '\\'))
            return "/";
        return address.Length > 1 && address[1] == '/' ? "/" : address;
    }
}
