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
}

[RegisterConverter]
internal sealed class SessionStatusConverter : IConverter<SessionStatus, SessionStatusSurrogate>
{
    public SessionStatus ConvertFromSurrogate(in SessionStatusSurrogate surrogate) => new(surrogate.Attached, surrogate.Seq);

    public SessionStatusSurrogate ConvertToSurrogate(in SessionStatus value) => new() { Attached = value.Attached, Seq = value.Seq };
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
    });

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
    };
}
