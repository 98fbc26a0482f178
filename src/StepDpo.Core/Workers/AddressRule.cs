using System.Net;
using System.Net.Sockets;

namespace StepDpo.Core.Workers;

/// <summary>
/// Which addresses a request may reach. A name is looked up once, at the connection, and what it resolves to is what is checked
/// and connected to: a name that resolves otherwise a moment later (DNS rebinding) gains nothing.
/// </summary>
public static class AddressRule
{
    /// <summary>Whether a base address lies under an entry of the allow-list: same scheme, host and port, and its path begins with the entry's.</summary>
    public static bool Covers(Uri entry, Uri address) =>
        entry.Scheme == address.Scheme
        && string.Equals(entry.IdnHost, address.IdnHost, StringComparison.OrdinalIgnoreCase)
        && entry.Port == address.Port
        && Folder(address).StartsWith(Folder(entry), StringComparison.Ordinal);

    /// <summary>
    /// Whether this address may be connected to. Link-local ones (cloud metadata), multicast and "any" never; loopback only where
    /// the admin's entry names this machine itself.
    /// </summary>
    public static bool Allows(IPAddress address, string entryHost)
    {
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        if (IPAddress.IsLoopback(address)) return entryHost == "localhost" || (IPAddress.TryParse(entryHost, out var literal) && IPAddress.IsLoopback(literal));
        if (address.AddressFamily == AddressFamily.InterNetworkV6)
            return !address.IsIPv6LinkLocal && !address.IsIPv6Multicast && !address.Equals(IPAddress.IPv6Any);
        var bytes = address.GetAddressBytes();
        return bytes[0] != 0 && bytes[0] < 224 && !(bytes[0] == 169 && bytes[1] == 254);
    }

    /// <summary>Resolves, checks and connects; for <see cref="SocketsHttpHandler.ConnectCallback"/>.</summary>
    public static async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var host = context.DnsEndPoint.Host;
        var addresses = await Dns.GetHostAddressesAsync(host, cancellationToken);
        var allowed = addresses.Where(address => Allows(address, host.Trim('[', ']'))).ToArray();
        if (allowed.Length == 0) throw new EndpointException($"{host}: it resolves to an address that may not be reached.", mayPass: false);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(allowed, context.DnsEndPoint.Port, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static string Folder(Uri address) => address.AbsolutePath.TrimEnd('/') + "/";
}
