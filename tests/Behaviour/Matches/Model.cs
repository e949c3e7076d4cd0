namespace GameServer.Behaviour.Matches;

/// <summary>What a mode of the random matches sets.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Size">Players in a battle.</param>
/// <param name="Threshold">The score an attack needs.</param>
/// <param name="Cost">What it takes off.</param>
internal sealed record ModelMode(string Name, int Size, int Threshold = 0, int Cost = 0);

/// <summary>
/// A player as the protocol says it should be: what it is told, and its record. Pushes come in one order and so do answers; how the ones
/// come between the others the protocol does not fix.
/// </summary>
internal sealed class ModelPlayer(string name, Protocol version)
{
    public string Name => name;

    public Protocol Version => version;

    public bool Connected { get; set; } = true;

    /// <summary>What the player will be told next, in this order.</summary>
    public Queue<string> Pushes { get; } = [];

    /// <summary>How its requests will be answered, in this order.</summary>
    public Queue<string> Answers { get; } = [];

    /// <summary>
    /// What a player of version 1 missed of the battle that goes on, if it was still on its way as the player came back: it may come then,
    /// or not. Scores and deaths are none of it: they are part of how things stand.
    /// </summary>
    public List<string> MayComeToo { get; } = [];

    public Record Record { get; set; }

    /// <summary>Tells the player. Version 2 gets at its return what it missed; version 1 is told then how things stand.</summary>
    public void See(string line)
    {
        if (Connected || version == Protocol.V2)
            Pushes.Enqueue(line);
        else if (line is "attacked FREEZE" or "player_died all")
            MayComeToo.Add(line);
    }

    /// <summary>Version 2 alone is told who it was.</summary>
    public void See(string line, ModelPlayer from) => See(version == Protocol.V2 ? $"{line} from {from.Name}" : line);

    /// <summary>A refusal, which everybody gets, with the id if the request had one.</summary>
    public void Refuse(string code, string action, string? id) =>
        Answers.Enqueue(id is null ? $"error {code} {action}" : $"error {code} {action} {id}");

    /// <summary>A request that had an id is answered once it took effect.</summary>
    public void Accept(string? id)
    {
        if (id is not null)
            Answers.Enqueue($"ok {id}");
    }
}

/// <summary>The queue of a mode: first in, first out.</summary>
internal sealed class ModelQueue(ModelMode mode)
{
    private readonly List<ModelPlayer> waiting = [];

    public IReadOnlyList<ModelPlayer> Waiting => waiting;

    private string Room => $"{waiting.First(player => player.Connected).Name}_ROOM";

    /// <summary>A player joins. Gives the battle that begins with it, if one does.</summary>
    public ModelBattle? Join(ModelPlayer player, string? id)
    {
        if (!waiting.Contains(player))
            waiting.Add(player);
        player.See($"joinroom {Room}");
        player.Accept(id);
        if (waiting.Count < mode.Size)
            return null;
        var battle = new ModelBattle(mode, Room, [.. waiting]);
        waiting.Clear();
        return battle;
    }

    /// <summary>A player leaves, or, if it is the owner, destroys the room. The next in line owns it then.</summary>
    public void Leave(ModelPlayer player, string action, string? id)
    {
        var room = Room;
        var owner = waiting[0] == player;
        if (!owner && action == "destroyroom")
        {
            player.Refuse("not_room_owner", action, id);
            return;
        }

        waiting.Remove(player);
        player.See($"{action} {room}");
        player.Accept(id);
        if (owner)
            TellNewRoom();
    }

    /// <summary>The owner's connection breaks. The place stays, but the room is the next one's meanwhile.</summary>
    public void DropOwner()
    {
        waiting[0].Connected = false;
        TellNewRoom();
    }

    /// <summary>And comes back, before anybody else joined.</summary>
    public void ReturnOwner()
    {
        var owner = waiting[0];
        owner.Connected = true;
        if (owner.Version == Protocol.V1)
            owner.See($"joinroom {Room}");
        TellNewRoom(but: owner);
    }

    private void TellNewRoom(ModelPlayer? but = null)
    {
        foreach (var other in waiting.Where(other => other.Connected && other != but))
            other.See($"joinroom {Room}");
    }
}

/// <summary>A battle by the rules of the protocol.</summary>
internal sealed class ModelBattle
{
    private readonly ModelMode mode;
    private readonly string room;
    private readonly ModelPlayer[] players;
    private readonly Dictionary<ModelPlayer, int> scores;
    private readonly HashSet<ModelPlayer> dead = [];
    private readonly HashSet<ModelPlayer> left = [];

    /// <summary>The battle begins, and all are told against whom.</summary>
    public ModelBattle(ModelMode mode, string room, ModelPlayer[] players)
    {
        (this.mode, this.room, this.players) = (mode, room, players);
        scores = players.ToDictionary(player => player, _ => 0);
        foreach (var player in players)
        {
            foreach (var peer in Others(player))
                player.See($"peer_player_id {peer.Name}");
            player.MayComeToo.Clear();
        }
    }

