using System.Buffers;
using System.Text;
using System.Text.Json;
using GameServer.Game;

namespace GameServer.Registry.Tests;

/// <summary>A registry with a clock of its own and a port map that answers when told to.</summary>
internal sealed class RegistryUnderTest(BattleServerRules? rules = null)
{
    public const string Subnet = "subnet-1";

    public BattleServerRegistry Actor { get; private set; } = new("default", rules ?? new());

    public DateTimeOffset Now { get; private set; } = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public Effects Effects { get; } = new();

    /// <summary>Calls the registry made and nobody has answered.</summary>
    public List<ExternalCall> Calls { get; } = [];

    /// <summary>All that rooms were ever told, in order.</summary>
    public List<(string Battle, Message Message)> Told { get; } = [];

    public Effects Handle(Message message)
    {
        Effects.Clear();
        Actor.Handle(message, Now, Effects);
        Calls.AddRange(Effects.Calls);
        Told.AddRange(Effects.Messages.Select(e => (e.To.Key, e.Message)));
        return Effects;
    }

    public RegistryAnswer Ask(Message question) => (RegistryAnswer)Handle(question).Answer!;

    public RegistryAnswer Register(string id, string address, params int[] ports) => Ask(new RegisterServer(id, Subnet, address, ports));

    /// <summary>Registers a server and lets the port map answer: it can be chosen now.</summary>
    public RegistryAnswer Serve(string id, string address, params int[] ports)
    {
        var answer = Register(id, address, ports);
        Assert.Equal(200, answer.Status);
        AnswerCalls();
        return answer;
    }

    public RegistryAnswer Beat(string id, long epoch, params (int Port, int Count)[] connections) =>
        Ask(new ServerHeartbeat(id, epoch, connections.ToDictionary(c => c.Port, c => c.Count)));

    public void AnswerCalls()
    {
        while (Calls.Count > 0)
        {
            var call = Calls[0];
            Calls.RemoveAt(0);
            Handle(AnswerTo(call));
        }
    }

    public static Message AnswerTo(ExternalCall call) => call switch
    {
        MapPorts m => new PortsMapped(
            m.ServerId, m.Epoch,
            [.. m.Ports.Select(p => new PortMapping(p, "acc.example", ["1.2.3.4", "1.2.3.5"], Outside(m.Address, p)))]),
        ClosePorts c => new PortsClosed(c.ServerId, c.Epoch),
        _ => throw new InvalidOperationException($"{call}"),
    };

    /// <summary>An outside port that tells the inside one: addresses here end in 1 to 99, ports in two digits.</summary>
    public static int Outside(string address, int port) => (int.Parse(address.Split('.')[3]) * 100) + (port % 100);

    /// <summary>Moves time, with the wakes that the registry asks for on the way.</summary>
    public void Pass(TimeSpan time)
    {
        var until = Now + time;
        for (var wakes = 0; Actor.Due is { } due && due <= until; wakes++)
        {
            Assert.True(wakes < 10_000, "The registry wakes for ever.");
            Now = due > Now ? due : Now;
            Handle(new Wake());
        }
        Now = until;
    }

    /// <summary>Moves time alone: the wake comes late.</summary>
    public void LetPass(TimeSpan time) => Now += time;

    public void Pass(double seconds) => Pass(TimeSpan.FromSeconds(seconds));

    public string SaveText() => Encoding.UTF8.GetString(Saved());

    public byte[] Saved()
    {
        var buffer = new ArrayBufferWriter<byte>();
        Actor.Save(buffer);
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>The process is lost; another one loads what was saved.</summary>
    public void Crash(bool tell = true)
    {
        Actor = BattleServerRegistry.Load(Actor.Id, Saved());
        if (tell)
            Handle(new Loaded(SessionsLost: false, ScoresLost: false));
    }

    public ServerAllocated Allocate(string battle)
    {
        Handle(new AllocateServer(battle));
        return Assert.IsType<ServerAllocated>(Told.Last(t => t.Battle == battle).Message);
    }

    public ServerStatus Status(string id) => Assert.Single(Status().Servers, s => s.ServerId == id);

    public RegistryStatus Status() => (RegistryStatus)Handle(new GetServers()).Answer!;

    public static string Text(Effects effects) => string.Join('\n',
        effects.Messages.Select(e => $"{e.To} {e.Message.GetType().Name} {JsonSerializer.Serialize<object>(e.Message)}")
            .Concat(effects.Calls.Select(c => $"{c.GetType().Name} {JsonSerializer.Serialize<object>(c)}"))
            .Append(JsonSerializer.Serialize(effects.Answer))
            .Append(effects.Durability.ToString()));
}
