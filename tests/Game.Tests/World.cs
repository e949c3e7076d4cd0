namespace GameServer.Game.Tests;

/// <summary>The smallest host: every message is handled at once and in order, nothing is stored, nothing fails.</summary>
internal sealed class World(GameRules? rules = null)
{
    private readonly GameRules rules = rules ?? new();
    private readonly Effects effects = new();
    private readonly Queue<Envelope> inbox = [];
    private readonly List<string> seen = [];
    private readonly Dictionary<ConnectionId, string> names = [];
    private long connections;

    public Dictionary<ActorId, Actor> Actors { get; } = [];

    public Dictionary<string, ConnectionId> Connections { get; } = [];

    /// <summary>There is no registry here: how often a room asked it for a server.</summary>
    public int ServersAskedFor { get; private set; }

    public DateTimeOffset Now { get; set; } = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Connects a player, and returns what the clients are told.</summary>
    public string[] Connect(string user, ProtocolVersion version = ProtocolVersion.V1, string? resume = null, long? lastSeq = null, string? registration = null)
    {
        var connection = new ConnectionId("", ++connections);
        Connections[user] = connection;
        names[connection] = user;
        return Tell(user, new Connect(connection, version, $"token{connections}", resume, lastSeq, null, Guest: false, Registration: registration));
    }

    public string[] Drop(string user) => Tell(user, new Disconnect(Connections[user]));

    public string[] Do(string user, ClientAction action, string? id = null) =>
        Tell(user, new Request(Connections[user], id is null ? null : new(id), action));

    public string[] Tell(string user, Message message) => Send(new(ActorKind.Player, user), message);

    public TAnswer Ask<TAnswer>(string user, IQuestion<TAnswer> question)
    {
        object? answer = null;
        Run(new(new(ActorKind.Player, user), (Message)question, Durable: false), reply => answer ??= reply);
        return (TAnswer)answer!;
    }

    public string[] Send(ActorId to, Message message)
    {
        seen.Clear();
        Run(new(to, message, Durable: false), _ => { });
        return [.. seen];
    }

    /// <summary>Moves time, and wakes whoever is due.</summary>
    public string[] Pass(TimeSpan time)
    {
        seen.Clear();
        Now += time;
        while (Actors.Values.FirstOrDefault(a => a.Due <= Now) is { } due)
            Run(new(due.Id, new Wake(), Durable: false), _ => { });
        return [.. seen];
    }

    private void Run(Envelope first, Action<object> answered)
    {
        inbox.Enqueue(first);
        while (inbox.TryDequeue(out var envelope))
        {
            if (envelope.To.Kind == ActorKind.BattleServerRegistry)
            {
                ServersAskedFor += envelope.Message is AllocateServer ? 1 : 0;
                continue;
            }

            if (!Actors.TryGetValue(envelope.To, out var actor))
                Actors[envelope.To] = actor = Make(envelope.To);
            effects.Clear();
            actor.Handle(envelope.Message, Now, effects);
            foreach (var message in effects.Messages)
                inbox.Enqueue(message);
            foreach (var frame in effects.Frames)
                seen.Add($"{names[frame.Connection]}< {Show(frame.Frame)}");
            if (effects.Answer is { } answer)
                answered(answer);
            if (actor.Erased)
                Actors.Remove(actor.Id);
        }
    }

    private Actor Make(ActorId id) => id.Kind switch
    {
        ActorKind.Player => new Player(id.Key, rules),
        ActorKind.Matchmaker => new Matchmaker(id.Key, rules),
        ActorKind.Room => new Room(id.Key, rules),
        _ => throw new ArgumentException($"No {id.Kind} here.", nameof(id)),
    };

    internal static string Show(ClientFrame frame) => frame switch
    {
        WelcomeFrame => "welcome",
        OkFrame ok => $"ok {ok.Id.Json}",
        ErrorFrame error => $"error {GameError.NameOf(error.Error.Code)} {error.Request}",
        CloseFrame close => $"close {close.Code}",
        PushFrame { Push: var push } => push.Kind switch
        {
            PushKind.JoinRoom => $"joinroom {push.Text}",
            PushKind.PeerPlayerId => $"peer_player_id {push.Text}",
            PushKind.ExitRoom => $"exitroom {push.Text}",
            PushKind.DestroyRoom => $"destroyroom {push.Text}",
            PushKind.PlayerSyncScore => $"player_syncscore {push.Number}",
            PushKind.Attacked => $"attacked {push.Text}",
            PushKind.PlayerDied => $"player_died {push.Text}",
            PushKind.BattleSettlement => $"battle_settlement {push.Text}",
            PushKind.PeerDisconnected => $"peer_disconnected {push.Text}",
            PushKind.PeerReconnected => $"peer_reconnected {push.Text}",
            PushKind.Snapshot => $"snapshot {push.Snapshot!.State}",
            PushKind.BattleServer => $"battle_server {push.Server!.Port}",
            _ => $"error {push.Error!.Code}",
        },
        _ => frame.ToString()!,
    };
}
