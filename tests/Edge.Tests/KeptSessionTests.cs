using System.Net;
using GameServer.Game;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace GameServer.Edge.Tests;

public sealed class KeptSessionTests
{
    private readonly FakeHost host = new();
    private readonly ManualTime time = new();

    [Fact]
    public async Task Of_the_sessions_that_one_address_leaves_behind_the_oldest_goes_when_there_is_one_too_many()
    {
        await using var edge = await EdgeServer.StartAsync(null, "GameServer:Edge:SessionsKeptPerAddress=2");
        var connections = new List<ConnectionId>();
        for (var n = 1; n <= 4; n++)
        {
            var (client, connect) = await edge.ConnectAsync($"?user_id=p{n}");
            connections.Add(connect.Connection);
            client.Dispose();
            await edge.Host.NextAsync<Disconnect>();
            if (n > 2)
                Assert.Equal(($"p{n - 2}", new ForgetSession(connections[n - 3])), await edge.Host.NextAsync<ForgetSession>());
        }

        Assert.Equal(2, edge.App.Services.GetRequiredService<KeptSessions>().Count);
    }

    [Fact]
    public async Task Version_1_leaves_none_behind()
    {
        await using var edge = await EdgeServer.StartAsync(null, "GameServer:Edge:SessionsKeptPerAddress=1");
        for (var n = 1; n <= 2; n++)
        {
            var (client, _) = await edge.ConnectAsync($"?user_id=p{n}", v2: false);
            client.Dispose();
            await edge.Host.NextAsync<Disconnect>();
        }

        await Wait.UntilAsync(() => edge.Connections.Count == 0);
        Assert.Equal(0, edge.App.Services.GetRequiredService<KeptSessions>().Count);
    }

    [Fact]
    public async Task All_addresses_together_have_a_bound_too()
    {
        var kept = Kept(perAddress: 100, inAll: 3);
        for (var n = 1; n <= 4; n++)
            await kept.ClosedAsync($"p{n}", new("", n), IPAddress.Parse($"10.0.0.{n}"));
        Assert.Equal(3, kept.Count);
        Assert.Equal(("p1", new ForgetSession(new("", 1))), await host.NextAsync<ForgetSession>());
        Assert.True(host.Quiet);
    }

    [Fact]
    public async Task Who_is_connected_again_leaves_its_place_to_others()
    {
        var kept = Kept(perAddress: 2, inAll: 0);
        await kept.ClosedAsync("a", new("", 1), IPAddress.Loopback);
        await kept.ClosedAsync("b", new("", 2), IPAddress.Loopback);
        kept.Connected("a");
        await kept.ClosedAsync("c", new("", 3), IPAddress.Loopback);
        await kept.ClosedAsync("c", new("", 4), IPAddress.Loopback); // The same session, dropped once more.
        Assert.True(host.Quiet);
        await kept.ClosedAsync("a", new("", 5), IPAddress.Loopback);
        Assert.Equal(("b", new ForgetSession(new("", 2))), await host.NextAsync<ForgetSession>());
    }

    [Fact]
    public async Task Those_whose_time_is_over_count_no_more()
    {
        var kept = Kept(perAddress: 2, inAll: 2);
        await kept.ClosedAsync("a", new("", 1), IPAddress.Loopback);
        time.Advance(host.Rules.ResumeTime);
        await kept.ClosedAsync("b", new("", 2), IPAddress.Loopback);
        await kept.ClosedAsync("c", new("", 3), IPAddress.Loopback);
        Assert.True(host.Quiet);
        Assert.Equal(2, kept.Count);
    }

    private KeptSessions Kept(int perAddress, int inAll) => new(
        host, new EdgeOptions { SessionsKeptPerAddress = perAddress, SessionsKept = inAll }, time, NullLogger<KeptSessions>.Instance);
}
