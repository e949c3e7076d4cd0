using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace GameServer.LocalAccelerator;

/// <summary>A subnet, with the five addresses left out that are reserved in every one.</summary>
internal sealed record Subnet(string Id, uint First, int Size)
{
    /// <summary>The subnet of a CIDR.</summary>
    /// <exception cref="ArgumentException">It is none, or not of the sizes custom routing allows.</exception>
    public static Subnet Parse(string id, string cidr)
    {
        if (!IPNetwork.TryParse(cidr, out var network) || network.BaseAddress.AddressFamily != AddressFamily.InterNetwork
            || network.PrefixLength is < 17 or > 28
            || network.ToString() != cidr)
            throw new ArgumentException($"'{cidr}' of {id} is no IPv4 network of /17 to /28 in its usual form, such as 10.0.0.0/28.");
        return new(id, Number(network.BaseAddress), 1 << (32 - network.PrefixLength));
    }

    /// <summary>The addresses that can be destinations, in order.</summary>
    public IEnumerable<string> Addresses => Enumerable.Range(4, Size - 5).Select(i => Text(First + (uint)i));

    /// <summary>Whether the address can be a destination.</summary>
    public bool Has(string address) =>
        IPAddress.TryParse(address, out var ip) && ip.AddressFamily == AddressFamily.InterNetwork && ip.ToString() == address
        && Number(ip) - (long)First is var at && at >= 4 && at < Size - 1;

    private static uint Number(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[4];
        address.TryWriteBytes(bytes, out _);
        return BinaryPrimitives.ReadUInt32BigEndian(bytes);
    }

    private static string Text(uint number)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, number);
        return new IPAddress(bytes).ToString();
    }
}
