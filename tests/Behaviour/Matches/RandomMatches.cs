using System.Globalization;

namespace GameServer.Behaviour.Matches;

/// <summary>
/// Many players play random matches at one time, and after each step everybody in the match must have seen what the model says: each push
/// and each answer, in order, and nothing else. What is played follows from the seed alone.
/// <para>
/// Steps of one match follow each other, because the protocol does not say how two players' requests at the same moment are ordered; one
/// player's requests are also sent in a burst. The matches themselves all go on at once.
/// </para>
/// </summary>
internal sealed class RandomMatches(GameServerUnderTest server, int seed, Func<string, Protocol, Task<GameClient>> connect)
{
    private static readonly ModelMode Duel = new("duel", 2);
    private static readonly ModelMode Ranked = new("ranked", 2, Threshold: 10, Cost: 4);
    private static readonly ModelMode Trio = new("trio", 3);

    private readonly List<Player> players = [];
    private int matches;

    private int Seed => seed;

    /// <summary>How many matches were played.</summary>
    public int Matches => matches;

    /// <summary>How many messages were predicted and seen.</summary>
    public int Messages => players.Sum(player => player.Seen);

    /// <summary>Connects the players, half of them with each version.</summary>
    public async Task ConnectAsync(int count)
    {
        for (var i = 0; i < count; i++)
        {
            var client = await connect($"r{i}", i % 2 == 0 ? Protocol.V1 : Protocol.V2);
            players.Add(new(client, this));
        }
    }

    /// <summary>All players go to one mode each and play there once, if they find others.</summary>
    public Task PlayRoundAsync(int round)
    {
        var random = new Random(unchecked(seed * 31 + round));
        var shuffled = players.ToArray();
        random.Shuffle(shuffled);
        var fifth = shuffled.Length / 5;
        return Task.WhenAll(
            LobbyAsync(Duel, shuffled[..(2 * fifth)], random.Next()),
            LobbyAsync(Ranked, shuffled[(2 * fifth)..(3 * fifth)], random.Next()),
            LobbyAsync(Trio, shuffled[(3 * fifth)..], random.Next()));
    }

    /// <summary>Nobody sees anything more, and all records are as the model has them.</summary>
    public async Task EndAsync()
    {
        foreach (var player in players)
        {
            await player.SeeNothingMoreAsync();
            await server.BecomesAsync(player.Client.UserId, player.Model.Record);
        }
    }

    /// <summary>Players join a mode one after the other; whoever is left over leaves.</summary>
    private async Task LobbyAsync(ModelMode mode, Player[] joining, int lobbySeed)
    {
        var random = new Random(lobbySeed);
        var queue = new ModelQueue(mode);
        var byModel = joining.ToDictionary(player => player.Model);
        var playing = new List<Task>();
        foreach (var player in joining)
        {
            var battle = await JoinAsync(player);
            for (var again = random.Next(4); again == 0 && queue.Waiting.Count > 0; again = random.Next(2))
                battle ??= await LoiterAsync(byModel[queue.Waiting[random.Next(queue.Waiting.Count)]]);
            if (battle is not null)
                Begin(battle);
        }

        while (queue.Waiting.Count > 0)
        {
            var player = byModel[queue.Waiting[random.Next(queue.Waiting.Count)]];
            await LeaveAsync(player, random.Next(2) == 0 ? "exitroom" : "destroyroom");
        }

        await Task.WhenAll(playing);

        void Begin(ModelBattle battle) =>
            playing.Add(PlayAsync(battle, [.. battle.Players.Select(model => byModel[model])], random.Next()));

        async Task<ModelBattle?> JoinAsync(Player player)
        {
            var battle = queue.Join(player.Model, await player.AskAsync("joinroom", $"\"mode\":\"{mode.Name}\"", random));
            await AllSeeAsync(battle is null ? [player] : battle.Players.Select(model => byModel[model]));
            return battle;
        }

        async Task LeaveAsync(Player player, string action)
        {
            queue.Leave(player.Model, action, await player.AskAsync(action, null, random));
            await AllSeeAsync(queue.Waiting.Select(model => byModel[model]).Append(player));
        }

        // Something else than to wait. Whoever goes joins again at the end of the line, which may begin a battle.
        async Task<ModelBattle?> LoiterAsync(Player player)
        {
            switch (random.Next(4))
            {
                case 0:
                    return await JoinAsync(player); // Once more: the same room, and no second place.
                case 1 when queue.Waiting.Count > 1 && queue.Waiting[0] == player.Model:
                    // The owner, so that the others see when the queue has heard of it, and of the return.
                    queue.DropOwner();
                    await player.DropAsync();
                    await AllSeeAsync(queue.Waiting.Select(model => byModel[model]));
                    queue.ReturnOwner();
                    await player.Client.ReconnectAsync();
                    await AllSeeAsync(queue.Waiting.Select(model => byModel[model]));
                    return null;
                default:
                    await LeaveAsync(player, random.Next(2) == 0 ? "exitroom" : "destroyroom");
                    return queue.Waiting.Contains(player.Model) ? null : await JoinAsync(player);
            }
        }
    }

