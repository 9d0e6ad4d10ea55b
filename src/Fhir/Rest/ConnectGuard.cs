using System.Net;
using System.Net.Sockets;

namespace BiopsyFhir.Fhir.Rest;

/// <summary>
/// Resolves a host once and connects only to an address of that answer which the EHR's configuration allows. A name that points
/// into the hospital's network or at this machine (SSRF), or changes between check and use (DNS rebinding), gets no connection.
/// </summary>
public static class ConnectGuard
{
    /// <summary>How names are resolved; <see cref="Dns"/> outside tests.</summary>
    public delegate Task<IPAddress[]> Resolve(string host, CancellationToken ct);

    /// <summary>A <see cref="SocketsHttpHandler.ConnectCallback"/> that keeps to <paramref name="reach"/>; refuses with <see cref="AddressRefusedException"/>.</summary>
    public static Func<SocketsHttpConnectionContext, CancellationToken, ValueTask<Stream>> For(NetworkReach reach, Resolve? resolve = null)
    {
        resolve ??= Dns.GetHostAddressesAsync;
        return async (context, ct) =>
        {
            var resolved = await resolve(context.DnsEndPoint.Host, ct).ConfigureAwait(false);
            var allowed = Array.FindAll(resolved, a => Allows(reach, a));
            if (allowed.Length == 0)
                throw new AddressRefusedException();
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(allowed, context.DnsEndPoint.Port, ct).ConfigureAwait(false);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        };
    }

    /// <summary>Whether an EHR of this reach may live at this address. Forms that carry an IPv4 address inside IPv6 are judged by what they carry.</summary>
    public static bool Allows(NetworkReach reach, IPAddress address)
    {
        var plain = Unwrap(address);
        if (plain is null)
            return false;
        var loopback = IPAddress.IsLoopback(plain);
        return reach switch
        {
            NetworkReach.Loopback => loopback,
            NetworkReach.Private => !loopback && !NeverAllowed(plain) && (IsHospitalNetwork(plain) || IsPublic(plain)),
            _ => IsPublic(plain),
        };
    }

    private static bool IsPublic(IPAddress address) =>
        address.AddressFamily == AddressFamily.InterNetwork
            ? !NotPublicV4.Any(n => n.Contains(address))
            : GlobalUnicastV6.Contains(address) && !NotPublicV6.Any(n => n.Contains(address));

    private static bool IsHospitalNetwork(IPAddress address) => HospitalNetworks.Any(n => n.Contains(address));

    private static bool NeverAllowed(IPAddress address) => address.Equals(CloudMetadataV6);

    /// <summary>The IPv4 address inside a mapped, NAT64 or 6to4 address; null for forms that have no business here.</summary>
    private static IPAddress? Unwrap(IPAddress address)
    {
        if (address.AddressFamily == AddressFamily.InterNetwork)
            return address;
        if (address.AddressFamily != AddressFamily.InterNetworkV6)
            return null;
        if (address.IsIPv4MappedToIPv6)
            return address.MapToIPv4();
        var bytes = address.GetAddressBytes();
        if (Nat64.Contains(address))
            return new IPAddress(bytes.AsSpan(12, 4));
        if (SixToFour.Contains(address))
            return new IPAddress(bytes.AsSpan(2, 4));
        if (IPAddress.IsLoopback(address))
            return address;
        // ::a.b.c.d (deprecated) and Teredo hide an IPv4 address as well.
        return Ipv4Compatible.Contains(address) || Teredo.Contains(address) ? null : address;
    }

    private static readonly IPNetwork Nat64 = IPNetwork.Parse("64:ff9b::/96");
    private static readonly IPNetwork SixToFour = IPNetwork.Parse("2002::/16");
    private static readonly IPNetwork Teredo = IPNetwork.Parse("2001::/32");
    private static readonly IPNetwork Ipv4Compatible = IPNetwork.Parse("::/96");
    private static readonly IPNetwork GlobalUnicastV6 = IPNetwork.Parse("2000::/3");
    private static readonly IPAddress CloudMetadataV6 = IPAddress.Parse("fd00:ec2::254");

    private static readonly IPNetwork[] HospitalNetworks =
        Networks("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7");

    // IANA special-purpose registries (RFC 6890 and its updates).
    private static readonly IPNetwork[] NotPublicV4 = Networks(
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
        "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4");

    private static readonly IPNetwork[] NotPublicV6 = Networks("2001:2::/48", "2001:10::/28", "2001:db8::/32", "3fff::/20");

    private static IPNetwork[] Networks(params string[] prefixes) => Array.ConvertAll(prefixes, p => IPNetwork.Parse(p));
}

/// <summary>The host resolved only to addresses that this EHR's configuration does not allow.</summary>
public sealed class AddressRefusedException() : IOException("The host resolves to no address that is allowed for this EHR.");
