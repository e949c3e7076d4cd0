namespace GameServer.Game.Tests;

/// <summary>A mode whose battles have other rules than the shipped ones.</summary>
public sealed class OwnRulesTests
{
    private readonly World world = new(new()
    {
        Modes = new Dictionary<string, ModeRules> { ["default"] = new() { Battle = "nearest" } },
        BattleRules = new Dictionary<string, IBattleRules> { ["nearest"] = new NearestToTen() },
    });

    [Fact]
    public void The_rules_of_the_mode_say_what_an_action_does_and_who_has_won()
    {
        Begin();
        Assert.Contains("b< player_syncscore 12", world.Do("a", new SyncScore(12)));
        world.Do("b", new SyncScore(7));
        world.Do("a", new Die());
        var end = world.Do("b", new Die());
        Assert.Contains("a< battle_settlement WIN", end);
        Assert.Contains("b< battle_settlement LOSE", end);
    }

    [Fact]
    public void What_the_rules_refuse_is_told_and_changes_nothing()
    {
        Begin();
        world.Do("a", new SyncScore(9));
        Assert.Equal(["a< error attack_not_ready attack"], world.Do("a", new Attack(null)));
        Assert.Equal(["a< error invalid_score syncscore"], world.Do("a", new SyncScore(21)));
        world.Do("a", new Die());
        Assert.Contains("a< battle_settlement WIN", world.Do("b", new Die()));
    }

    [Fact]
    public void A_battle_of_rules_that_this_version_does_not_have_is_not_played_by_others()
    {
        Begin();
        var room = world.Actors.Values.OfType<Room>().Single();
        var buffer = new System.Buffers.ArrayBufferWriter<byte>();
        room.Save(buffer);
        var elsewhere = new World(new());
        elsewhere.Actors[room.Id] = Room.Load(room.Id.Key, new(), buffer.WrittenSpan);
        Assert.Throws<KeyNotFoundException>(() => elsewhere.Send(room.Id, new AttackCommand("a", 9, true, null)));
    }

    private void Begin()
    {
        world.Connect("a");
        world.Connect("b");
        world.Do("a", new JoinRoom(null));
        world.Do("b", new JoinRoom(null));
    }

    private sealed class NearestToTen : IBattleRules
    {
        public GameError? Act(IBattle battle, IFighter by, BattleCommand command)
        {
            if (command is not ScoreCommand { Score: var score })
                return Refusal.AttackNotReady(by.Score, int.MaxValue);
            if (score > 20)
                return new(ErrorCode.InvalidScore, "At most 20.");
            by.Score = score;
            battle.ShowScore(by);
            return null;
        }

        public IReadOnlyList<BattleResult> Results(IBattle battle) => Settlement.Of([.. battle.Fighters.Select(f => -Math.Abs(f.Score - 10))]);
    }
}