    private async Task PlayAsync(ModelBattle battle, Player[] roster, int matchSeed)
    {
        var random = new Random(matchSeed);
        Interlocked.Increment(ref matches);
        Player? away = null;
        for (var step = 0; !battle.Settled; step++)
        {
            // One at a time is away: a second one could not be sure to be told of the first.
            var waitedFor = roster.All(p => battle.HasLeft(p.Model) || battle.IsDead(p.Model) || p == away);
            if (away is not null && (waitedFor || random.Next(4) == 0))
            {
                await ReturnAsync(away);
                away = null;
            }

            var here = roster.Where(p => p.Model.Connected && !battle.HasLeft(p.Model)).ToList();
            if (here.Count == 0)
                continue;
            var player = here[random.Next(here.Count)];
            switch (random.Next(100))
            {
                case < 8 when away is null:
                    // What was sent and not answered may be overtaken by the return through another gateway: so it is answered first.
                    await ProbeAsync(player);
                    away = player;
                    battle.Drop(player.Model);
                    await player.DropAsync();
                    break;
                case < 11:
                    battle.JoinAgain(player.Model, await player.AskAsync("joinroom", null, random));
                    break;
                case < 13:
                    ModelBattle.Destroy(player.Model, await player.AskAsync("destroyroom", null, random));
                    break;
                case < 16 when away is null:
                    battle.Exit(player.Model, await player.AskAsync("exitroom", null, random));
                    break;
                case < 19:
                    await player.Client.SendAsync("""{"action":"fly"}""");
                    player.Model.Refuse("unknown_action", "fly", null);
                    break;
                case < 24:
                    await player.RepeatAsync();
                    break;
                case var chance when chance >= 90 - 2 * step:
                    battle.Die(player.Model, await player.AskAsync("die", null, random));
                    break;
                default:
                    await BurstAsync(player);
                    break;
            }

            await AllSeeAsync(roster);
            if (away is not null && player.Model.Connected && !battle.Settled)
            {
                // Perhaps only the one who is away was to see it.
                await ProbeAsync(player);
            }
        }

        if (away is not null)
            await ReturnAsync(away);

        // The answer to something impossible tells that the battle has got so far.
        async Task ProbeAsync(Player player)
        {
            battle.Attack(player.Model, "nobody", await player.AskAsync("attack", "\"user_id\":\"nobody\"", random));
            await AllSeeAsync(roster);
        }

        async Task ReturnAsync(Player player)
        {
            battle.Return(player.Model);
            await player.Client.ReconnectAsync();
            await AllSeeAsync(roster);
        }

        async Task BurstAsync(Player player)
        {
            for (var left = random.Next(1, 5); left > 0; left--)
            {
                if (random.Next(3) > 0)
                {
                    var score = random.Next(10) == 0 ? int.MaxValue : random.Next(30);
                    var field = string.Create(CultureInfo.InvariantCulture, $"\"score\":{score}");
                    battle.SyncScore(player.Model, score, await player.AskAsync("syncscore", field, random));
                }
                else
                {
                    string?[] targets = [null, "nobody", .. roster.Select(p => p.Model.Name), .. roster.Select(p => p.Model.Name)];
                    var target = targets[random.Next(targets.Length)];
                    var field = target is null ? null : $"\"user_id\":\"{target}\"";
                    battle.Attack(player.Model, target, await player.AskAsync("attack", field, random));
                }
            }
        }
    }

