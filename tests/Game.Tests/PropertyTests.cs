using FsCheck;
using FsCheck.Fluent;

namespace GameServer.Game.Tests;

/// <summary>What holds for every course of events, not just for those somebody thought of.</summary>
public sealed class PropertyTests
{
    private static readonly string[] Users = ["a", "b", "c", "d", "e"];

    [Fact]
    public void There_is_one_winner_or_a_draw_at_the_top_whatever_the_scores() => Check.QuickThrowOnFailure(Prop.ForAll(
        ArbMap.Default.ArbFor<NonEmptyArray<NonNegativeInt>>(),
        given =>
        {
            var scores = given.Get.Select(s => s.Get).ToArray();
            var results = Settlement.Of(scores);
            var top = scores.Max();
            return results.Length == scores.Length
                && Enumerable.Range(0, scores.Length).All(i => (results[i] == BattleResult.Lose) == (scores[i] < top))
                && results.Count(r => r == BattleResult.Win) == (scores.Count(s => s == top) == 1 ? 1 : 0)
                && Settlement.Of([.. scores.Reverse()]).Reverse().SequenceEqual(results);
        }));

    [Fact]
    public void Whatever_players_do_each_is_in_one_room_never_with_itself_and_first_come_is_first_served() =>
        Check.QuickThrowOnFailure(Prop.ForAll(Scripts(), script =>
        {
            var world = Connected();
            var line = new List<string>(); // Who waits, in order.
            var fighting = new Dictionary<string, string>();
            foreach (var (user, action) in script)
            {
                foreach (var (to, what, about) in world.Do(user, action).Select(Words))
                {
                    switch (what)
                    {
                        case "joinroom" when !line.Contains(to) && !fighting.ContainsKey(to):
                            line.Add(to);
                            break;
                        case "peer_player_id" when fighting.TryGetValue(to, out var peer):
                            Assert.Equal(peer, about); // The same battle, told again.
                            break;
                        case "peer_player_id":
                            Assert.NotEqual(to, about);
                            Assert.Contains(to, line.Take(2));
                            fighting[to] = about;
                            break;
                        case "exitroom" or "destroyroom" or "battle_settlement":
                            fighting.Remove(to);
                            line.Remove(to);
                            break;
                    }
                }

                // Both sides were told within one step: so they leave the line together.
                line.RemoveAll(fighting.ContainsKey);
                Assert.True(line.Count < 2, $"{string.Join(", ", line)} all wait.");
            }
        }));

    [Fact]
    public void Whatever_players_do_in_the_end_nothing_lives_on_and_every_battle_counts_once_for_each() =>
        Check.QuickThrowOnFailure(Prop.ForAll(Scripts(), script =>
        {
            var world = Connected();
            var battles = new HashSet<string>();
            foreach (var (user, action) in script)
            {
                world.Do(user, action);
                battles.UnionWith(world.Actors.Keys.Where(id => id.Kind == ActorKind.Room).Select(id => id.Key));
            }

            foreach (var user in Users)
                world.Drop(user);
            world.Pass(TimeSpan.FromHours(2));
            Assert.DoesNotContain(world.Actors.Values, actor => actor is Room || actor.Busy || actor.Due is not null);

            var records = Users.Select(user => world.Ask<PlayerInfo>(user, new GetRecord()).Record).ToList();
            Assert.Equal(2 * battles.Count, records.Sum(r => r.Wins + r.Losses + r.Draws));
            Assert.Equal(records.Sum(r => r.Wins), records.Sum(r => r.Losses));
            Assert.All(records, r => Assert.True(r.Last is null || battles.Contains(r.Last.BattleId)));
        }));

    [Fact]
    public void What_is_saved_and_loaded_saves_the_same_again() => Check.QuickThrowOnFailure(Prop.ForAll(Scripts(), script =>
    {
        var rules = new GameRules();
        var world = Connected();
        foreach (var (user, action) in script)
            world.Do(user, action);
        foreach (var actor in world.Actors.Values)
        {
            var again = new ActorTypes(rules, new()).Load(actor.Id, Bytes(actor), actor.Tail(512));
            Assert.Equal(Bytes(actor), Bytes(again));
            Assert.Equal(
                actor.Tail(512).Select(e => (e.Slot, Convert.ToHexString(e.Utf8))),
                again.Tail(512).Select(e => (e.Slot, Convert.ToHexString(e.Utf8))));
        }
    }));

    private static (string To, string What, string About) Words(string line)
    {
        var to = line.Split("< ");
        var words = to[1].Split(' ');
        return (to[0], words[0], words[^1]);
    }

    private static byte[] Bytes(Actor actor)
    {
        var buffer = new System.Buffers.ArrayBufferWriter<byte>();
        actor.Save(buffer);
        return buffer.WrittenSpan.ToArray();
    }

    private static Arbitrary<List<(string User, ClientAction Action)>> Scripts() => Arb.From(
        Gen.Elements(Users).SelectMany(user => Gen.Choose(0, 9), (user, what) => (user, what))
            .SelectMany(step => Gen.Choose(0, 50), (step, score) => (step.user, (ClientAction)(step.what switch
            {
                < 4 => new JoinRoom(null),
                < 6 => new SyncScore(score),
                6 => new Attack(null),
                7 => new Die(),
                8 => new ExitRoom(),
                _ => new DestroyRoom(),
            })))
            .ListOf().Select(steps => steps.ToList()));

    private static World Connected()
    {
        var world = new World();
        for (var i = 0; i < Users.Length; i++)
            world.Connect(Users[i], i % 2 == 0 ? ProtocolVersion.V1 : ProtocolVersion.V2);
        return world;
    }
}
