using System.Text.Json.Serialization;

namespace GameServer.Game.Tests;

public sealed class MessageJsonTests
{
    /// <summary>What the edge and the hosts tell actors is never stored; everything else may be.</summary>
    private static readonly Type[] NeverStored =
        [
            typeof(Connect), typeof(Disconnect), typeof(Request), typeof(PushWritten), typeof(GatewayLost), typeof(ForgetSession), typeof(Loaded),
            typeof(Wake),
        ];

    [Fact]
    public void Every_message_that_can_be_sent_between_actors_has_a_stored_name()
    {
        var named = typeof(Message).GetCustomAttributes(typeof(JsonDerivedTypeAttribute), false)
            .Cast<JsonDerivedTypeAttribute>().Select(a => a.DerivedType.Name);
        var between = typeof(Message).Assembly.GetTypes()
            .Where(t => t.IsSubclassOf(typeof(Message)) && !t.IsAbstract && !NeverStored.Contains(t) && !IsQuestion(t))
            .Select(t => t.Name);
        Assert.Equal(between.Order(), named.Order());
    }

    private static bool IsQuestion(Type type) =>
        type.BaseType is { IsGenericType: true } parent && parent.GetGenericTypeDefinition() == typeof(Question<>);

    [Fact]
    public void A_message_comes_back_from_its_bytes()
    {
        var message = new CreateBattle(
            "default", new() { FreezeTime = TimeSpan.FromSeconds(3) }, "a\"_ROOM", [new("a\"", 1, 2), new("b", 3, 4)]);
        var read = Assert.IsType<CreateBattle>(MessageJson.Read(MessageJson.Write(message)));
        Assert.Equal(message.Rules, read.Rules);
        Assert.Equal(message.Roster, read.Roster);
        Assert.Equal(message.RoomName, read.RoomName);
        var die = new DieCommand("a", 7, true, new(25, 6));
        Assert.Equal(die, MessageJson.Read(MessageJson.Write(die)));
        var shown = new BattleEvent("b", 1L << 33, new(PushKind.PlayerSyncScore) { Number = 0, From = "x" });
        Assert.Equal(shown, MessageJson.Read(MessageJson.Write(shown)));
    }
}
