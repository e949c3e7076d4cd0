namespace GameServer.Game.Tests;

/// <summary>What must not be forgotten when an action or a push is added.</summary>
public sealed class ActionTests
{
    [Fact]
    public void Every_action_is_in_the_table_under_its_own_name_and_comes_back_from_its_form_on_the_wire()
    {
        Assert.Equal(
            All<ClientAction>().Where(type => type != typeof(UnknownAction)).Select(type => type.Name).Order(),
            ActionType.All.Select(type => type.Create(1, "text").GetType().Name).Order());
        Assert.All(ActionType.All, type =>
        {
            var action = type.Create(7, "text");
            Assert.Equal(type.Name, action.Name);
            Assert.Equal(type.Field is null, action.Number is null && action.Text is null);
            Assert.Equal(action, ActionType.Make(action.Name, action.Number ?? 0, action.Text));
        });
    }

    [Fact]
    public void No_two_fields_of_actions_share_a_name_or_take_that_of_a_fixed_one()
    {
        var names = ActionType.All.Select(type => type.Field).OfType<ActionField>().Distinct().Select(field => field.Name).Concat(["action", "id"]);
        Assert.Equal(names.Distinct(), names);
    }

    [Fact]
    public void Every_action_in_a_battle_is_answered_and_the_answer_names_it()
    {
        Assert.All(ActionType.All.Select(type => type.Create(7, "b")).OfType<BattleAction>(), action =>
        {
            var world = new World();
            world.Connect("a", ProtocolVersion.V2);
            world.Connect("b", ProtocolVersion.V2);
            world.Do("a", new JoinRoom(null));
            world.Do("b", new JoinRoom(null));
            Assert.Contains("a< ok 1", world.Do("a", action, id: "1"));
            world.Do("a", new Die());
            Assert.Contains($"a< error dead {action.Name}", world.Do("a", action, id: "2"));
        });
    }

    [Fact]
    public void An_action_of_a_newer_version_is_refused_by_its_name_and_changes_nothing()
    {
        var world = new World();
        world.Connect("a", ProtocolVersion.V2);
        Assert.Equal(["a< error unknown_action emote"], world.Do("a", ActionType.Make("emote", 3, null), id: "1"));
        Assert.Equal(["a< joinroom a_ROOM", "a< ok 2"], world.Do("a", new JoinRoom(null), id: "2"));
    }

    [Fact]
    public void Every_push_is_in_the_table_at_the_place_of_its_number()
    {
        Assert.Equal(Enum.GetValues<PushKind>(), PushType.All.Select(type => type.Kind));
        Assert.All(PushType.All, type => Assert.Same(type, PushType.Of(type.Kind)));
        Assert.Equal(PushType.All.Length, PushType.All.Select(type => type.Name).Distinct().Count());
    }

    [Fact]
    public void Every_kind_of_actor_is_in_the_table()
    {
        var types = new ActorTypes(new(), new());
        Assert.All(Enum.GetValues<ActorKind>(), kind => Assert.Equal(new(kind, "key"), types.Create(new(kind, "key")).Id));
    }

    private static IEnumerable<Type> All<T>() => typeof(T).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(T)) && !type.IsAbstract);
}
