using GameServer.Game;

namespace GameServer.Grains.Abstractions;

// The types of src/Game know nothing of Orleans. Those that go over the wire as they are have a stand-in here.

[GenerateSerializer, Alias("connection_id")]
internal struct ConnectionIdSurrogate
{
    [Id(0)] public string Gateway;
    [Id(1)] public long Number;
}

[RegisterConverter]
internal sealed class ConnectionIdConverter : IConverter<ConnectionId, ConnectionIdSurrogate>
{
    public ConnectionId ConvertFromSurrogate(in ConnectionIdSurrogate surrogate) => new(surrogate.Gateway, surrogate.Number);

    public ConnectionIdSurrogate ConvertToSurrogate(in ConnectionId value) => new() { Gateway = value.Gateway, Number = value.Number };
}

[GenerateSerializer, Alias("session_status")]
internal struct SessionStatusSurrogate
{
    [Id(0)] public bool Attached;
    [Id(1)] public long Seq;
    [Id(2)] public long Start;
}

[RegisterConverter]
internal sealed class SessionStatusConverter : IConverter<SessionStatus, SessionStatusSurrogate>
{
    public SessionStatus ConvertFromSurrogate(in SessionStatusSurrogate surrogate) =>
        new(surrogate.Attached, surrogate.Seq, surrogate.Start);

    public SessionStatusSurrogate ConvertToSurrogate(in SessionStatus value) => new()
    {
        Attached = value.Attached,
        Seq = value.Seq,
        Start = value.Start,
    };
}

[GenerateSerializer, Alias("player_info")]
internal struct PlayerInfoSurrogate
{
    [Id(0)] public bool Known;
    [Id(1)] public bool Registered;
    [Id(2)] public int Wins;
    [Id(3)] public int Losses;
    [Id(4)] public int Draws;
    [Id(5)] public string? LastBattleId;
    [Id(6)] public byte LastResult;
    [Id(7)] public int LastScore;
    [Id(8)] public DateTimeOffset LastAt;
    [Id(9)] public string? Registration;
}

[RegisterConverter]
internal sealed class PlayerInfoConverter : IConverter<PlayerInfo, PlayerInfoSurrogate>
{
    public PlayerInfo ConvertFromSurrogate(in PlayerInfoSurrogate surrogate) => new(surrogate.Known, surrogate.Registered, new()
    {
        Wins = surrogate.Wins,
        Losses = surrogate.Losses,
        Draws = surrogate.Draws,
        Last = surrogate.LastBattleId is null
            ? null
            : new(surrogate.LastBattleId, (BattleResult)surrogate.LastResult, surrogate.LastScore, surrogate.LastAt),
    }, surrogate.Registration);

    public PlayerInfoSurrogate ConvertToSurrogate(in PlayerInfo value) => new()
    {
        Known = value.Known,
        Registered = value.Registered,
        Wins = value.Record.Wins,
        Losses = value.Record.Losses,
        Draws = value.Record.Draws,
        LastBattleId = value.Record.Last?.BattleId,
        LastResult = (byte)(value.Record.Last?.Result ?? 0),
        LastScore = value.Record.Last?.Score ?? 0,
        LastAt = value.Record.Last?.At ?? default,
        Registration = value.Registration,
    };
}

[GenerateSerializer, Alias("registry_answer")]
internal struct RegistryAnswerSurrogate
{
    [Id(0)] public int Status;
    [Id(1)] public string? Message;
    [Id(2)] public int LeaseSeconds;
    [Id(3)] public long Epoch;
    [Id(4)] public string Command;
    [Id(5)] public Dictionary<int, string> Battles;
}

[RegisterConverter]
internal sealed class RegistryAnswerConverter : IConverter<RegistryAnswer, RegistryAnswerSurrogate>
{
    public RegistryAnswer ConvertFromSurrogate(in RegistryAnswerSurrogate surrogate) =>
        new(surrogate.Status, surrogate.Message, surrogate.LeaseSeconds, surrogate.Epoch, surrogate.Command)
        {
            Battles = surrogate.Battles,
        };

    public RegistryAnswerSurrogate ConvertToSurrogate(in RegistryAnswer value) => new()
    {
        Status = value.Status,
        Message = value.Message,
        LeaseSeconds = value.LeaseSeconds,
        Epoch = value.Epoch,
        Command = value.Command,
        Battles = new(value.Battles),
    };
}

[GenerateSerializer, Alias("registry_status")]
internal struct RegistryStatusSurrogate
{
    [Id(0)] public ServerStatus[] Servers;
    [Id(1)] public int Waiting;
}

[RegisterConverter]
internal sealed class RegistryStatusConverter : IConverter<RegistryStatus, RegistryStatusSurrogate>
{
    public RegistryStatus ConvertFromSurrogate(in RegistryStatusSurrogate surrogate) => new(surrogate.Servers, surrogate.Waiting);

    public RegistryStatusSurrogate ConvertToSurrogate(in RegistryStatus value) =>
        new() { Servers = [.. value.Servers], Waiting = value.Waiting };
}

[GenerateSerializer, Alias("server_status")]
internal struct ServerStatusSurrogate
{
    [Id(0)] public string ServerId;
    [Id(1)] public string Address;
    [Id(2)] public string State;
    [Id(3)] public int Load;
    [Id(4)] public PortStatus[] Ports;
}

[RegisterConverter]
internal sealed class ServerStatusConverter : IConverter<ServerStatus, ServerStatusSurrogate>
{
    public ServerStatus ConvertFromSurrogate(in ServerStatusSurrogate surrogate) =>
        new(surrogate.ServerId, surrogate.Address, surrogate.State, surrogate.Load, surrogate.Ports);

    public ServerStatusSurrogate ConvertToSurrogate(in ServerStatus value) => new()
    {
        ServerId = value.ServerId,
        Address = value.Address,
        State = value.State,
        Load = value.Load,
        Ports = [.. value.Ports],
    };
}

[GenerateSerializer, Alias("port_status")]
internal struct PortStatusSurrogate
{
    [Id(0)] public int Port;
    [Id(1)] public int OutsidePort;
    [Id(2)] public string? BattleId;
    [Id(3)] public int Connections;
}

[RegisterConverter]
internal sealed class PortStatusConverter : IConverter<PortStatus, PortStatusSurrogate>
{
    public PortStatus ConvertFromSurrogate(in PortStatusSurrogate surrogate) =>
        new(surrogate.Port, surrogate.OutsidePort, surrogate.BattleId, surrogate.Connections);

    public PortStatusSurrogate ConvertToSurrogate(in PortStatus value) => new()
    {
        Port = value.Port,
        OutsidePort = value.OutsidePort,
        BattleId = value.BattleId,
        Connections = value.Connections,
    };
}
