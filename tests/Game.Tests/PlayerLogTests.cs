namespace GameServer.Game.Tests;

/// <summary>What a session keeps of what it was told and answered, in memory and where it is stored.</summary>
public sealed class PlayerLogTests
{
    /// <summary>The longest that is legal: 64 UTF-16 units, each an escape of six bytes where it is stored.</summary>
    private static readonly string LongName = string.Concat(Enumerable.Repeat("\U0001F600", 32));

    private readonly Dictionary<int, byte[]> stored = [];

    [Fact]
    public void The_last_256_pushes_and_512_replies_are_kept_however_long_names_and_ids_are_and_their_bytes_are_bounded()
    {
        var player = Fighter();
        for (var n = 1; n <= 1000; n++)
        {
            player.Hears(new BattleEvent("battle", n, new(PushKind.PlayerSyncScore) { Number = int.MaxValue - n, From = LongName }));
            player.Hears(new Request(player.Connection, new($"\"{n:00000}{LongName[..60]}\""), new DestroyRoom()));
            Store(player);
        }

        Assert.Equal(256 + Player.MostReplies, stored.Count);
        Assert.InRange(stored.Values.Sum(value => value.Length), 1, Player.MostLoggedBytes);
        var last = player.Hears(Resume(player, 1000 + 3 - 256));
        Assert.Equal(1 + 256, last.Length); // The welcome and all of them.
        Assert.Equal($"player_syncscore {int.MaxValue - 1000}", last[^1]);
        Assert.Equal("error battle_in_progress destroyroom", Assert.Single(
            player.Hears(new Request(new("", 2), new($"\"{1001 - Player.MostReplies:00000}{LongName[..60]}\""), new DestroyRoom()))));
    }

    [Fact]
    public void Long_pushes_make_older_ones_leave_also_where_they_are_stored()
    {
        var player = new PlayerAlone();
        var big = new Push(PushKind.Attacked) { Text = new string('x', 4000) };
        Fight(player);
        for (var n = 1; n <= 300; n++)
        {
            player.Hears(new BattleEvent("battle", n, big));
            Store(player);
            Assert.InRange(stored.Values.Sum(value => value.Length), 1, Player.MostLoggedBytes);
        }

        Assert.InRange(stored.Count, 16, 48);
        player.Hears(new Disconnect(player.Connection));
        Assert.Equal(["welcome back"], player.Hears(Resume(player, 1))); // Too far behind: the room is asked for a snapshot.
        player.Hears(new Disconnect(new("", 2)));
        Assert.Equal(["welcome back", $"attacked {big.Text}"], player.Hears(Resume(player, 301, connection: 3)));
    }

    [Fact]
    public void What_was_told_in_a_session_is_gone_from_the_store_with_the_session()
    {
        var player = Fighter();
        player.Hears(new BattleEvent("battle", 1, new(PushKind.Attacked) { Text = "FREEZE", From = "b" }));
        player.Hears(new Request(player.Connection, new("1"), new DestroyRoom()));
        Store(player);
        Assert.Equal(4, stored.Count); // joinroom is told with the ticket; then the start, the attack, and the reply.
        player.Hears(new Disconnect(player.Connection));
        player.Now += TimeSpan.FromMinutes(10);
        player.Hears(new Wake());
        Store(player);
        Assert.Empty(stored);
    }

    [Fact]
    public void A_version_1_connection_takes_its_log_along_when_it_closes()
    {
        var player = Fighter();
        var first = new ConnectionId("", 2);
        player.Hears(new Connect(first, ProtocolVersion.V1, "t", null, null, null, Guest: false));
        player.Hears(new BattleView("battle", 1, "a_ROOM", "default", new("a", 0, true, true, null), [new("b", 0, false, true, null)], null));
        Store(player);
        Assert.NotEmpty(stored);
        player.Hears(new Disconnect(first));
        Store(player);
        Assert.Empty(stored);
    }

    [Fact]
    public void What_an_older_session_left_in_the_store_goes_with_the_next_save()
    {
        var player = new PlayerAlone();
        var leftOver = new TailEntry(7, """{"Seq":7,"Push":{"Kind":6,"Text":"FREEZE"}}"""u8.ToArray());
        var again = Player.Load("a", new(), System.Text.Encoding.UTF8.GetBytes(player.Saved), [leftOver]);
        Assert.True(again.TakeTailChange().Cleared);
    }

    private static PlayerAlone Fighter()
    {
        var player = new PlayerAlone();
        Fight(player);
        return player;
    }

    private static void Fight(PlayerAlone player)
    {
        player.Hears(new Request(player.Connection, null, new JoinRoom(null)));
        player.Hears(new Ticketed("default", player.JoinId, 1, "a_ROOM", Owner: true));
        player.Hears(new Offer("battle", player.JoinId, 1));
        player.Hears(new BattleStarted("battle", "a_ROOM", ["b"]));
    }

    private static Connect Resume(PlayerAlone player, long lastSeq, long connection = 2) =>
        new(new(player.Connection.Gateway, connection), ProtocolVersion.V2, "next", "the first secret", lastSeq, null, Guest: false);

    /// <summary>As a host that keeps the tail by slots does.</summary>
    private void Store(PlayerAlone player)
    {
        var (cleared, entries) = player.Player.TakeTailChange();
        if (cleared)
            stored.Clear();
        foreach (var entry in entries)
        {
            if (entry.Utf8.Length == 0)
                stored.Remove(entry.Slot);
            else
                stored[entry.Slot] = entry.Utf8;
        }
    }
}
