using System.Buffers;

namespace GameServer.Game;

/// <summary>
/// One player: the record, the client's session, and where the player is, which is nowhere, in one queue, or in one battle. This actor
/// alone decides that, so a player can never be in two rooms.
/// <para>
/// Everything the client is told goes through here: it gets its number and its place in the log, so that a client that comes back is told
/// what it missed. Requests about a queue or a battle are handed on to the matchmaker or the room, and their outcome comes back here.
/// </para>
/// <para>
/// A request that meets a step under way (a ticket not confirmed yet, a seat taken in a battle that has not started, a queue being left)
/// waits until that step is done, and with it everything the client sends afterwards: requests keep their order.
/// </para>
/// </summary>
public sealed partial class Player : Actor
{
    /// <summary>Maximum number of battles a player may have left that are not settled yet.</summary>
    public const int MostUnsettled = 64;

    /// <summary>
    /// Requests that may wait at one time, for a step under way or for their outcome. More are refused as <c>rate_limited</c>. As many as a
    /// client may send at once, so within its limits none is.
    /// </summary>
    public const int MostWaiting = 512;

    /// <summary>
    /// Answers to requests with ids that are remembered. A gateway lets a player send fewer at once, so nothing that may have to be sent again
    /// is forgotten.
    /// </summary>
    public const int MostReplies = 512;

    /// <summary>
    /// Frames that one request may cause for its own connection at most: to join a battle of the most players again shows of each opponent the
    /// name, the score and the death, and besides the room, the battle server, a snapshot and the answer.
    /// </summary>
    public const int MostFramesOfRequest = (3 * (ModeRules.MaxRoomSize - 1)) + 4;

    /// <summary>Bytes that the log of a session may have where it is stored, see <see cref="Tail"/>.</summary>
    public const int MostLoggedBytes = PushLog.MaxBytes + ReplyLog.MaxBytes;

    /// <summary>
    /// How long a session in which nothing happened can be resumed, if not shorter by the rules: long enough for a network that drops for a
    /// moment, too short to pile up.
    /// </summary>
    private static readonly TimeSpan UnusedResumeTime = TimeSpan.FromSeconds(10);

    /// <summary>Tokens that a client may have been given since the one it showed last; older ones open nothing.</summary>
    private const int MostOffered = 4;

    /// <summary>
    /// Requests to join that may wait at one time for the place in the queue. Fewer than other requests, because they are part of the stored
    /// state: with the longest ids some 25 KB.
    /// </summary>
    public const int MostJoining = 32;

    private readonly PlayerState state;
    private readonly GameRules rules;
    private readonly PushLog pushes = new();
    private readonly ReplyLog replies = new();
    private bool tailCleared;

    // Lost in a crash, with nothing that was confirmed:
    private readonly Queue<Request> waiting = [];
    private readonly Dictionary<long, UnderWay> underWay = [];
    private readonly Dictionary<string, int> shownScores = [];
    private DateTimeOffset? reattachUntil;
    private View view;

    /// <summary>What happened since the client is owed everything, at most as much as the log holds.</summary>
    private readonly List<Push> heldBack = [];

    private int commands;

    /// <summary>The waiting room the client was last told; after a crash it is told once more.</summary>
    private string? shownRoom;

    /// <summary>What the room was asked to do, and the id under which the client waits for the answer.</summary>
    private readonly record struct UnderWay(RequestId Id, long Content, string BattleId, BattleCommand Command);

    /// <summary>What the client is to be told when the room's view comes.</summary>
    private enum View : byte
    {
        None,

        /// <summary>What has changed since the client's gateway lost the way here.</summary>
        Changes,

        /// <summary>Everything, as version 1 messages.</summary>
        Everything,

        /// <summary>
        /// The same, and then a snapshot: it alone has the player's own score, which a client that has just begun does not know.
        /// </summary>
        EverythingAndSnapshot,

