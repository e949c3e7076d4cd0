using GameServer.Game;
using GameServer.Grains.Abstractions;
using Orleans.Concurrency;

namespace GameServer.Grains;

/// <summary>The shell of <see cref="Game.Player"/>; its own part is the way to the gateway.</summary>
[Reentrant]
public sealed partial class PlayerGrain(
    [PersistentState("actor", ActorGrain.StorageName)] IPersistentState<StoredActor> stored, GrainServices services)
    : ActorGrain(ActorKind.Player, stored, services), IPlayerGrain
{
    private readonly AttachedGateways<IGatewayObserver> gateways = new();

    /// <summary>The connections whose gateways are watched: the open one, and older ones that are being closed.</summary>
    private readonly HashSet<ConnectionId> watched = [];

    /// <inheritdoc/>
    protected override bool TakesMailWhenFull => true;

    /// <inheritdoc/>
    public ValueTask Connect(ConnectCall call, IGatewayObserver gateway)
    {
        gateways.Attach(call.Connection, gateway, call.Attempt);
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
        return gateways.Find(connection) is null ? status with { Attached = false } : status;
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
    public ValueTask<bool> Request(RequestHead head, ActionCall action) => Take(head, ActionType.Make(action.Name, action.Number, action.Text));

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
        foreach (var attachment in gateways.All)
        {
            var frames = effects.Frames.Where(f => f.Connection.Gateway == attachment.Connection.Gateway);
            ClientMail[] mail =
            [
                .. frames.Select(f => ClientMail.Of(f.Connection.Number, f.Frame, start, attachment.NextOrder(f.Connection))),
            ];
            if (mail.Length > 0)
                attachment.Gateway.Deliver(mail).AsTask().Ignore(); // One way: the gateway notices what it misses.
        }
    }

    private async ValueTask<bool> Take(RequestHead head, ClientAction action)
    {
        if (gateways.Find(head.Connection) is null)
            return false; // Whatever came of it could not be told. What the grain's loading caused waits for the attachment.
        RequestId? id = head.Id is null ? null : new(head.Id);
        await Tell(new Game.Request(head.Connection, id, action, head.Number, head.Seen, head.Again) { Content = head.Content });
        return true;
    }
}
