using GameServer.Game;

namespace GameServer.Grains.Abstractions;

/// <summary>
/// One player; key: the user id. The methods but <see cref="IActorGrain.Receive"/> are for gateways, which call them one at a time for each
/// connection. Each completes when what the call did is saved, as far as it must be. A request answers false, and does nothing, if the
/// grain does not know the connection's gateway, because it was loaded anew: attach the connection again, then repeat the request.
/// </summary>
[Alias("player")]
public partial interface IPlayerGrain : IActorGrain
{
    /// <summary>A connection is open, or is attached again; see <see cref="Game.Connect"/>.</summary>
    /// <param name="call">The connection.</param>
    /// <param name="gateway">Where its frames go.</param>
    [Alias("connect")]
    ValueTask Connect(ConnectCall call, IGatewayObserver gateway);

    /// <summary>A connection is closed.</summary>
    [Alias("disconnect")]
    ValueTask Disconnect(ConnectionId connection, long? lastSeq, int? lastScore);

    /// <summary>Whether a connection is attached, and the player's last push: does the gateway miss something?</summary>
    [Alias("check")]
    ValueTask<SessionStatus> Check(ConnectionId connection);

    /// <summary>The gateway that holds the player's connection is gone.</summary>
    [Alias("gateway_lost")]
    ValueTask GatewayLost(string gateway);

    /// <summary>See <see cref="Game.ForgetSession"/>.</summary>
    [Alias("forget_session")]
    ValueTask ForgetSession(ConnectionId connection);

    /// <summary>A client's request; false: see above.</summary>
    [Alias("request")]
    ValueTask<bool> Request(RequestHead head, ActionCall action);

    /// <summary>A push that asked for it went out to the socket.</summary>
    [Alias("push_written")]
    ValueTask PushWritten(ConnectionId connection, long seq);

    /// <summary>Registers the user; false if it exists. See <see cref="Game.CreateUser"/>.</summary>
    [Alias("create_user")]
    ValueTask<bool> CreateUser(string registration);

    /// <summary>Gives the registration another id; false if it is not the user's. See <see cref="Game.RenewRegistration"/>.</summary>
    [Alias("renew_registration")]
    ValueTask<bool> RenewRegistration(string registration, string next);

    /// <summary>Deletes the user; false if there is none of this registration. See <see cref="Game.DeleteUser"/>.</summary>
    [Alias("delete_user")]
    ValueTask<bool> DeleteUser(string? registration);

    /// <summary>The record.</summary>
    [Alias("get_record")]
    ValueTask<PlayerInfo> GetRecord();
}

/// <summary>What every request has.</summary>
/// <param name="Connection">Where it came from.</param>
/// <param name="Id">The client's id for it, as JSON; null: none.</param>
/// <param name="Number">Its number on the connection, so that a call made again does nothing more.</param>
/// <param name="Seen">See <see cref="Game.Request.Seen"/>.</param>
/// <param name="Again">See <see cref="Game.Request.Again"/>.</param>
/// <param name="Content">See <see cref="Game.Request.Content"/>.</param>
[GenerateSerializer, Immutable, Alias("request_head")]
public readonly record struct RequestHead(
    [property: Id(0)] ConnectionId Connection, [property: Id(1)] string? Id, [property: Id(2)] long Number, [property: Id(3)] long Seen,
    [property: Id(4)] bool Again, [property: Id(5)] long Content);

/// <summary>A <see cref="ClientAction"/> on the wire.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Number">Its field, where that is a number; else 0.</param>
/// <param name="Text">Its field, where that is a text.</param>
[GenerateSerializer, Immutable, Alias("action_call")]
public readonly record struct ActionCall([property: Id(0)] string Name, [property: Id(1)] int Number, [property: Id(2)] string? Text);

/// <summary><see cref="Game.Connect"/> on the wire.</summary>
/// <param name="Connection">See <see cref="Game.Connect"/>, as for those that follow.</param>
/// <param name="Version">The protocol's version.</param>
/// <param name="NewToken">A fresh token.</param>
/// <param name="Resume">The token of the session to go on with.</param>
/// <param name="LastSeq">The last push.</param>
/// <param name="LastScore">The last score.</param>
/// <param name="Guest">The name was made up.</param>
/// <param name="Again">The connection has been there for a while.</param>
/// <param name="Attempt">How often the gateway has attached this connection, this time included: 1, 2, 3 …</param>
/// <param name="Registration">The registration that the client proved to hold.</param>
[GenerateSerializer, Immutable, Alias("connect_call")]
public sealed record ConnectCall(
    [property: Id(0)] ConnectionId Connection,
    [property: Id(1)] byte Version,
    [property: Id(2)] string NewToken,
    [property: Id(3)] string? Resume,
    [property: Id(4)] long? LastSeq,
    [property: Id(5)] int? LastScore,
    [property: Id(6)] bool Guest,
    [property: Id(7)] bool Again,
    [property: Id(8)] int Attempt,
    [property: Id(9)] string? Registration);
