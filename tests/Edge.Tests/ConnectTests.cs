using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using GameServer.Game;

namespace GameServer.Edge.Tests;

public sealed class ConnectTests
{
    [Theory]
    [InlineData("/")]
    [InlineData("/dev")]
    [InlineData("/ws")]
    public async Task A_player_connects_at_each_of_the_three_addresses(string path)
    {
        await using var edge = await EdgeServer.StartAsync();

        var (client, connect) = await edge.ConnectAsync("?user_id=alice", v2: false, path);

        using (client)
        {
            Assert.Equal(ProtocolVersion.V1, connect.Version);
            Assert.Null(client.Socket.SubProtocol);
            Assert.False(connect.Guest);
            Assert.Null(connect.Resume);
            Assert.Null(connect.LastSeq);
            Assert.Equal("alice", edge.Connections.Find(connect.Connection)?.UserId);
        }
    }

    [Fact]
    public async Task Version_2_is_chosen_with_its_subprotocol()
    {
        await using var edge = await EdgeServer.StartAsync();

        var (client, connect) = await edge.ConnectAsync();

        using (client)
        {
            Assert.Equal(ProtocolVersion.V2, connect.Version);
            Assert.Equal("gameserver.v2", client.Socket.SubProtocol);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("?user_id=")]
    [InlineData("?other=1")]
    public async Task Without_a_name_a_player_is_a_guest_of_twelve_random_characters(string query)
    {
        await using var edge = await EdgeServer.StartAsync();

        var (first, connect) = await edge.ConnectAsync(query);
        var (second, other) = await edge.ConnectAsync(query);

        using (first)
        using (second)
        {
            var name = edge.Connections.Find(connect.Connection)!.UserId;
            Assert.Matches(new Regex("^[A-Z0-9]{12}$"), name);
            Assert.True(connect.Guest);
            Assert.NotEqual(name, edge.Connections.Find(other.Connection)!.UserId);
        }
    }

    [Theory]
    [InlineData("\"quoted\"")]
    [InlineData("back\\slash")]
    [InlineData("a b&c=d/e?f#g%h+i")]
    [InlineData("玩家 😀👩🚀")]
    [InlineData("<script>alert('x')</script>")]
    [InlineData("__proto__")]
    [InlineData("a_ROOM")]
    public async Task Any_name_that_is_allowed_arrives_as_it_is(string name)
    {
        await using var edge = await EdgeServer.StartAsync();

        var (client, connect) = await edge.ConnectAsync("?user_id=" + Uri.EscapeDataString(name));

        using (client)
        {
            Assert.Equal(name, edge.Connections.Find(connect.Connection)!.UserId);
            edge.Connections.Deliver(connect.Connection, new WelcomeFrame(name, "T", Resumed: false));
            Assert.Equal(name, (await client.NextAsync()).GetProperty("data").GetProperty("user_id").GetString());
        }
    }

    [Fact]
    public async Task A_name_in_another_spelling_is_the_same_player_with_or_without_a_token_to_resume()
    {
        await using var edge = await EdgeServer.StartAsync();

        foreach (var resume in new[] { "", "&resume=" + ResumeToken.New("zo\u00eb", guest: false) })
        {
            var (client, connect) = await edge.ConnectAsync("?user_id=zoe%CC%88" + resume);
            using (client)
                Assert.Equal("zo\u00eb", edge.Connections.Find(connect.Connection)!.UserId);
        }
    }

    [Theory]
    [InlineData("?user_id=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx")] // 65
    [InlineData("?user_id=a%00b")]
    [InlineData("?user_id=a%0Ab")]
    [InlineData("?user_id=a%7Fb")]
    [InlineData("?user_id=a%C2%85b")]
    [InlineData("?user_id=+")]
    [InlineData("?user_id=%C2%A0")]
    [InlineData("?user_id=%E2%80%AEecila")]
    [InlineData("?user_id=ali%E2%80%8Bce")]
    [InlineData("?user_id=all")]
    [InlineData("?user_id=%F0%9F%98%80%F0%9F%98%80%F0%9F%98%80%F0%9F%98%80%F0%9F%98%80%F0%9F%98%80%F0%9F%98%80%F0%9F%98%80%F0%9F%98%80%F0%9F%98%80%F0%9F%98%80"
        + "%F0%9F%98%80%F0%9F%98%80%F0%9F%98%80%F0%9F%98%80%F0%9F%98%80%F0%9F%98%80%F0%9F%98%80%F0%9F%98%80%F0%9F%98%80%F0%9F%98%80%F0%9F%98%80%F0%9F%98%80"
        + "%F0%9F%98%80%F0%9F%98%80%F0%9F%98%80%F0%9F%98%80%F0%9F%98%80%F0%9F%98%80%F0%9F%98%80%F0%9F%98%80%F0%9F%98%80%F0%9F%98%80")] // 33, 132 bytes
    [InlineData("?user_id=%FF")]
    [InlineData("?user_id=%ED%A0%80")]
    [InlineData("?user_id=%C0%AF")]
    [InlineData("?user_id=a&user_id=b")]
    [InlineData("?user_id=a&user_id=a")]
    [InlineData("?user_id=&user_id=a")]
    [InlineData("?user_id=a&user%5fid=b")]
    public async Task A_name_that_is_not_allowed_is_refused_before_the_upgrade_with_a_reason(string query)
    {
        await using var edge = await EdgeServer.StartAsync();

        Assert.Equal(400, await edge.RefusedAsync(query));

        using var answer = await edge.Http.GetAsync("/ws" + query);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal("application/json", answer.Content.Headers.ContentType?.MediaType);
        var body = JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;
        Assert.Equal("bad_message", body.GetProperty("code").GetString());
        Assert.NotEmpty(body.GetProperty("message").GetString()!);
        Assert.True(edge.Host.Quiet);
    }

    [Theory]
    [InlineData("?user_id=100%")]
    [InlineData("?user_id=%zz")]
    [InlineData("?user_id=%F")]
    [InlineData("?user_id=%+1")]
    [InlineData("?user_id=é")]
    public void An_address_with_a_broken_escape_is_refused(string query)
    {
        Assert.Null(Handshake.Query.Read(query, out var problem));
        Assert.Equal("user_id is not percent-encoded UTF-8", problem);
    }

    [Fact]
    public async Task A_request_without_an_upgrade_is_told_that_it_needs_one()
    {
        await using var edge = await EdgeServer.StartAsync();

        using var answer = await edge.Http.GetAsync("/ws?user_id=alice");

        Assert.Equal(HttpStatusCode.UpgradeRequired, answer.StatusCode);
    }

    [Fact]
    public async Task The_resume_token_and_the_last_number_reach_the_player()
    {
        await using var edge = await EdgeServer.StartAsync();
        var token = ResumeToken.New("alice", guest: false);

        var (client, connect) = await edge.ConnectAsync($"?user_id=alice&resume={token}&last_seq=17");

        using (client)
        {
            Assert.Equal(token, connect.Resume);
            Assert.Equal(17, connect.LastSeq);
            Assert.NotEqual(token, connect.NewToken);
        }
    }

    [Fact]
    public async Task A_guest_comes_back_by_the_token_alone_and_is_still_a_guest()
    {
        await using var edge = await EdgeServer.StartAsync();
        var (client, connect) = await edge.ConnectAsync("");
        var name = edge.Connections.Find(connect.Connection)!.UserId;
        client.Dispose();

        var (again, second) = await edge.ConnectAsync($"?resume={connect.NewToken}");

        using (again)
        {
            Assert.Equal(name, edge.Connections.Find(second.Connection)!.UserId);
            Assert.True(second.Guest);
            Assert.Equal(connect.NewToken, second.Resume);
            Assert.Null(second.LastSeq);
        }
    }

    [Fact]
    public async Task A_player_who_resumes_by_the_token_alone_is_no_guest()
    {
        await using var edge = await EdgeServer.StartAsync();

        var (client, connect) = await edge.ConnectAsync($"?resume={ResumeToken.New("ABCDEFGHIJKL", guest: false)}");

        using (client)
            Assert.False(connect.Guest);
    }

    [Theory]
    [InlineData("&resume=garbage")]
    [InlineData("&resume=")]
    [InlineData("&resume=YWxpY2U.p!!!!!!!!!!!!!!!!!!!!!!")]
    [InlineData("&resume=TOKEN&last_seq=-1")]
    [InlineData("&resume=TOKEN&last_seq=1.5")]
    [InlineData("&resume=TOKEN&last_seq=")]
    [InlineData("&resume=TOKEN&last_seq=%201")]
    [InlineData("&resume=TOKEN&last_seq=9223372036854775808")]
    [InlineData("&resume=TOKEN&last_seq=1&last_seq=2")]
    [InlineData("&resume=FOREIGN")]
    [InlineData("&last_seq=1")]
    public async Task A_resume_of_a_wrong_form_is_refused(string query)
    {
        await using var edge = await EdgeServer.StartAsync();

        Assert.Equal(400, await edge.RefusedAsync("?user_id=alice" + query
            .Replace("TOKEN", ResumeToken.New("alice", guest: false)).Replace("FOREIGN", ResumeToken.New("bob", guest: false))));
    }

    [Fact]
    public async Task Version_1_has_no_resume()
    {
        await using var edge = await EdgeServer.StartAsync();

        Assert.Equal(400, await edge.RefusedAsync($"?user_id=alice&resume={ResumeToken.New("alice", guest: false)}", v2: false));
    }

    [Fact]
    public void Resume_tokens_hold_any_name_and_are_never_the_same()
    {
        foreach (var name in new[] { "a", "\"q\"", string.Concat(Enumerable.Repeat("😀", 32)) })
        {
            Assert.True(ResumeToken.TryRead(ResumeToken.New(name, guest: true), out var read, out var guest));
            Assert.Equal(name, read);
            Assert.True(guest);
        }

        Assert.Equal(1000, Enumerable.Range(0, 1000).Select(_ => ResumeToken.New("a", guest: false)).Distinct().Count());
    }

    [Fact]
    public async Task A_socket_that_ends_is_told_to_the_player()
    {
        await using var edge = await EdgeServer.StartAsync();
        var (client, connect) = await edge.ConnectAsync();

        client.Socket.Abort();

        var (user, gone) = await edge.Host.NextAsync<Disconnect>();
        Assert.Equal("alice", user);
        Assert.Equal(new(connect.Connection), gone);
        await Wait.UntilAsync(() => edge.Connections.Count == 0);
        client.Dispose();
    }

    [Fact]
    public async Task A_disconnect_is_told_again_when_the_host_has_a_bad_moment()
    {
        await using var edge = await EdgeServer.StartAsync();
        var (client, connect) = await edge.ConnectAsync();
        var tries = 0;
        edge.Host.OnTell = (_, message, _) =>
            message is Disconnect && ++tries < 3 ? throw new HostUnavailableException("a bad moment") : ValueTask.CompletedTask;

        client.Dispose();

        Assert.Equal(connect.Connection, (await edge.Host.NextAsync<Disconnect>()).Message.Connection);
        Assert.Equal(3, tries);
    }

    [Fact]
    public async Task A_connection_the_host_does_not_take_is_closed_with_try_again()
    {
        FakeHost host = new() { OnTell = (_, _, _) => throw new HostUnavailableException("down") };
        await using var edge = await EdgeServer.StartAsync(host);

        using var client = await Client.OpenAsync(new($"ws://127.0.0.1:{edge.Port}/ws?user_id=alice"), v2: true);

        Assert.Equal(1001, await client.CloseCodeAsync());
    }

    [Fact]
    public async Task A_welcome_that_comes_again_goes_out_once_and_one_to_another_session_does()
    {
        await using var edge = await EdgeServer.StartAsync();
        var (client, connect) = await edge.ConnectAsync();
        using (client)
        {
            foreach (var token in new[] { "T", "T", "another" })
                edge.Connections.Deliver(connect.Connection, new WelcomeFrame("alice", token, Resumed: false));

            Assert.Equal("T", (await client.NextAsync()).GetProperty("data").GetProperty("resume").GetString());
            Assert.Equal("another", (await client.NextAsync()).GetProperty("data").GetProperty("resume").GetString());
        }
    }

    [Fact]
    public async Task A_frame_for_a_connection_that_is_gone_touches_nothing()
    {
        await using var edge = await EdgeServer.StartAsync();
        var (client, connect) = await edge.ConnectAsync();
        using (client)
        {
            edge.Connections.Deliver(new("another gateway", connect.Connection.Number), new CloseFrame(4001, ""));
            edge.Connections.Deliver(new("", connect.Connection.Number + 1), new CloseFrame(4001, ""));
            edge.Push(connect, 1, new(PushKind.Attacked) { Text = "FREEZE" });

            Assert.Equal("attacked", (await client.NextAsync()).GetProperty("action").GetString());
        }
    }

    [Fact]
    public async Task A_handshake_in_pieces_byte_by_byte_is_a_handshake()
    {
        await using var edge = await EdgeServer.StartAsync();
        using TcpClient tcp = new();
        await tcp.ConnectAsync(IPAddress.Loopback, edge.Port);
        tcp.NoDelay = true;
        var stream = tcp.GetStream();
        var request = "GET /dev?user_id=alice HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
        foreach (var b in Encoding.ASCII.GetBytes(request))
            await stream.WriteAsync(new byte[] { b });

        Assert.Equal("alice", (await edge.Host.NextAsync<Connect>()).UserId);
        using StreamReader reader = new(stream);
        Assert.Equal("HTTP/1.1 101 Switching Protocols", await reader.ReadLineAsync());
    }
}