        /// <summary>One snapshot; pushes are held back until then, because they are part of it.</summary>
        Snapshot,
    }

    /// <summary>A player nothing is known of.</summary>
    public Player(string userId, GameRules rules) : this(userId, rules, new()) { }

    private Player(string userId, GameRules rules, PlayerState state) : base(new(ActorKind.Player, userId))
    {
        this.rules = rules;
        this.state = state;
    }

    /// <summary>The player as it was saved.</summary>
    /// <param name="userId">Who.</param>
    /// <param name="rules">The rules.</param>
    /// <param name="saved">What <see cref="Save"/> wrote.</param>
    /// <param name="tail">The stored tail, in any order; entries of sessions that are over may be among it.</param>
    public static Player Load(string userId, GameRules rules, ReadOnlySpan<byte> saved, IEnumerable<TailEntry> tail)
    {
        var player = new Player(userId, rules, Stored.Read(saved, GameJson.Default.PlayerState));
        var state = player.state;
        var pushes = new List<(LoggedPush Push, int Length)>();
        var replies = new List<(LoggedReply Reply, int Length)>();
        var leftOver = false;
        foreach (var entry in tail)
        {
            leftOver = true;
            if (entry.Slot < ReplyLog.FirstSlot)
            {
                var push = Stored.Read(entry.Utf8, GameJson.Default.LoggedPush);
                if (push.Seq > state.SeqFloor && push.Seq <= state.Seq)
                    pushes.Add((push, entry.Utf8.Length));
            }
            else
            {
                var reply = Stored.Read(entry.Utf8, GameJson.Default.LoggedReply).Current();
                if (reply.Number > state.ReplyFloor && reply.Number <= state.Replies && reply.Key != 0)
                    replies.Add((reply, entry.Utf8.Length));
            }
        }

        foreach (var (push, length) in pushes.OrderBy(p => p.Push.Seq))
            player.pushes.AddStored(push, length);
        foreach (var (reply, length) in replies.OrderBy(r => r.Reply.Number))
            player.replies.Recall(reply, length);
        player.tailCleared = leftOver && player.pushes.IsEmpty && player.replies.IsEmpty;
        return player;
    }

    /// <summary>The number of the last push before the session began.</summary>
    public long SessionStart => state.Session?.Start ?? state.Seq;

    private string UserId => Id.Key;

    /// <inheritdoc/>
    public override DateTimeOffset? Due => reattachUntil ?? (state.Session is { Attached: false } ? state.Session.Expires : null);

    /// <inheritdoc/>
    public override bool Erased =>
        !state.Registered && state.Session is null && state.Queue is null && state.Battle is null && state.Unsettled.Count == 0
        && (state.Guest || state.Record == new PlayerRecord());

    /// <inheritdoc/>
    public override bool Busy =>
        state.Session is not null || state.Queue is not null || state.Battle is not null || state.Unsettled.Count > 0;

    /// <inheritdoc/>
    public override void Save(IBufferWriter<byte> destination) => Stored.Write(destination, state, GameJson.Default.PlayerState);

    /// <inheritdoc/>
    public override IReadOnlyList<TailEntry> Tail(int last) => [.. pushes.Stored(last), .. replies.Stored(last)];


    /// <inheritdoc/>
    public override TailChange TakeTailChange()
    {
        var entries = new List<TailEntry>();
        pushes.TakeUnsaved(entries);
        replies.TakeUnsaved(entries);
        var change = new TailChange(tailCleared, entries);
        tailCleared = false;
        return change;
    }

