using System.Buffers;

namespace GameServer.Game;

/// <summary>
/// The queue of one mode: first in, first out. As soon as enough connected players wait, those with the lowest ticket numbers are matched.
/// <para>
/// Who owns a waiting room: the first connected player in line. When that changes, those who wait are told the new room's name. A player
/// who is away keeps the ticket for <see cref="ModeRules.QueueGrace"/> but is passed over, so nobody waits for somebody who may not come
/// back.
/// </para>
/// <para>
/// The player has the last word: it is matched only once it takes the seat that the room offers. A ticket that a late message brought back
/// from the dead is therefore harmless: nobody takes its seat, and the others return to their places with the numbers they had.
/// </para>
/// </summary>
public sealed class Matchmaker : Actor
{
    /// <summary>
    /// The stored bytes of tickets of players who are away: some 100 of the longest names, more than 200 of 30 letters. Beyond that those
    /// away longest are dropped, so that a crowd that joins and leaves cannot make the queue too large to be stored. Connected players need
    /// no bound: as soon as there are enough for a room, 16 at most, they are matched.
    /// </summary>
    public const int MostBytesAway = 56 * 1024;

    private readonly MatchmakerState state;
    private readonly ModeRules? rules;

    /// <summary>An empty queue.</summary>
    public Matchmaker(string mode, GameRules rules) : this(mode, rules, new()) { }

    private Matchmaker(string mode, GameRules rules, MatchmakerState state) : base(new(ActorKind.Matchmaker, mode))
    {
        this.rules = rules.Modes.GetValueOrDefault(mode);
        this.state = state;
    }

    /// <summary>The queue as it was saved.</summary>
    public static Matchmaker Load(string mode, GameRules rules, ReadOnlySpan<byte> saved) =>
        new(mode, rules, Stored.Read(saved, GameJson.Default.MatchmakerState));

    /// <summary>How many hold a ticket.</summary>
    public int Waiting => state.Queue.Count;

    /// <inheritdoc/>
    public override DateTimeOffset? Due => rules is null ? null : state.Queue.Min(ticket => ticket.AwaySince) + rules.QueueGrace;

    /// <inheritdoc/>
    /// <remarks>Never: the numbers must go on where they were.</remarks>
    public override bool Erased => false;

    /// <inheritdoc/>
    public override bool Busy => state.Queue.Count > 0;

    /// <inheritdoc/>
    public override void Save(IBufferWriter<byte> destination) => Stored.Write(destination, state, GameJson.Default.MatchmakerState);

    /// <inheritdoc/>
    public override void Handle(Message message, DateTimeOffset now, Effects effects)
    {
        switch (message)
        {
            case Enqueue enqueue: Add(enqueue, now, effects); break;
            case LeaveQueue leave: Remove(leave.UserId, leave.JoinId, effects); break;
            case QueuePresence presence: SetPresence(presence, now, effects); break;
            case Loaded: AskWhereabouts(now, effects); break;
            case Wake: break;
            default: throw new ArgumentException($"A matchmaker does not handle {message.GetType().Name}.", nameof(message));
        }

        DropAbsent(now, effects);
        BoundAway(effects);
        Match(now, effects);
        TellRooms(effects);
    }

    private void Add(Enqueue enqueue, DateTimeOffset now, Effects effects)
    {
        if (state.Queue.Find(t => t.UserId == enqueue.UserId) is { } ticket)
        {
            if (ticket.JoinId > enqueue.JoinId)
                return; // A late message of an older join.
            if (ticket.JoinId == enqueue.JoinId)
            {
                ticket.ToldRoomOf = 0; // Tells the room again: the answer may have been lost.
                return;
            }

            state.Queue.Remove(ticket);
        }

        var number = enqueue.Number is { } old && old <= state.LastNumber ? old : ++state.LastNumber;
        var at = state.Queue.FindIndex(t => t.Number > number);
        state.Queue.Insert(at < 0 ? state.Queue.Count : at, new()
        {
            UserId = enqueue.UserId,
            JoinId = enqueue.JoinId,
            Number = number,
            Since = now,
            AwaySince = enqueue.Present ? null : now,
        });
        effects.Save(Durability.BeforeEffects);
    }

