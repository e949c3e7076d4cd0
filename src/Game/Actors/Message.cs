using System.Text.Json.Serialization;

namespace GameServer.Game;

/// <summary>
/// Base type of everything an actor can receive. Each actor's messages are declared in its folder. Each carries what makes it harmless when
/// it arrives twice or late: a join id, a battle id, a tag, a lease epoch.
/// </summary>
// The names under which messages between actors are stored: they must never change, or what was sent before an upgrade is lost in it.
[JsonDerivedType(typeof(Enqueue), "enqueue")]
[JsonDerivedType(typeof(LeaveQueue), "leave_queue")]
[JsonDerivedType(typeof(QueuePresence), "queue_presence")]
[JsonDerivedType(typeof(Ticketed), "ticketed")]
[JsonDerivedType(typeof(TicketGone), "ticket_gone")]
[JsonDerivedType(typeof(Whereabouts), "whereabouts")]
[JsonDerivedType(typeof(CreateBattle), "create_battle")]
[JsonDerivedType(typeof(Offer), "offer")]
[JsonDerivedType(typeof(SeatTaken), "seat_taken")]
[JsonDerivedType(typeof(SeatDeclined), "seat_declined")]
[JsonDerivedType(typeof(Unseated), "unseated")]
[JsonDerivedType(typeof(BattleStarted), "battle_started")]
[JsonDerivedType(typeof(ScoreCommand), "score_command")]
[JsonDerivedType(typeof(AttackCommand), "attack_command")]
[JsonDerivedType(typeof(DieCommand), "die_command")]
[JsonDerivedType(typeof(ExitCommand), "exit_command")]
[JsonDerivedType(typeof(PresenceCommand), "presence_command")]
[JsonDerivedType(typeof(BattleEvent), "battle_event")]
[JsonDerivedType(typeof(BattleView), "battle_view")]
[JsonDerivedType(typeof(Outcome), "outcome")]
[JsonDerivedType(typeof(RoomRecovered), "room_recovered")]
[JsonDerivedType(typeof(NoSuchBattle), "no_such_battle")]
[JsonDerivedType(typeof(Settled), "settled")]
[JsonDerivedType(typeof(SettlementTaken), "settlement_taken")]
[JsonDerivedType(typeof(AllocateServer), "allocate_server")]
[JsonDerivedType(typeof(ReleaseServer), "release_server")]
[JsonDerivedType(typeof(ServerAllocated), "server_allocated")]
[JsonDerivedType(typeof(NoServerFree), "no_server_free")]
[JsonDerivedType(typeof(PortsMapped), "ports_mapped")]
[JsonDerivedType(typeof(PortsNotMapped), "ports_not_mapped")]
[JsonDerivedType(typeof(PortsClosed), "ports_closed")]
public abstract record Message;
