using GameServer.Game;

namespace GameServer.Edge.Tests;

public sealed class OutgoingQueueTests
{
    private readonly OutgoingQueue queue = new(maxFrames: 4, maxBytes: 1 << 20);

    [Fact]
    public async Task What_is_added_comes_out_in_order()
    {
        for (var seq = 1; seq <= 4; seq++)
            Assert.True(queue.TryAdd(Score(seq, "b")));

        Assert.Equal([(1, 0), (2, 0), (3, 0), (4, 0)], await TakeAsync());
    }

    [Fact]
    public async Task When_full_a_newer_score_replaces_the_older_ones_of_the_same_player_and_says_how_many_numbers_are_missing()
    {
        queue.TryAdd(Score(1, "b"));
        queue.TryAdd(Attack(2));
        queue.TryAdd(Score(3, "b"));
        queue.TryAdd(Score(4, "c"));

        Assert.True(queue.TryAdd(Score(5, "b")));

        Assert.Equal([(2, 1), (4, 1), (5, 0)], await TakeAsync());
        Assert.Equal(2, queue.Superseded);
    }

    [Fact]
    public async Task Numbers_are_missing_only_where_a_frame_says_so_whatever_is_added()
    {
        Random random = new(7);
        long taken = 0, last = 0, seq = 0;
        for (var round = 0; round < 2000; round++)
        {
            for (var i = random.Next(12); i > 0; i--)
            {
                var next = random.Next(5) == 0 ? Attack(seq + 1) : Score(seq + 1, random.Next(2) == 0 ? "b" : "c");
                if (!queue.TryAdd(next))
                    break;
                seq++;
            }

            if (seq == last)
                continue;
            foreach (var (number, skipped) in await TakeAsync())
            {
                Assert.Equal(last + 1 + skipped, number);
                last = number;
                taken++;
            }
        }

        Assert.Equal(seq, last);
        Assert.Equal(seq, taken + queue.Superseded);
        Assert.True(queue.Superseded > 100);
    }

    [Fact]
    public async Task When_full_an_attack_takes_the_place_of_a_score_that_is_out_of_date()
    {
        queue.TryAdd(Score(1, "b"));
        queue.TryAdd(Score(2, "b"));
        queue.TryAdd(Attack(3));
        queue.TryAdd(Attack(4));

        Assert.True(queue.TryAdd(Attack(5)));

        Assert.Equal([(2, 1), (3, 0), (4, 0), (5, 0)], await TakeAsync());
    }

    [Fact]
    public async Task When_full_of_what_may_not_be_dropped_a_frame_is_refused_and_nothing_is_lost()
    {
        for (var seq = 1; seq <= 4; seq++)
            queue.TryAdd(Death(seq));

        Assert.False(queue.TryAdd(Score(5, "b")));
        Assert.False(queue.TryAdd(new ErrorFrame(new(ErrorCode.Dead, ""), null, null)));

        Assert.Equal([(1, 0), (2, 0), (3, 0), (4, 0)], await TakeAsync());
    }

    [Fact]
    public async Task When_full_of_attacks_a_newer_one_of_the_same_attacker_takes_their_place_instead_of_the_connection()
    {
        queue.TryAdd(Attack(1));
        queue.TryAdd(Attack(2, "c"));
        queue.TryAdd(Death(3));
        queue.TryAdd(Attack(4));

        Assert.True(queue.TryAdd(Attack(5)));

        Assert.Equal([(2, 1), (3, 0), (5, 1)], await TakeAsync());
    }

    [Fact]
    public async Task When_full_only_the_last_presence_of_a_player_is_told()
    {
        queue.TryAdd(new PushFrame(1, new(PushKind.PeerDisconnected) { Text = "b" }, false));
        queue.TryAdd(new PushFrame(2, new(PushKind.PeerReconnected) { Text = "b" }, false));
        queue.TryAdd(new PushFrame(3, new(PushKind.PeerDisconnected) { Text = "c" }, false));
        queue.TryAdd(new PushFrame(4, new(PushKind.PeerDisconnected) { Text = "b" }, false));

        Assert.True(queue.TryAdd(Attack(5)));

        Assert.Equal([(3, 2), (4, 0), (5, 0)], await TakeAsync());
    }

