using System.Buffers;
using System.Text;

namespace GameServer.Game.Tests;

/// <summary>A battle that is fought on a battle server: where the players are told it is, and what the server says came of it.</summary>
public sealed class BattleServerTests
{
    private const string Ann = "ann", Bob = "bob";
    private static readonly BattleReported AnnWins = new("s1", 7, new Dictionary<string, BattleResult> { [Ann] = BattleResult.Win, [Bob] = BattleResult.Lose });

    private readonly World world = new(new() { Modes = new Dictionary<string, ModeRules> { ["default"] = new() { BattleServers = true } } });
    private readonly ActorId room;

    public BattleServerTests()
    {
        foreach (var player in new[] { Ann, Bob })
            world.Connect(player, ProtocolVersion.V2);
        foreach (var player in new[] { Ann, Bob })
            world.Do(player, new JoinRoom(null));
        room = world.Actors.Values.OfType<Room>().Single().Id;
        world.Send(room, Allocated(fence: 1, epoch: 7));
    }

    [Fact]
    public void What_the_server_reports_is_the_result_whatever_the_scores_are()
    {
        world.Do(Ann, new SyncScore(3));
        world.Do(Bob, new SyncScore(20));

        Assert.Equal(new(200), world.Ask(room, AnnWins));

        Assert.Equal(
            ["ann< player_died all", "ann< battle_settlement WIN", "bob< player_died all", "bob< battle_settlement LOSE"], world.Seen.OrderBy(line => line[0]));
        Assert.Equal((1, 0, 3), Record(Ann));
        Assert.Equal((0, 1, 20), Record(Bob));
        Assert.DoesNotContain(room, world.Actors.Keys);
        Assert.Contains("ann< joinroom ann_ROOM", world.Do(Ann, new JoinRoom(null)));
    }

    [Fact]
    public void A_report_counts_once()
    {
        world.Ask(room, AnnWins);
        Assert.Equal(404, world.Ask(room, AnnWins).Status);
        Assert.Empty(world.Seen);
        Assert.Equal((1, 0, 0), Record(Ann));
    }

    [Fact]
    public void Until_all_have_the_settlement_the_same_report_is_confirmed_and_another_one_refused()
    {
        var lonely = Copy();

        Assert.Equal(200, Answer(lonely, AnnWins).Status);
        Assert.Equal(200, Answer(lonely, AnnWins).Status);
        Assert.Equal(409, Answer(lonely, With(Ann, BattleResult.Lose, Bob, BattleResult.Win)).Status);
        Assert.Equal(409, Answer(lonely, With(Ann, BattleResult.Draw, Bob, BattleResult.Draw)).Status);
    }

    [Fact]
    public void A_battle_that_was_settled_by_its_scores_is_not_settled_again_by_a_report()
    {
        world.Do(Ann, new Die());
        world.Do(Bob, new Die());

        Assert.Equal(404, world.Ask(room, AnnWins).Status);

        Assert.Empty(world.Seen);
        Assert.Equal((0, 0, 0), Record(Ann));
    }

    [Fact]
    public void A_player_who_left_and_one_who_dropped_have_the_result_in_their_record()
    {
        world.Do(Ann, new ExitRoom());
        world.Drop(Bob);

        Assert.Equal(200, world.Ask(room, AnnWins).Status);

        Assert.Equal((1, 0, 0), Record(Ann));
        Assert.Equal((0, 1, 0), Record(Bob));
    }

    [Theory]
    [InlineData("s2", 7)]
    [InlineData("s1", 6)]
    [InlineData("s1", 8)]
    public void Only_the_server_that_has_the_battle_may_end_it_and_only_in_the_registration_that_got_it(string server, long epoch)
    {
        var refused = world.Ask(room, AnnWins with { ServerId = server, Epoch = epoch });

        Assert.Equal(409, refused.Status);
        Assert.Contains($"'{server}'", refused.Message, StringComparison.Ordinal);
        Assert.Empty(world.Seen);
        Assert.Equal(200, world.Ask(room, AnnWins).Status);
    }

    [Fact]
    public void A_server_that_has_lost_the_battle_can_not_end_it_any_more()
    {
        world.Send(room, Allocated(fence: 2, epoch: 8));
        Assert.Equal(409, world.Ask(room, AnnWins).Status);
        world.Send(room, new NoServerFree(3));
        Assert.Equal(409, world.Ask(room, AnnWins with { Epoch = 8 }).Status);
        world.Send(room, Allocated(fence: 4, epoch: 9));
        Assert.Equal(200, world.Ask(room, AnnWins with { Epoch = 9 }).Status);
    }