    public ModelMode Mode => mode;

    public IReadOnlyList<ModelPlayer> Players => players;

    public bool Settled { get; private set; }

    public bool IsDead(ModelPlayer player) => dead.Contains(player);

    public bool HasLeft(ModelPlayer player) => left.Contains(player);

    public int ScoreOf(ModelPlayer player) => scores[player];

    public void SyncScore(ModelPlayer player, int score, string? id)
    {
        if (dead.Contains(player))
        {
            player.Refuse("dead", "syncscore", id);
            return;
        }

        scores[player] = score;
        ShowScore(player);
        player.Accept(id);
    }

    public void Attack(ModelPlayer player, string? target, string? id)
    {
        var victim = target is null && players.Length == 2
            ? Others(player).Single()
            : Others(player).FirstOrDefault(other => other.Name == target);
        var code = dead.Contains(player) ? "dead"
            : victim is null ? "invalid_target"
            : scores[player] < Math.Max(mode.Threshold, mode.Cost) ? "attack_not_ready"
            : null;
        if (code is not null)
        {
            player.Refuse(code, "attack", id);
            return;
        }

        if (mode.Cost > 0)
        {
            scores[player] -= mode.Cost;
            ShowScore(player);
        }

        if (!left.Contains(victim!))
            victim!.See("attacked FREEZE", player);
        player.Accept(id);
    }

    public void Die(ModelPlayer player, string? id)
    {
        if (dead.Contains(player))
        {
            player.Refuse("dead", "die", id);
            return;
        }

        player.Accept(id);
        Kill(player);
    }

    public void Exit(ModelPlayer player, string? id)
    {
        player.See($"exitroom {room}");
        player.Accept(id);
        left.Add(player);
        if (!dead.Contains(player))
            Kill(player);
    }

    /// <summary>To join in a battle is to ask where one is.</summary>
    public void JoinAgain(ModelPlayer player, string? id)
    {
        ShowAll(player);
        player.Accept(id);
    }

    /// <summary>To destroy a room in a battle is not possible.</summary>
    public static void Destroy(ModelPlayer player, string? id) => player.Refuse("battle_in_progress", "destroyroom", id);

    public void Drop(ModelPlayer player)
    {
        player.Connected = false;
        ShowPresence("peer_disconnected", player);
    }

    public void Return(ModelPlayer player)
    {
        player.Connected = true;
        if (!Settled)
        {
            ShowPresence("peer_reconnected", player);
            if (player.Version == Protocol.V1)
                ShowAll(player);
        }
        else if (player.Version == Protocol.V1)
        {
            player.See(SettlementOf(player));
        }
    }

    private void Kill(ModelPlayer player)
    {
        dead.Add(player);
        if (dead.Count < players.Length)
        {
            foreach (var other in Watching(player))
                other.See($"player_died {player.Name}");
            return;
        }

        Settled = true;
        foreach (var other in Watching(player))
            other.See("player_died all");
        foreach (var each in players)
        {
            if (!left.Contains(each))
                each.See(SettlementOf(each));
            each.Record = SettlementOf(each) switch
            {
                "battle_settlement WIN" => each.Record with { Wins = each.Record.Wins + 1 },
                "battle_settlement LOSE" => each.Record with { Losses = each.Record.Losses + 1 },
                _ => each.Record with { Draws = each.Record.Draws + 1 },
            };
        }
    }

    private string SettlementOf(ModelPlayer player)
    {
        var top = scores.Values.Max();
        return scores[player] < top ? "battle_settlement LOSE"
            : scores.Values.Count(score => score == top) > 1 ? "battle_settlement DRAW"
            : "battle_settlement WIN";
    }

    private void ShowScore(ModelPlayer player)
    {
        foreach (var other in Watching(player))
            other.See($"player_syncscore {scores[player]}", player);
    }

    private void ShowPresence(string action, ModelPlayer player)
    {
        foreach (var other in Watching(player).Where(other => other.Version == Protocol.V2))
            other.See($"{action} {player.Name}");
    }

    private void ShowAll(ModelPlayer player)
    {
        player.See($"joinroom {room}");
        foreach (var peer in Others(player))
            player.See($"peer_player_id {peer.Name}");
        foreach (var peer in Others(player))
        {
            player.See($"player_syncscore {scores[peer]}", peer);
            if (dead.Contains(peer))
                player.See($"player_died {peer.Name}");
        }
    }

    /// <summary>In the order they joined.</summary>
    private IEnumerable<ModelPlayer> Others(ModelPlayer player) => players.Where(other => other != player);

    /// <summary>Who left is told nothing more.</summary>
    private IEnumerable<ModelPlayer> Watching(ModelPlayer player) => Others(player).Where(other => !left.Contains(other));
}