    /// <summary>Of those away equally long, as all are after a restart, the last in line goes first.</summary>
    private void BoundAway(Effects effects)
    {
        var away = state.Queue.Where(t => t.AwaySince is not null);
        for (var excess = away.Sum(t => t.Weight) - MostBytesAway; excess > 0;)
        {
            var longest = away.MinBy(t => (t.AwaySince, -t.Number))!;
            excess -= longest.Weight;
            Remove(longest.UserId, longest.JoinId, effects);
        }
    }

    private void Remove(string userId, long joinId, Effects effects)
    {
        state.Queue.RemoveAll(t => t.UserId == userId && t.JoinId == joinId);
        effects.Send(new(ActorKind.Player, userId), new TicketGone(joinId));
    }

    private void SetPresence(QueuePresence presence, DateTimeOffset now, Effects effects)
    {
        if (state.Queue.Find(t => t.UserId == presence.UserId && t.JoinId == presence.JoinId) is not { } ticket
            || presence.Tag <= ticket.PresenceTag)
            return;
        ticket.PresenceTag = presence.Tag;
        ticket.AwaySince = presence.Present ? null : ticket.AwaySince ?? now;
    }

    /// <summary>
    /// Presence is not saved, so after a restart everybody is away until heard of. The questions need not be saved either: who is not
    /// reached is asked again by the next restart, or has been away for too long.
    /// </summary>
    private void AskWhereabouts(DateTimeOffset now, Effects effects)
    {
        foreach (var ticket in state.Queue)
        {
            ticket.AwaySince = now;
            effects.SendVolatile(new(ActorKind.Player, ticket.UserId), new Whereabouts(Id.Key, ticket.JoinId));
        }
    }

    private void DropAbsent(DateTimeOffset now, Effects effects)
    {
        // A mode that is not configured any more has no queue: everybody in it is told so.
        foreach (var ticket in state.Queue.FindAll(t => rules is null || t.AwaySince + rules.QueueGrace <= now))
            Remove(ticket.UserId, ticket.JoinId, effects);
    }

    /// <summary>Matches the connected players with the lowest numbers, as long as there are enough of them.</summary>
    private void Match(DateTimeOffset now, Effects effects)
    {
        while (rules is not null)
        {
            var matched = state.Queue.Where(t => t.AwaySince is null).Take(rules.RoomSize).ToList();
            if (matched.Count < rules.RoomSize)
                return;

            state.Queue.RemoveAll(matched.Contains);
            // The time keeps ids apart even if the stored counter is ever lost.
            var battleId = $"{Id.Key}-{now.ToUnixTimeMilliseconds():x}-{++state.LastBattle}";
            effects.Send(new(ActorKind.Room, battleId), new CreateBattle(
                Id.Key, rules, RoomOf(matched[0]), [.. matched.Select(t => new Seat(t.UserId, t.JoinId, t.Number))]));
            foreach (var ticket in matched)
                effects.Tell(new(GameEvent.Matched, (now - ticket.Since).TotalMilliseconds));
        }
    }

    private void TellRooms(Effects effects)
    {
        if (state.Queue.Find(t => t.AwaySince is null) is not { } owner)
            return;
        var here = rules?.RoomSize > 2 ? state.Queue.Count(t => t.AwaySince is null) : 0; // Fewer than a room takes, or they were matched.
        foreach (var ticket in state.Queue)
        {
            if (ticket.AwaySince is not null || (ticket.ToldRoomOf == owner.Number && ticket.Here == here))
                continue;
            ticket.ToldRoomOf = owner.Number;
            ticket.Here = here;
            effects.Send(
                new(ActorKind.Player, ticket.UserId),
                new Ticketed(Id.Key, ticket.JoinId, ticket.Number, RoomOf(owner), Owner: ticket == owner, here));
        }
    }

    private static string RoomOf(Ticket owner) => $"{owner.UserId}_ROOM";
}