    [Fact]
    public void Opponents_cannot_fill_it_whatever_they_do()
    {
        Random random = new(11);
        OutgoingQueue others = new(OutgoingQueue.MostOfOthers, maxBytes: EdgeOptions.MinQueueBytes);
        string[] opponents = [.. Enumerable.Range(1, ModeRules.MaxRoomSize - 1).Select(number => new string((char)('a' + number), 64))];
        var seq = 0L;
        foreach (var opponent in opponents)
            Assert.True(others.TryAdd(new PushFrame(++seq, new(PushKind.PeerPlayerId) { Text = opponent }, false)));
        for (var i = 0; i < 100_000; i++)
        {
            var from = opponents[random.Next(opponents.Length)];
            Push push = random.Next(4) switch
            {
                0 => new(PushKind.PlayerSyncScore) { Number = i, From = from },
                1 => new(PushKind.Attacked) { Text = "FREEZE", From = from },
                2 => new(PushKind.PeerDisconnected) { Text = from },
                _ => new(PushKind.PeerReconnected) { Text = from },
            };
            Assert.True(others.TryAdd(new PushFrame(++seq, push, false)));
        }

        foreach (var opponent in opponents)
            Assert.True(others.TryAdd(new PushFrame(++seq, new(PushKind.PlayerDied) { Text = opponent }, false)));
        Assert.True(others.TryAdd(new PushFrame(++seq, new(PushKind.BattleSettlement) { Text = "LOSE" }, false)));
    }

    [Fact]
    public async Task What_a_client_asks_for_waits_while_half_of_the_queue_does()
    {
        for (var seq = 1; seq <= 3; seq++)
        {
            Assert.True(queue.RoomAsync().AsTask().IsCompleted);
            queue.TryAdd(Death(seq));
        }

        var room = queue.RoomAsync().AsTask();
        Assert.False(room.IsCompleted);
        await TakeAsync();
        await room.WaitAsync(Wait.Patience);

        for (var seq = 4; seq <= 7; seq++)
            queue.TryAdd(Death(seq));
        room = queue.RoomAsync().AsTask();
        queue.Finish(4001, "replaced", atOnce: false);
        await room.WaitAsync(Wait.Patience);
    }

    [Fact]
    public void The_bytes_that_wait_are_bounded_too()
    {
        OutgoingQueue small = new(maxFrames: 1000, maxBytes: 20_000);
        PushFrame large = new(1, new(PushKind.JoinRoom) { Text = new('x', 3000) }, false);

        Assert.True(small.TryAdd(large));
        Assert.True(small.TryAdd(large));
        Assert.False(small.TryAdd(large));
    }

    [Fact]
    public async Task A_close_comes_after_what_waits_and_nothing_after_it()
    {
        queue.TryAdd(Attack(1));
        queue.TryAdd(new CloseFrame(4001, "replaced"));
        Assert.True(queue.TryAdd(Attack(2)));

        Assert.Equal([(1, 0)], await TakeAsync());
        Assert.False(await queue.WaitAsync());
        Assert.Equal((4001, "replaced"), queue.End);
    }

    [Fact]
    public async Task A_writer_that_waits_is_woken_by_a_frame_and_by_the_end()
    {
        var waiting = queue.WaitAsync().AsTask();
        Assert.False(waiting.IsCompleted);
        queue.TryAdd(Attack(1));
        Assert.True(await waiting.WaitAsync(Wait.Patience));
        await TakeAsync();

        waiting = queue.WaitAsync().AsTask();
        queue.Finish(1001, "", atOnce: false);
        Assert.False(await waiting.WaitAsync(Wait.Patience));
    }

    private static PushFrame Score(long seq, string from) =>
        new(seq, new(PushKind.PlayerSyncScore) { Number = (int)seq, From = from }, false);

    private static PushFrame Attack(long seq, string from = "b") => new(seq, new(PushKind.Attacked) { Text = "FREEZE", From = from }, false);

    private static PushFrame Death(long seq) => new(seq, new(PushKind.PlayerDied) { Text = "b" }, false);

    private async Task<List<(long Seq, int Skipped)>> TakeAsync()
    {
        Assert.True(await queue.WaitAsync());
        List<OutgoingQueue.Entry> batch = [];
        queue.Take(batch);
        return [.. batch.Select(entry => (((PushFrame)entry.Frame).Seq, entry.Skipped))];
    }
}
