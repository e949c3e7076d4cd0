using System.Net;
using System.Net.Sockets;
using System.Text.Json;

namespace GameServer.Ecs;

/// <summary>The address of the task that this program runs in, as ECS says it.</summary>
public static class TaskAddress
{
    /// <summary>The environment variable in which ECS says, to every container it starts, where its metadata is.</summary>
    public const string Variable = "ECS_CONTAINER_METADATA_URI_V4";

    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Asks for the address. It is the one of the task's own network interface (network mode <c>awsvpc</c>), at which others reach it.
    /// </summary>
    /// <param name="metadata">What <see cref="Variable"/> says.</param>
    /// <exception cref="EcsException">
    /// It gives no answer within five seconds, the task has no interface of its own, or its address is one that nobody else can reach.
    /// </exception>
    public static async Task<IPAddress> AskAsync(string metadata)
    {
        try
        {
            using var http = new HttpClient { Timeout = Timeout };
            using var container = JsonDocument.Parse(await http.GetStringAsync(new Uri(metadata)));
            var networks = container.RootElement.GetProperty("Networks").EnumerateArray()
                .Where(network => network.GetProperty("NetworkMode").GetString() == "awsvpc").ToList();
            if (networks.Count == 0)
                throw new EcsException("The task's network mode is not awsvpc, so it has no address of its own.");
            var address = IPAddress.Parse(networks[0].GetProperty("IPv4Addresses")[0].GetString()!);
            return IsReachable(address) ? address
                : throw new EcsException($"The task's own address is {address} by {metadata}; nobody else can reach that.");
        }
        catch (Exception exception) when (exception is HttpRequestException or TaskCanceledException or JsonException
            or KeyNotFoundException or InvalidOperationException or IndexOutOfRangeException or ArgumentException or FormatException)
        {
            throw new EcsException($"The task's own address could not be read from {metadata} ({Variable}): {exception.Message}", exception);
        }
    }

    private static bool IsReachable(IPAddress address) =>
        address.AddressFamily == AddressFamily.InterNetwork && !IPAddress.IsLoopback(address) && !address.Equals(IPAddress.Any)
        && address.GetAddressBytes() is not [169, 254, ..];
}