    private static async Task AllSeeAsync(IEnumerable<Player> those)
    {
        foreach (var player in those.Where(player => player.Model.Connected).ToList())
            await player.SeeAsync();
    }

    /// <summary>A client, what the model says of it, and what has happened lately.</summary>
    private sealed class Player(GameClient client, RandomMatches all)
    {
        private readonly Queue<string> lately = [];
        private string? lastRequest;
        private string? lastAnswer;
        private int lastId;

        public GameClient Client => client;

        public ModelPlayer Model { get; } = new(client.UserId, client.Version);

        public int Seen { get; private set; }

        /// <summary>Makes a request, in version 2 mostly with an id. Gives the id.</summary>
        public async Task<string?> AskAsync(string action, string? field, Random random)
        {
            var id = client.Version == Protocol.V2 && random.Next(4) > 0 ? (++lastId).ToString(CultureInfo.InvariantCulture) : null;
            string?[] fields = [$"\"action\":\"{action}\"", field, id is null ? null : $"\"id\":{id}"];
            var request = $"{{{string.Join(',', fields.Where(part => part is not null))}}}";
            if (id is not null)
                (lastRequest, lastAnswer) = (request, null);
            Note($"> {request}");
            await client.SendAsync(request);
            return id;
        }

        /// <summary>Sends the last request that has an id once more: the same answer, and nothing else.</summary>
        public async Task RepeatAsync()
        {
            if (lastAnswer is null)
                return;
            Model.Answers.Enqueue(lastAnswer);
            Note($"> again {lastRequest}");
            await client.SendAsync(lastRequest!);
        }

        /// <summary>
        /// Version 2 breaks off without a word. Version 1 says goodbye, because what was written to a broken connection would be lost for
        /// it.
        /// </summary>
        public async Task DropAsync()
        {
            Note("> gone");
            if (client.Version == Protocol.V2)
                client.Drop();
            else
                await client.CloseAsync();
        }

        /// <summary>Reads until the model is content.</summary>
        public async Task SeeAsync()
        {
            while (Model.Pushes.Count + Model.Answers.Count > 0)
            {
                string line;
                try
                {
                    line = await client.SeesAsync();
                }
                catch (Exception e) when (e is TimeoutException or ConnectionLostException)
                {
                    throw Wrong($"{e.Message} It should have seen");
                }

                Note($"< {line}");
                var isAnswer = line.StartsWith("ok ", StringComparison.Ordinal) || line.StartsWith("error ", StringComparison.Ordinal);
                var due = (isAnswer ? Model.Answers : Model.Pushes).TryPeek(out var expected) && expected == line;
                if (!due && !Model.MayComeToo.Remove(line))
                {
                    var next = client.SeesAsync(); // Whether what is missing is only late.
                    var later = await Task.WhenAny(next, Task.Delay(1000)) == next ? await next : "nothing";
                    throw Wrong($"saw '{line}', then {later}, and should have seen");
                }

                if (due)
                    Seen++;
                if (due)
                    (isAnswer ? Model.Answers : Model.Pushes).Dequeue();
                if (isAnswer && line.Split(' ')[^1] == lastId.ToString(CultureInfo.InvariantCulture))
                    lastAnswer = line;
            }
        }

        /// <summary>A request that can only be refused is answered with that, and nothing came before.</summary>
        public async Task SeeNothingMoreAsync()
        {
            await client.SendAsync("""{"action":"die"}""");
            Model.Refuse("not_in_room", "die", null);
            await SeeAsync();
        }

        private void Note(string what)
        {
            lately.Enqueue(what);
            if (lately.Count > 40)
                lately.Dequeue();
        }

        private Xunit.Sdk.XunitException Wrong(string what) => new(
            $"""
            Seed {all.Seed}: {Model.Name} ({client.Version}) {what}
              pushes:  {string.Join(" | ", Model.Pushes)}
              answers: {string.Join(" | ", Model.Answers)}
            Before that: {string.Join(Environment.NewLine, lately)}
            """);

    }
}
