namespace GameServer.Game.Tests;

/// <summary>The smallest host: every message is handled at once and in order, nothing is stored, nothing fails.</summary>
internal sealed class World(GameRules? rules = null)
{
    private readonly GameRules rules = rules ?? new();
    private readonly Effects effects = new();
    private readonly Queue<Envelope> inbox = [];
    private readonly List<string> seen = [];
    private readonly Dictionary<ConnectionId, string> names = [];
    private readonly Dictionary<string, string> tokens = [];
    private readonly Dictionary<string, long> lastSeqs = [];
    private long connections;

    public Dictionary<ActorId, Actor> Actors { get; } = [];

    public Dictionary<string, ConnectionId> Connections { get; } = [];

    /// <summary>There is no registry here: how often a room asked it for a server.</summary>
    public int ServersAskedFor { get; private set; }

    public DateTimeOffset Now { get; set; } = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Connects a player, and returns what the clients are told.</summary>
    public string[] Connect(
        string user, ProtocolVersion version = ProtocolVersion.V1, string? resume = null, long? lastSeq = null, bool guest = false, string? registration = null)
    {
        var connection = new ConnectionId("", ++connections);
        Connections[user] = connection;
        names[connection] = user;
        return Tell(user, new Connect(connection, version, $"token{connections}", resume, lastSeq, null, guest, Registration: registration));
    }

    public string[] Drop(string user) => Tell(user, new Disconnect(Connections[user]));

    public string[] Do(string user, ClientAction action, string? id = null) =>
        Tell(user, new Request(Connections[user], id is null ? null : new(id), action));

    public string[] Tell(string user, Message message) => Send(new(ActorKind.Player, user), message);

    public TAnswer Ask<TAnswer>(string user, Question<TAnswer> question) => Ask(new ActorId(ActorKind.Player, user), question);

    public TAnswer Ask<TAnswer>(ActorId to, Question<TAnswer> question)
    {
        seen.Clear();
        object? answer = null;
        Run(new(to, question, Durable: false), reply => answer ??= reply);
        return (TAnswer)answer!;
    }

    /// <summary>Connects a player again, who goes on after the last push it has seen.</summary>
    public string[] Resume(string user) => Connect(user, ProtocolVersion.V2, tokens[user], lastSeqs[user]);

    /// <summary>What the clients were told in the last step.</summary>
    public IReadOnlyList<string> Seen => seen;

    /// <summary>The process is lost and started again by a version that has stored an actor like this.</summary>
    public string[] Restart(Actor stored)
    {
        Actors[stored.Id] = stored;
        return Send(stored.Id, new Loaded(SessionsLost: false, ScoresLost: false));
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
            {
                var user = names[frame.Connection];
                seen.Add($"{user}< {Show(frame.Frame)}");
                if (frame.Frame is WelcomeFrame welcome)
                    tokens[user] = welcome.ResumeToken;
                else if (frame.Frame is PushFrame push)
                    lastSeqs[user] = push.Seq;
            }

            if (effects.Answer is { } answer)
                answered(answer);
            if (actor.Erased)
                Actors.Remove(actor.Id);
        }
    }

    private Actor Make(ActorId id) => new ActorTypes(rules, new()).Create(id);

    internal static string Show(ClientFrame frame) => frame switch
    {
        WelcomeFrame welcome => welcome.Resumed ? "welcome back" : "welcome",
        OkFrame ok => $"ok {ok.Id.Json}",
        ErrorFrame error => $"error {GameError.NameOf(error.Error.Code)} {error.Request}",
        CloseFrame close => $"close {close.Code}",
        PushFrame { Push: var push } when PushType.Of(push.Kind) is var type => $"{type.Name} " + type.Data switch
        {
            PushData.Number => $"{push.Number}",
            PushData.Snapshot => push.Snapshot!.State,
            PushData.Server => $"{push.Server!.Port}",
            PushData.Error => $"{push.Error!.Code}",
            _ => push.Text,
        },
        _ => frame.ToString()!,
    };
}