    [Theory]
    [InlineData(Ann, "bo")]
    [InlineData(Ann, "Bob")]
    [InlineData("carol", "dave")]
    public void A_result_for_others_than_the_players_is_refused_and_says_who_they_are(string first, string second)
    {
        foreach (var wrong in new[]
        {
            With(first, BattleResult.Win, second, BattleResult.Lose),
            AnnWins with { Results = new Dictionary<string, BattleResult>(AnnWins.Results) { [second + "!"] = BattleResult.Lose } },
        })
        {
            Assert.Equal(new(400, "result must name the players of the battle, each once: ann, bob."), world.Ask(room, wrong));
            Assert.Empty(world.Seen);
        }

        Assert.Equal(200, world.Ask(room, AnnWins).Status);
    }

    [Fact]
    public void While_scores_are_not_known_again_after_a_crash_the_server_is_to_try_again()
    {
        var crashed = Copy();
        crashed.Handle(new Loaded(SessionsLost: false, ScoresLost: true), world.Now, new());

        Assert.Equal(503, Answer(crashed, AnnWins).Status);

        world.Now += new GameRules().RecoveryTime;
        crashed.Handle(new Wake(), world.Now, new());
        Assert.Equal(200, Answer(crashed, AnnWins).Status);
    }

    [Fact]
    public void A_room_that_does_not_exist_takes_no_report_and_comes_about_by_none()
    {
        var nowhere = new ActorId(ActorKind.Room, "default-99");
        Assert.Equal(404, world.Ask(nowhere, AnnWins).Status);
        Assert.DoesNotContain(nowhere, world.Actors.Keys);
    }

    [Fact]
    public void Who_resumes_gets_the_server_again_as_a_push_of_its_own_so_with_a_newer_ticket()
    {
        world.Drop(Ann);
        Assert.Equal(["ann< welcome back", "ann< battle_server 1001"], world.Resume(Ann).Where(IsAnns));
        world.Drop(Ann);
        Assert.Equal(["ann< welcome back", "ann< battle_server 1001"], world.Resume(Ann).Where(IsAnns));

        // One that moved meanwhile is missed and told, and then again; one that is lost is not told.
        world.Drop(Ann);
        world.Send(room, new ServerAllocated(2, new("b", "localhost", ["127.0.0.1"], 1002, "tcp") { Place = new("s2", 8080, 8) }));
        Assert.Equal(["ann< welcome back", "ann< battle_server 1002", "ann< battle_server 1002"], world.Resume(Ann).Where(IsAnns));
        world.Send(room, new NoServerFree(3));
        world.Drop(Ann);
        Assert.Equal(["ann< welcome back"], world.Resume(Ann).Where(IsAnns));

        static bool IsAnns(string line) => line.StartsWith(Ann, StringComparison.Ordinal);
    }

    [Fact]
    public void A_room_stored_before_places_were_known_asks_where_it_is_and_tells_its_players()
    {
        var asked = world.ServersAskedFor;
        var text = Stored();
        Assert.Contains(",\"Place\":{\"ServerId\":\"s1\",\"Port\":8080,\"Epoch\":7}", text, StringComparison.Ordinal);
        var before = text.Replace(",\"Place\":{\"ServerId\":\"s1\",\"Port\":8080,\"Epoch\":7}", "", StringComparison.Ordinal);

        world.Restart(Room.Load(room.Key, new(), Encoding.UTF8.GetBytes(before)));

        Assert.Equal(asked + 1, world.ServersAskedFor);
        // The registry has it where it was, so it says so under the same fence.
        Assert.Equal(["ann< battle_server 1001", "bob< battle_server 1001"], world.Send(room, Allocated(fence: 1, epoch: 7)).Order());
        Assert.Empty(world.Send(room, Allocated(fence: 1, epoch: 7)));
        Assert.Equal(200, world.Ask(room, AnnWins).Status);
    }

    private static ServerAllocated Allocated(long fence, long epoch) =>
        new(fence, new("b", "localhost", ["127.0.0.1"], 1001, "tcp") { Place = new("s1", 8080, epoch) });

    private static BattleReported With(string one, BattleResult result, string other, BattleResult otherResult) =>
        AnnWins with { Results = new Dictionary<string, BattleResult> { [one] = result, [other] = otherResult } };

    private ReportAnswer Answer(Room copy, BattleReported report)
    {
        Effects effects = new();
        copy.Handle(report, world.Now, effects);
        return (ReportAnswer)effects.Answer!;
    }

    private string Stored()
    {
        ArrayBufferWriter<byte> bytes = new();
        world.Actors[room].Save(bytes);
        return Encoding.UTF8.GetString(bytes.WrittenSpan);
    }

    /// <summary>The room as it is stored; what it says reaches nobody.</summary>
    private Room Copy() => Room.Load(room.Key, new(), Encoding.UTF8.GetBytes(Stored()));

    private (int Wins, int Losses, int Score) Record(string player) =>
        world.Ask(player, new GetRecord()).Record is { } r ? (r.Wins, r.Losses, r.Last?.Score ?? 0) : default;
}
