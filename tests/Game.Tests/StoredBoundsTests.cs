using System.Buffers;
using System.ComponentModel.DataAnnotations;
using System.Text;

namespace GameServer.Game.Tests;

/// <summary>
/// How large what is stored of an actor can become: everything is filled by the longest legal names, and nobody confirms a message.
/// </summary>
public sealed class StoredBoundsTests
{
    private static readonly string Mode = new('m', 32);

    // A battle's id is made of the mode, the time and a counter.
    private static readonly string BattleId = $"{Mode}-19b78e1a2b3-{long.MaxValue}";

    private static readonly BattleServerEndpoint Server =
        new(BattleId, new string('d', 253), ["255.255.255.255", "255.255.255.254"], 65535, "tcp");

    [Fact]
    public void A_full_queue_with_its_outbox_stays_within_the_bound_when_it_is_told_loaded_and_left_alone()
    {
        var rules = RulesOf(new() { RoomSize = 16, QueueGrace = TimeSpan.FromMinutes(10) });
        var host = new StuckHost(new Matchmaker(Mode, rules));
        for (var i = 0; i < 15; i++)
            host.Handle(new Enqueue(Name(i), long.MaxValue - 1, null, Present: true));
        var waiting = 0;
        for (var i = 15; i < 400; i++)
        {
            host.ConfirmAll();
            host.Handle(new Enqueue(Name(i), long.MaxValue - 1, null, Present: false));
            waiting = Math.Max(waiting, ((Matchmaker)host.Actor).Waiting);
        }

        Assert.InRange(waiting, 80, 200);

        // One who comes and goes changes the room of all who wait. Then one is matched.
        for (var tag = 1L; !host.Full; tag++)
            host.Handle(new QueuePresence(Name(0), long.MaxValue - 1, Present: tag % 2 == 0, tag));
        host.Handle(new Enqueue(Name(400), long.MaxValue - 1, null, Present: true));

        var restarted = new StuckHost(Matchmaker.Load(Mode, rules, host.State)) { Outbox = host.Outbox };
        restarted.Handle(new Loaded(SessionsLost: false, ScoresLost: true));
        restarted.Now += TimeSpan.FromMinutes(10);
        restarted.Handle(new Wake());
        Assert.Equal(0, ((Matchmaker)restarted.Actor).Waiting);
        AssertWithinBound(host, restarted);
    }

    [Fact]
    public void A_queue_that_an_earlier_version_let_grow_too_large_is_shed_when_it_is_loaded_those_away_longest_first()
    {
        var tickets = Enumerable.Range(1, 600).Select(
            i => $$"""{"UserId":"{{Name(i)}}","JoinId":1,"Number":{{i}},"RoomName":"{{Name(1)}}_ROOM","AwaySince":"2026-01-01T00:{{(600 - i) / 60:d2}}:{{(600 - i) % 60:d2}}Z"}""");
        var saved = Encoding.UTF8.GetBytes($$"""{"LastNumber":600,"Queue":[{{string.Join(',', tickets)}}]}""");
        Assert.InRange(saved.Length, StoredBounds.MostBytes, int.MaxValue);

        var host = new StuckHost(Matchmaker.Load(Mode, RulesOf(new()), saved));
        host.Handle(new Loaded(SessionsLost: false, ScoresLost: true));

        Assert.InRange(host.State.Length, 0, Matchmaker.MostBytesAway);
        Assert.Equal(600 - ((Matchmaker)host.Actor).Waiting, host.Sent.Count(m => m.Message is TicketGone));
        // The longer away, the higher the number here.
        var shed = host.Sent.Where(m => m.Message is TicketGone).Select(m => m.To.Key).ToList();
        Assert.Equal(Enumerable.Range(601 - shed.Count, shed.Count).Reverse().Select(Name), shed);
    }

    [Fact]
    public void A_full_room_in_which_all_die_at_once_stays_within_the_bound()
    {
        var host = new StuckHost(new Room(BattleId, RulesOf(new() { RoomSize = 16, BattleGrace = TimeSpan.Zero, BattleServers = true })));
        Fill(host, new() { RoomSize = 16, BattleGrace = TimeSpan.Zero, BattleServers = true }, present: false);
        Assert.Equal(16, host.Sent.Count(m => m.Message is Settled));
        Assert.Equal(14 * 15 + 15, host.Sent.Count(m => m.Message is BattleEvent { Push.Kind: PushKind.PlayerDied }));
        for (var i = 0; i < 100; i++)
        {
            host.Now += Room.RetellTime; // Nobody confirms the settlement.
            host.Handle(new Wake());
        }

        AssertWithinBound(host);
    }

    [Fact]
    public void A_full_room_whose_server_changes_all_the_time_and_whose_players_are_out_of_reach_stays_within_the_bound()
    {
        ModeRules mode = new() { RoomSize = 16, BattleServers = true };
        var host = new StuckHost(new Room(BattleId, RulesOf(mode)));
        Fill(host, mode, present: true);
        host.ConfirmAll();
        for (var i = 0; i < 16; i++)
            host.Handle(new PresenceCommand(Name(i), long.MaxValue - 1, WantsOutcome: false, Present: false, View: true, new(int.MaxValue, 1)));
        for (var fence = 1L; !host.Full; fence++)
            host.Handle(new ServerAllocated(fence, Server));
        host.Now += mode.BattleGrace;
        host.Handle(new Wake());
        Assert.Equal(16, host.Sent.Count(m => m.Message is Settled));
        AssertWithinBound(host);
    }

