namespace GameServer.Game.Tests.Simulation;

/// <summary>A checker that never fails shows nothing: each of these bugs, put in on purpose, must be found.</summary>
public sealed class MutationTests
{
    private const int MostSeeds = 1000;

    private static readonly Dictionary<string, Mutation> Mutations = new()
    {
        ["the room lets the lowest score win"] = For<Room>(room => new(room)
        {
            Sends = sent => [sent.Message is Settled settled
                ? sent with { Message = settled with { Result = settled.Result switch { BattleResult.Win => BattleResult.Lose, BattleResult.Lose => BattleResult.Win, var draw => draw } } }
                : sent],
        }),
        ["the room forgets who confirmed the settlement"] = For<Room>(
            room => new(room) { Hears = heard => heard is SettlementTaken ? [] : [heard] }),
        ["the room lets effects leave before it saved"] = For<Room>(room => new(room) { Saves = _ => false }),
        ["the room does what it has done before"] = For<Room>(room =>
        {
            var tag = 1L << 40;
            return new(room) { Hears = heard => [heard is BattleCommand command ? command with { Tag = ++tag } : heard] };
        }),
        ["the room takes what the battle server reports the other way round"] = For<Room>(room => new(room)
        {
            Hears = heard => [heard is BattleReported reported
                ? reported with { Results = reported.Results.ToDictionary(r => r.Key, r => r.Value == BattleResult.Lose ? BattleResult.Win : BattleResult.Lose) }
                : heard],
        }),
        ["the room takes whoever reports for its battle server"] = For<Room>(room =>
        {
            ServerPlace? place = null;
            return new(room)
            {
                Hears = heard =>
                {
                    place = (heard as ServerAllocated)?.Server.Place ?? place;
                    return [heard is BattleReported reported && place is not null
                        ? reported with { ServerId = place.ServerId, Epoch = place.Epoch } : heard];
                },
            };
        }),
        ["the room sleeps through the time"] = For<Room>(room => new(room) { Hears = heard => heard is Wake ? [] : [heard] }),
        ["the room learns no score that a crash took"] = For<Room>(room => new(room)
        {
            Hears = heard => [heard switch
            {
                DieCommand die => die with { Last = null },
                ExitCommand exit => exit with { Last = null },
                PresenceCommand presence => presence with { Last = null },
                _ => heard,
            }],
        }),
        ["the room numbers its events anew after a crash"] = For<Room>(room => new(room)
        {
            Sends = sent => [sent.Message is BattleEvent happened ? sent with { Message = happened with { Event = happened.Event & 0xFFFFFFFF } } : sent],
        }),
        ["the room keeps the last death to itself"] = For<Room>(room => new(room)
        {
            Sends = sent => sent.Message is BattleEvent { Push.Kind: PushKind.PlayerDied } ? [] : [sent],
        }),
        ["the matchmaker lets the next one go first"] = For<Matchmaker>(matchmaker =>
        {
            Message? held = null;
            return new(matchmaker)
            {
                Hears = heard =>
                {
                    if (heard is not Enqueue)
                        return [heard];
                    var before = held;
                    held = before is null ? heard : null;
                    return before is null ? [] : [heard, before];
                },
            };
        }),
        ["the matchmaker matches a player with itself"] = For<Matchmaker>(matchmaker => new(matchmaker)
        {
            Sends = sent => [sent.Message is CreateBattle create ? sent with { Message = create with { Roster = [create.Roster[0], .. create.Roster.SkipLast(1)] } } : sent],
        }),
        ["the matchmaker takes everybody for connected"] = For<Matchmaker>(matchmaker => new(matchmaker)
        {
            Hears = heard => [heard is QueuePresence presence ? presence with { Present = true } : heard],
        }),
        ["the matchmaker lets effects leave before it saved"] = For<Matchmaker>(matchmaker => new(matchmaker) { Saves = _ => false }),
        ["the matchmaker deals the same number twice"] = For<Matchmaker>(matchmaker => new(matchmaker)
        {
            Sends = sent => [sent.Message is Ticketed ticketed ? sent with { Message = ticketed with { Number = ticketed.Number / 2 } } : sent],
        }),
        ["the player confirms a settlement before it saved"] = For<Player>(player => new(player) { Saves = heard => heard is not Settled }),
        ["the player counts a battle again"] = For<Player>(player =>
        {
            Settled? last = null;
            return new(player)
            {
                Hears = heard =>
                {
                    var again = heard is BattleStarted started && last is not null ? last with { BattleId = started.BattleId } : null;
                    last = heard as Settled ?? last;
                    return again is null ? [heard] : [heard, again];
                },
            };
        }),
        ["the player skips a record"] = For<Player>(player =>
        {
            var settlements = 0;
            return new(player)
            {
                Hears = heard => [heard is Settled settled && ++settlements % 2 == 0 ? settled with { BattleId = "another" } : heard],
                Sends = sent => [sent],
            };
        }),
        ["the player leaves out a number"] = For<Player>(player => new(player)
        {
            Shows = shown => [shown.Frame is PushFrame { Seq: > 5 } push ? shown with { Frame = push with { Seq = push.Seq + 1 } } : shown],
        }),
        ["the player shows everything twice"] = For<Player>(player => new(player)
        {
            Shows = shown => shown.Frame is PushFrame push ? [shown, shown with { Frame = push with { Seq = push.Seq + 1 } }] : [shown],
        }),
        ["the close of an older connection logs the player out"] = For<Player>(player =>
        {
            var newest = default(ConnectionId);
            return new(player)
            {
                Hears = heard =>
                {
                    if (heard is Connect connect)
                        newest = connect.Connection;
                    return [heard is Disconnect gone ? gone with { Connection = newest } : heard];
                },
            };
        }),
        ["the player takes every seat"] = For<Player>(player => new(player)
        {
            Sends = sent => [sent.Message is SeatDeclined declined ? sent with { Message = new SeatTaken(declined.UserId, Present: true) } : sent],
        }),
        ["the player does not tell that it went away"] = For<Player>(player => new(player)
        {
            Sends = sent => sent.Message is QueuePresence { Present: false } or PresenceCommand { Present: false } ? [] : [sent],
        }),
        ["the player keeps some answers to itself"] = For<Player>(player => new(player)
        {
            Shows = shown => shown.Frame is OkFrame ok && ok.Id.Json.EndsWith('7') ? [] : [shown],
        }),
        ["the player forgets a request it has answered"] = For<Player>(player =>
        {
            var id = 0;
            return new(player)
            {
                Hears = heard => [heard is Request { Id: not null } request ? request with { Id = new RequestId($"{request.Id.Value.Json}{++id:00000}") } : heard],
                Shows = shown => [shown.Frame switch
                {
                    OkFrame ok => shown with { Frame = new OkFrame(new(ok.Id.Json[..^5])) },
                    ErrorFrame { Id: { } refused } error => shown with { Frame = error with { Id = new RequestId(refused.Json[..^5]) } },
                    _ => shown,
                }],
            };
        }),
        ["the session passes a push on twice"] = Session(() => new() { Passes = frame => frame is PushFrame ? [frame, frame] : [frame] }),
        ["the session keeps some answers to itself"] = Session(() => new()
        {
            Passes = frame => frame is OkFrame ok && ok.Id.Json.EndsWith('7') ? [] : [frame],
        }),
        ["the session lets one push overtake another"] = Session(() =>
        {
            PushFrame? held = null;
            return new()
            {
                Passes = frame =>
                {
                    var before = held;
                    held = frame is PushFrame { Seq: var seq } push && seq % 8 == 0 ? push : null;
                    return before is null ? held is null ? [frame] : [] : [frame, before];
                },
            };
        }),
        ["the session attaches an older connection as if it was new"] = Calls<Connect>(connect => connect with { Again = false }),
        ["the session attaches again without the last score"] = Calls<Connect>(connect => connect with { LastScore = null }),
        ["the session attaches again from one push too late"] = Calls<Connect>(
            connect => connect.Again ? connect with { LastSeq = connect.LastSeq + 1 } : connect),
        ["the session attaches again from the first push"] = Calls<Connect>(connect => connect.Again ? connect with { LastSeq = 0 } : connect),
        ["the session keeps the last score for the next battle"] = Session(() =>
        {
            int? last = null;
            return new()
            {
                Calls = call =>
                {
                    last = call.Message is Request { Action: SyncScore score } ? score.Score : last;
                    return call.Message is Connect { Again: true } connect ? call with { Message = connect with { LastScore = last } } : call;
                },
            };
        }),
        ["the session hands an older score on again as it was"] = Session(() =>
        {
            var asked = new Dictionary<RequestId, ClientAction>();
            return new()
            {
                Calls = call =>
                {
                    if (call.Message is not Request { Id: { } id } request)
                        return call;
                    asked.TryAdd(id, request.Action);
                    return call with { Message = request with { Action = asked[id] } };
                },
            };
        }),
        ["the session does not say that it hands on again"] = Calls<Request>(request => request with { Again = false }),
        ["the session hands on again under a new number"] = Session(() =>
        {
            var number = 1L << 40;
            return new()
            {
                Calls = call => call.Message is Request { Again: true } request
                    ? call with { Message = request with { Again = false, Number = ++number } } : call,
            };
        }),
        ["the session hands nothing on again"] = Session(() => new() { Calls = call => call.Message is Request { Again: true } ? null : call }),
        ["the session does not tell the player that its client is gone"] = Session(() => new()
        {
            Calls = call => call.Message is Disconnect ? null : call,
        }),
        ["the session does not hear that its client is gone"] = Session(() => new()
        {
            Hears = input => input is SessionInput.ClientGone ? [] : [input],
        }),
        ["the session welcomes the client twice"] = Session(() => new() { Passes = frame => frame is WelcomeFrame ? [frame, frame] : [frame] }),
        ["the session says nothing of what it gives up"] = Session(() => new()
        {
            Passes = frame => frame is ErrorFrame error && error.Error == Refusal.CannotBeReached ? [] : [frame],
        }),
        ["the session does not say of every request that it is done with it"] = Session(() =>
        {
            var handled = 0;
            return new() { Handles = count => count > 0 && ++handled % 9 == 0 ? count - 1 : count };
        }),
        ["the session never looks"] = Session(() => new() { Hears = input => input is SessionInput.Look ? [] : [input] }),
        ["the outbox takes what was sent for taken"] = new() { Outbox = new() { TakesFailedForTaken = true } },
        ["the outbox is not stored"] = new() { Outbox = new() { Stores = _ => false } },
        ["the outbox is not sent again after a crash"] = new() { Outbox = new() { Restores = _ => false } },
        ["the outbox lets messages overtake each other"] = new() { Outbox = new() { Sends = messages => messages.Reverse() } },
        ["the outbox leaves out what comes last in a long call"] = new()
        {
            Outbox = new() { Sends = messages => messages.Count > 1 ? messages.SkipLast(1) : messages },
        },
        ["the session loses count of the pushes"] = Session(() => new()
        {
            Hears = input => [input is SessionInput.FrameArrived { Frame: PushFrame { Seq: > 3 } push } arrived
                ? arrived with { Frame = push with { Seq = push.Seq - 1 } } : input],
        }),
    };

    public static TheoryData<string> Names => [.. Mutations.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void The_simulator_finds(string bug)
    {
        for (var seed = 1; seed <= MostSeeds; seed++)
        {
            // One process has no gateway and no outbox.
            if (Simulation.Breaks(seed, HostProfile.Cluster, Mutations[bug])
                || (Mutations[bug].Actor is not null && Simulation.Breaks(seed, HostProfile.Standalone, Mutations[bug])))
                return;
        }

        Assert.Fail($"In {MostSeeds} runs of each host nobody noticed that {bug}.");
    }

    private static Mutation Session(Func<SessionMutant> mutate) => new() { Session = mutate };

    private static Mutation Calls<T>(Func<T, T> mutate) where T : Message =>
        Session(() => new() { Calls = call => call.Message is T message ? call with { Message = mutate(message) } : call });

    private static Mutation For<T>(Func<Actor, Mutant> mutate) where T : Actor =>
        new() { Actor = actor => actor is T ? mutate(actor) : actor };
}