    /// <inheritdoc/>
    public override void Handle(Message message, DateTimeOffset now, Effects effects)
    {
        switch (message)
        {
            case Request request: Take(request, now, effects); break;
            case BattleEvent happened: Show(happened, effects); break;
            case Outcome outcome: Conclude(outcome, effects); break;
            case Connect connect: if (Admits(connect, effects)) Attach(connect, now, effects); break;
            case Disconnect gone: Detach(gone, now, effects); break;
            case GatewayLost lost: DetachFrom(lost.Gateway, now, effects); break;
            case ForgetSession forget: Forget(forget, effects); break;
            case PushWritten written: MarkSeen(written, effects); break;
            case Ticketed ticketed: Wait(ticketed, effects); break;
            case TicketGone gone: LeaveQueue(gone, now, effects); break;
            case Whereabouts asked: TellWhereabouts(asked, effects); break;
            case Offer offer: TakeSeat(offer, now, effects); break;
            case Unseated unseated: ReturnToQueue(unseated.BattleId, now, effects); break;
            case BattleStarted started: Start(started, effects); break;
            case Settled settled: Settle(settled, effects); break;
            case BattleView seen: ShowView(seen, effects); break;
            case RoomRecovered recovered: HandInScore(recovered, effects); break;
            case NoSuchBattle none: LoseBattle(none, now, effects); break;
            case CheckSession check: Check(check, effects); break;
            case CreateUser create: Create(create, effects); break;
            case RenewRegistration renew: Renew(renew, effects); break;
            case DeleteUser delete: Delete(delete, effects); break;
            case GetRecord: effects.Reply(new PlayerInfo(!Erased, state.Registered, state.Record, state.Registration)); break;
            case Loaded loaded: Recover(loaded, now, effects); break;
            case Wake: PassTime(now, effects); break;
            default: throw new ArgumentException($"A player does not handle {message.GetType().Name}.", nameof(message));
        }

        while (waiting.Count > 0 && !StepUnderWay(waiting.Peek().Action))
            Act(waiting.Dequeue(), now, effects);
    }

    // The user -----------------------------------------------------------------------------------------------------------------

    private void Delete(DeleteUser delete, Effects effects)
    {
        var deleted = state.Registered && (delete.Registration is null || Holds(delete.Registration));
        effects.Reply(deleted);
        if (!deleted)
            return;

        if (state.Queue is { } queue)
            effects.Send(Matchmaker(queue.Mode), new LeaveQueue(UserId, queue.JoinId));
        if (state.Battle is { } battle)
            effects.Send(Room(battle), new ExitCommand(UserId, NextTag(battle), battle.Score));
        if (state.Session is { Attached: true } session)
            effects.Deliver(session.Connection, new CloseFrame(CloseCodes.Unauthorized, "This user was deleted."));

        BeginSession();
        EndBattle();
        state.Queue = null;
        state.Session = null;
        state.Unseen = null;
        state.Unsettled.Clear();
        state.Record = new();
        state.Registered = false;
        state.Registration = state.RenewedFrom = null;
        effects.Save(Durability.BeforeEffects);
    }

    // Small things -------------------------------------------------------------------------------------------------------------

    private static CloseFrame Replaced { get; } = new(CloseCodes.Replaced, "A newer connection of this player took over.");

    private bool Attached => state.Session is { Attached: true };

    /// <summary>Grows with each message to the room, over crashes too.</summary>
    private long NextTag(BattlePlace battle) => ((long)battle.Life << 32) | (uint)++commands;

    private static ActorId Matchmaker(string mode) => new(ActorKind.Matchmaker, mode);

    private static ActorId Room(BattlePlace battle) => new(ActorKind.Room, battle.BattleId);

    private static PlayerRecord Add(PlayerRecord record, Settled settled) => record with
    {
        Wins = record.Wins + (settled.Result == BattleResult.Win ? 1 : 0),
        Losses = record.Losses + (settled.Result == BattleResult.Lose ? 1 : 0),
        Draws = record.Draws + (settled.Result == BattleResult.Draw ? 1 : 0),
        Last = new(settled.BattleId, settled.Result, settled.Score, settled.At),
    };

    private static string NameOf(BattleResult result) => result switch
    {
        BattleResult.Win => "WIN",
        BattleResult.Lose => "LOSE",
        _ => "DRAW",
    };
}
