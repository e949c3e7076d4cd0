using GameServer.Game;
using GameServer.Grains.Abstractions;
using Orleans.Concurrency;

namespace GameServer.Grains;

/// <summary>The shell of <see cref="Game.Player"/>; its own part is the way to the gateway.</summary>
[Reentrant]
public sealed class PlayerGrain(
    [PersistentState("actor", ActorGrain.StorageName)] IPersistentState<StoredActor> stored, GrainServices services)
    : ActorGrain(ActorKind.Player, stored, services), IPlayerGrain
{
    /// <summary>
    /// The gateways of the last two connections: the one that holds the session, and the one it was taken from, which has a socket to
    /// close. Not stored: a gateway attaches its connections again when the player was loaded anew.
    /// </summary>
    private readonly List<Attachment> gateways = [];

    /// <summary>The connections whose gateways are watched: the open one, and older ones that are being closed.</summary>
    private readonly HashSet<ConnectionId> watched = [];

    /// <inheritdoc/>
    protected override bool TakesMailWhenFull => true;

    /// <inheritdoc/>
    protected override Actor Create(string key) => new Player(key, Services.Rules);

    /// <inheritdoc/>
    protected override Actor Load(string key, byte[] state, IEnumerable<TailEntry> tail) => Player.Load(key, Services.Rules, state, tail);

    /// <inheritdoc/>
    public ValueTask Connect(ConnectCall call, IGatewayObserver gateway)
    {
        var name = call.Connection.Gateway;
        gateways.RemoveAll(g => g.Connection.Gateway == name);
        gateways.Add(new(call.Connection, gateway, call.Attempt));
        if (gateways.Count > 2)
            gateways.RemoveAt(0);
        if (watched.Add(call.Connection))
            Services.Gateways.Watch(call.Connection, this.GetPrimaryKeyString());
        return Tell(new Connect(
            call.Connection, (ProtocolVersion)call.Version, call.NewToken, call.Resume, call.LastSeq, call.LastScore, call.Guest,
            call.Again, call.Registration));
    }

    /// <inheritdoc/>
    public ValueTask Disconnect(ConnectionId connection, long? lastSeq, int? lastScore)
    {
        if (watched.Remove(connection))
            Services.Gateways.Unwatch(connection);
        return Tell(new Disconnect(connection, lastSeq, lastScore));
    }

    /// <inheritdoc/>
    public async ValueTask<SessionStatus> Check(ConnectionId connection)
    {
        var status = await Ask(new CheckSession(connection));
        return gateways.Exists(g => g.Connection.Gateway == connection.Gateway) ? status : status with { Attached = false };
    }

    /// <inheritdoc/>
    public ValueTask GatewayLost(string gateway)
    {
        watched.RemoveWhere(connection => connection.Gateway == gateway);
        return Tell(new GatewayLost(gateway));
    }

    /// <inheritdoc/>
    public ValueTask ForgetSession(ConnectionId connection) => Tell(new ForgetSession(connection));

    /// <inheritdoc/>
    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        // Whoever is loaded again learns by itself which connections are gone.
        foreach (var connection in watched)
            Services.Gateways.Unwatch(connection);
        return base.OnDeactivateAsync(reason, cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<bool> JoinRoom(RequestHead head, string? mode) => Take(head, new JoinRoom(mode));

    /// <inheritdoc/>
    public ValueTask<bool> ExitRoom(RequestHead head) => Take(head, new ExitRoom());

    /// <inheritdoc/>
    public ValueTask<bool> DestroyRoom(RequestHead head) => Take(head, new DestroyRoom());

    /// <inheritdoc/>
    public ValueTask<bool> SyncScore(RequestHead head, int score) => Take(head, new SyncScore(score));

    /// <inheritdoc/>
    public ValueTask<bool> Attack(RequestHead head, string? target) => Take(head, new Attack(target));

    /// <inheritdoc/>
    public ValueTask<bool> Die(RequestHead head) => Take(head, new Die());

    /// <inheritdoc/>
    public ValueTask PushWritten(ConnectionId connection, long seq) => Tell(new PushWritten(connection, seq));

    /// <inheritdoc/>
    public ValueTask<bool> CreateUser(string registration) => AnswerAnybody(new CreateUser(registration));

    /// <inheritdoc/>
    public ValueTask<bool> RenewRegistration(string registration, string next) => AnswerAnybody(new RenewRegistration(registration, next));

    /// <inheritdoc/>
    public ValueTask<bool> DeleteUser(string? registration) => AnswerAnybody(new DeleteUser(registration));

    /// <inheritdoc/>
    public ValueTask<PlayerInfo> GetRecord() => AnswerAnybody(new GetRecord());

    /// <inheritdoc/>
    protected override void Release(Effects effects)
    {
        if (effects.Frames.Count == 0)
            return;

        var start = ((Player)Actor).SessionStart;
        foreach (var attachment in gateways)
        {
            var frames = effects.Frames.Where(f => f.Connection.Gateway == attachment.Connection.Gateway);
            ClientMail[] mail =
            [
                .. frames.Select(f => ClientMail.Of(
                    f.Connection.Number, f.Frame, start, f.Connection == attachment.Connection ? attachment.NextOrder() : 0)),
            ];
            if (mail.Length > 0)
                attachment.Gateway.Deliver(mail).AsTask().Ignore(); // One way: the gateway notices what it misses.
        }
    }

    private async ValueTask<bool> Take(RequestHead head, ClientAction action)
    {
        if (!gateways.Exists(g => g.Connection.Gateway == head.Connection.Gateway))
            return false; // Whatever came of it could not be told. What the grain's loading caused waits for the attachment.
        RequestId? id = head.Id is null ? null : new(head.Id);
        await Tell(new Game.Request(head.Connection, id, action, head.Number, head.Seen, head.Again) { Content = head.Content });
        return true;
    }

    /// <summary>A connection as its gateway has attached it, and the order of what it is sent.</summary>
    private sealed class Attachment(ConnectionId connection, IGatewayObserver gateway, int attempt)
    {
        private long order = (long)attempt << 32;

        public ConnectionId Connection => connection;

        public IGatewayObserver Gateway => gateway;

        /// <summary>See <see cref="ClientMail.Order"/>.</summary>
        public long NextOrder() => ++order;
    }
}
