namespace GameServer.Game;

// The player in a battle, until its settlement is in the record.
public sealed partial class Player
{
    private void Start(BattleStarted started, Effects effects)
    {
        effects.Save(Durability.BeforeEffects);
        if (state.Battle is not { } battle || battle.BattleId != started.BattleId)
        {
            // Deleted meanwhile. If the battle is long over, its room is gone and nothing comes of this.
            effects.Send(new(ActorKind.Room, started.BattleId), new ExitCommand(UserId, long.MaxValue, null));
            return;
        }

        if (battle.RoomName is not null)
            return;

        battle.RoomName = started.RoomName;
        battle.Peers = started.Peers;
        if (shownRoom != started.RoomName)
            Push(new(PushKind.JoinRoom) { Text = started.RoomName }, effects);
        AnswerJoins(effects);
        foreach (var peer in started.Peers)
        {
            Push(new(PushKind.PeerPlayerId) { Text = peer }, effects);
            shownScores[peer] = 0; // What everybody begins with is not told.
        }
    }

    private void Show(BattleEvent happened, Effects effects)
    {
        if (state.Battle is not { RoomName: not null } battle || battle.BattleId != happened.BattleId || happened.Event <= battle.LastEvent)
            return;

        battle.LastEvent = happened.Event;
        if (EverythingIsOwed && heldBack.Count < PushLog.Capacity)
            heldBack.Add(happened.Push); // It was on its way when the client came: where the client is comes first.
        else
            Show(happened.Push, battle, effects);
    }

    /// <summary>The battle ended before a view arrived: pushes the deferred events in order.</summary>
    private void ShowHeldBack(Effects effects)
    {
        foreach (var push in heldBack)
            Show(push, state.Battle!, effects);
        heldBack.Clear();
    }

    private void Show(Push push, BattlePlace battle, Effects effects)
    {
        if (state.Session?.Version < PushType.Of(push.Kind).Since)
            return;
        switch (push.Kind)
        {
            case PushKind.PlayerSyncScore:
                shownScores[push.From!] = push.Number;
                break;
            case PushKind.PlayerDied:
                battle.DeadPeers.Add(push.Text!);
                break;
            case PushKind.BattleServer:
                battle.Server = push.Server;
                break;
            case PushKind.Error:
                battle.Server = null; // A room has no other error to tell than that the server is lost.
                break;
        }

        Push(push, effects);
    }

    private void Settle(Settled settled, Effects effects)
    {
        // The record takes a battle once: only while the player is in it, or has left it and waits for its result.
        var present = state.Battle?.BattleId == settled.BattleId;
        if (present || state.Unsettled.Remove(settled.BattleId))
            state.Record = Add(state.Record, settled);
        // What is not answered by now may be lost: the settlement says what came of it.
        AnswerAll(
            settled.BattleId, _ => true, command => command.Tag <= settled.LastTag || command is PresenceCommand ? null : Refusal.Dead, effects);
        if (present)
        {
            ShowHeldBack(effects);
            EndBattle();
            if (settled.ShowAllDied)
                Push(new(PushKind.PlayerDied) { Text = "all" }, effects);
            state.Unseen = new(PushKind.BattleSettlement) { Text = NameOf(settled.Result) };
            Push(state.Unseen, effects);
            state.UnseenSeq = state.Seq;
            CloseBattle(effects);
        }

        effects.Send(new(ActorKind.Room, settled.BattleId), new SettlementTaken(UserId));
    }

    private void LoseBattle(NoSuchBattle none, DateTimeOffset now, Effects effects)
    {
        state.Unsettled.Remove(none.BattleId);
        effects.Save(Durability.BeforeEffects);
        // It is over, and so is the player's part in it; anything else than to die comes too late.
        AnswerAll(none.BattleId, _ => true, command => command is DieCommand ? null : Refusal.BattleOver, effects);

        ReturnToQueue(none.BattleId, now, effects);
        if (state.Battle is { RoomName: { } room } battle && battle.BattleId == none.BattleId)
        {
            // Only a store that lost a room can bring this about. The client must not stay in a battle that does not exist.
            EndBattle();
            Push(new(PushKind.ExitRoom) { Text = room }, effects);
            CloseBattle(effects);
        }
    }

    /// <summary>
    /// The client has been told the end. That is all there is to see of the battle; only a snapshot still has to be told.
    /// </summary>
    private void CloseBattle(Effects effects)
    {
        state.OverSeq = state.Seq;
        if (view == View.Snapshot)
            ShowState(effects);
        view = View.None;
    }

    private void EndBattle()
    {
        state.Battle = null;
        heldBack.Clear();
        shownScores.Clear();
        shownRoom = null;
    }

    private void HandInScore(RoomRecovered recovered, Effects effects)
    {
        // While this player itself waits for its gateway, the gateway may know a newer score: it comes with the attachment.
        if (state.Battle is { } battle && battle.BattleId == recovered.BattleId && reattachUntil is null)
        {
            RepeatAll(battle.BattleId, effects); // First: the room takes what comes with a lower tag for done.
            if (view == View.None && Attached)
                view = View.Changes; // Events may be lost as well.
            effects.Send(Room(battle), Presence(battle, wantsOutcome: false));
        }
    }

    private void ShowView(BattleView seen, Effects effects)
    {
        if (state.Battle is not { RoomName: not null } battle || battle.BattleId != seen.BattleId)
            return;

        if (seen.Event <= battle.LastEvent)
            return; // Comes again, late: more has happened since.
        battle.LastEvent = seen.Event;
        battle.Server = seen.Server;
        var wanted = view;
        if (wanted == View.Snapshot)
        {
            PushSnapshot(seen, effects);
            battle.DeadPeers = [.. seen.Peers.Where(p => !p.Alive).Select(p => p.UserId)];
        }
        else if (wanted != View.None)
        {
            view = View.None;
            var everything = wanted is View.Everything or View.EverythingAndSnapshot;
            if (everything)
            {
                Push(new(PushKind.JoinRoom) { Text = seen.RoomName }, effects);
                foreach (var peer in seen.Peers)
                    Push(new(PushKind.PeerPlayerId) { Text = peer.UserId }, effects);
            }

            foreach (var peer in seen.Peers)
                ShowPeer(battle, peer, everything, effects);
            if (everything && seen.Server is { } server)
                Push(new(PushKind.BattleServer) { Server = server }, effects);
            if (wanted == View.EverythingAndSnapshot)
                PushSnapshot(seen, effects);
            // Scores, deaths and the server are in the view; the others are not.
            foreach (var push in heldBack.Where(p => p.Kind is not (PushKind.PlayerSyncScore or PushKind.PlayerDied or PushKind.BattleServer)))
                Show(push, battle, effects);
            heldBack.Clear();
        }

        foreach (var peer in seen.Peers)
            shownScores[peer.UserId] = peer.Score;
    }

    private void ShowPeer(BattlePlace battle, BattlePlayer peer, bool everything, Effects effects)
    {
        if (everything || !shownScores.TryGetValue(peer.UserId, out var shown) || shown != peer.Score)
            Push(new(PushKind.PlayerSyncScore) { Number = peer.Score, From = peer.UserId }, effects);
        if (peer.Alive || (!everything && battle.DeadPeers.Contains(peer.UserId)))
            return;
        if (!battle.DeadPeers.Contains(peer.UserId))
            battle.DeadPeers.Add(peer.UserId);
        Push(new(PushKind.PlayerDied) { Text = peer.UserId, Number = peer.Left ? 1 : 0 }, effects);
    }
}