    [Fact]
    public void A_player_in_the_middle_of_everything_stays_within_the_bound()
    {
        var rules = RulesOf(new() { RoomSize = 16 });
        var name = Name(0);
        var host = new StuckHost(new Player(name, rules));
        ConnectionId connection = new(new string('g', 255), 1);
        host.Handle(new Connect(connection, ProtocolVersion.V2, new string('t', 256), null, null, null, Guest: false));

        // Left battles whose results are out, and then joins that wait, with ids that take the most room.
        var requests = 0;
        for (var left = 0; left < Player.MostUnsettled - 1; left++)
        {
            host.ConfirmAll();
            Ask(new JoinRoom(Mode));
            var join = host.Sent.Select(m => m.Message).OfType<Enqueue>().Last();
            host.Handle(new Offer($"{BattleId[..60]}{left:d4}", join.JoinId, long.MaxValue));
            host.Handle(new BattleStarted($"{BattleId[..60]}{left:d4}", $"{Name(1)}_ROOM", [.. Enumerable.Range(1, 15).Select(Name)]));
            Ask(new ExitRoom());
        }

        Ask(new JoinRoom(Mode));
        while (host.Outbox < StoredBounds.MostOutboxBytes - 1_000)
        {
            host.Handle(new Disconnect(connection));
            connection = connection with { Number = connection.Number + 1 };
            host.Handle(new Connect(connection, ProtocolVersion.V2, new string('t', 256), null, null, null, Guest: false));
        }

        for (var i = 0; i < 1_000; i++)
            Ask(new JoinRoom(Mode));
        AssertWithinBound(host);

        void Ask(ClientAction action) =>
            host.Handle(new Request(connection, new($"\"{new string('<', 120)}{++requests:d6}\""), action));
    }

    [Fact]
    public void A_name_takes_its_bytes_in_a_message_and_no_more()
    {
        var name = Name(7);
        Assert.Equal(UserIds.MaxBytes, Encoding.UTF8.GetByteCount(name));
        Assert.Equal(UserIds.MaxBytes, MessageJson.Write(new SeatDeclined(name)).Length - MessageJson.Write(new SeatDeclined("")).Length);
        foreach (var text in new[] { name, "\"q\" \\ \u0001\n</script>", "half \ud83d of a pair", "\ude00\ud83d", "\u2028é日" })
        {
            var read = Assert.IsType<SeatDeclined>(MessageJson.Read(MessageJson.Write(new SeatDeclined(text))));
            Assert.Equal(Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text)), read.UserId);
        }
    }

    /// <summary>The longest names there are: 32 emoji, 128 bytes, three times as many where the framework's encoder escapes them.</summary>
    private static string Name(int number)
    {
        var name = string.Concat(Enumerable.Repeat("😀", 30)) + new Rune(0x1f600 + (number / 64)) + new Rune(0x1f600 + (number % 64));
        Assert.Equal(name, UserIds.Read(name, out _));
        return name;
    }

    private static GameRules RulesOf(ModeRules mode)
    {
        Validator.ValidateObject(mode, new(mode), validateAllProperties: true);
        return new() { Modes = new Dictionary<string, ModeRules> { [Mode] = mode }, DefaultMode = Mode, Region = new string('r', 32) };
    }

    private static void Fill(StuckHost host, ModeRules mode, bool present)
    {
        host.Handle(new CreateBattle(
            Mode, mode, $"{Name(0)}_ROOM", [.. Enumerable.Range(0, 16).Select(i => new Seat(Name(i), long.MaxValue, long.MaxValue))]));
        for (var i = 0; i < 16; i++)
            host.Handle(new SeatTaken(Name(i), present));
    }

    private static void AssertWithinBound(params StuckHost[] hosts)
    {
        foreach (var host in hosts)
            Assert.InRange(host.Largest, 0, StoredBounds.MostBytes);
        Assert.InRange(hosts.Max(host => host.Largest), StoredBounds.MostBytes / 4, StoredBounds.MostBytes);
    }

    /// <summary>An actor and what its host stores of it, when no receiver ever confirms. Like a real one it gives a full actor only time.</summary>
    private sealed class StuckHost(Actor actor)
    {
        private readonly Effects effects = new();

        public Actor Actor => actor;

        public DateTimeOffset Now { get; set; } = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero).AddTicks(1_234_567);

        public List<Envelope> Sent { get; } = [];

        public int Outbox { get; set; }

        public int Largest { get; private set; }

        public bool Full => Outbox >= StoredBounds.MostOutboxBytes;

        public byte[] State
        {
            get
            {
                var saved = new ArrayBufferWriter<byte>();
                actor.Save(saved);
                return saved.WrittenSpan.ToArray();
            }
        }

        public void ConfirmAll() => Outbox = 0;

        public void Handle(Message message)
        {
            if (Full && message is not (Wake or Loaded))
                return;
            effects.Clear();
            actor.Handle(message, Now, effects);
            foreach (var sent in effects.Messages.Where(m => m.Durable))
            {
                Sent.Add(sent);
                Outbox += StoredBounds.WeightOf(sent.To, MessageJson.Write(sent.Message));
            }

            var tail = Math.Min(actor.Tail(32).Sum(entry => entry.Utf8.Length + 16), StoredBounds.MostTailBytes);
            Largest = Math.Max(Largest, State.Length + tail + Outbox);
        }
    }
}
