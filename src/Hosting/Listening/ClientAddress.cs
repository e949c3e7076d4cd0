using System.Net;
using System.Net.Sockets;

namespace GameServer.Hosting.Listening;

/// <summary>Which addresses count as one.</summary>
public static class ClientAddress
{
    /// <summary>
    /// The address under which a client is counted. Of IPv6 one customer holds a whole /64, so that counts as one; IPv4 is the same however
    /// it is written. Who has no address counts as one client.
    /// </summary>
    public static IPAddress Counted(IPAddress? address)
    {
        if (address is null)
            return IPAddress.None;
        if (address.IsIPv4MappedToIPv6)
            return address.MapToIPv4();
        if (address.AddressFamily != AddressFamily.InterNetworkV6)
            return address;
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out _);
        bytes[8..].Clear();
        return new(bytes);
    }
}
