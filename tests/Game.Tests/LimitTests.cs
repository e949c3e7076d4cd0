namespace GameServer.Game.Tests;

/// <summary>What one player can cause, which the bounds of others rest on.</summary>
public sealed class LimitTests
{
    [Fact]
    public void No_request_causes_more_frames_for_its_own_connection_than_is_said()
    {
        World world = new(new() { Modes = new Dictionary<string, ModeRules> { ["default"] = new() { RoomSize = ModeRules.MaxRoomSize } } });
        for (var i = 0; i < ModeRules.MaxRoomSize; i++)
        {
            world.Connect($"p{i}", ProtocolVersion.V2);
            world.Do($"p{i}", new JoinRoom(null));
        }

        for (var i = 1; i < ModeRules.MaxRoomSize; i++)
        {
            world.Do($"p{i}", new SyncScore(i));
            Assert.Contains($"p0< player_died p{i}", world.Do($"p{i}", new Die()));
        }

        foreach (var action in (ClientAction[])[new JoinRoom(null), new SyncScore(1), new Attack("p1"), new DestroyRoom(), new ExitRoom()])
        {
            var seen = world.Do("p0", action, $"\"{action.Name}\"");
            Assert.InRange(seen.Count(line => line.StartsWith("p0<", StringComparison.Ordinal)), 1, Player.MostFramesOfRequest);
        }
    }

    [Fact]
    public void As_many_requests_as_are_remembered_have_no_second_effect_when_they_are_sent_again_after_a_resume()
    {
        World world = new();
        foreach (var name in (string[])["a", "b"])
        {
            world.Connect(name, ProtocolVersion.V2);
            world.Do(name, new JoinRoom(null));
        }

        for (var id = 0; id < Player.MostReplies; id++)
            Assert.Contains("b< attacked FREEZE", world.Do("a", new Attack(null), $"{id}"));
        world.Drop("a");
        world.Connect("a", ProtocolVersion.V2, resume: "token1", lastSeq: 0);
        for (var id = 0; id < Player.MostReplies; id++)
            Assert.Equal([$"a< ok {id}"], world.Do("a", new Attack(null), $"{id}"));
    }
}
