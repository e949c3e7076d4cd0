namespace GameServer.Game.Tests.Simulation;

/// <summary>
/// What a matchmaker should know, told again in the plainest way: who holds which number, and who is known to be connected. It follows the
/// messages, is stored and lost together with its matchmaker, and says when somebody was passed over.
/// </summary>
internal sealed class QueueModel
{
    private sealed record Place(string UserId, long JoinId, long Number, DateTimeOffset? AwaySince, long Tag = 0);

    private readonly List<Place> places = [];
    private long lastNumber;

    public QueueModel Copy()
    {
        var copy = new QueueModel { lastNumber = lastNumber };
        copy.places.AddRange(places);
        return copy;
    }

    public void Follow(SimulatedWorld world, ActorId id, Message message, Effects effects)
    {
        var rules = world.Rules.Modes[id.Key];
        switch (message)
        {
            case Loaded:
                for (var i = 0; i < places.Count; i++)
                    places[i] = places[i] with { AwaySince = world.Now };
                break;
            case Enqueue enqueue:
                Enter(world, enqueue);
                break;
            case QueuePresence presence:
                SetPresence(world, presence);
                break;
            case LeaveQueue leave:
                places.RemoveAll(p => p.UserId == leave.UserId && p.JoinId == leave.JoinId);
                break;
        }

        foreach (var sent in effects.Messages)
        {
            switch (sent.Message)
            {
                case TicketGone gone when places.Find(p => p.UserId == sent.To.Key && p.JoinId == gone.JoinId) is { } place:
                    world.Must(
                        place.AwaySince + rules.QueueGrace <= world.Now,
                        $"{place.UserId} lost the place {place.Number} after being away since {place.AwaySince}; the grace is {rules.QueueGrace}.");
                    places.Remove(place);
                    break;
                case Ticketed ticketed:
                    world.Must(
                        places.Exists(p => p.UserId == sent.To.Key && p.JoinId == ticketed.JoinId && p.Number == ticketed.Number),
                        $"{sent.To.Key} was told a ticket it does not hold: {ticketed}.");
                    break;
                case CreateBattle create:
                    Check(world, rules, create);
                    places.RemoveAll(p => create.Roster.Any(s => s.UserId == p.UserId && s.JoinId == p.JoinId));
                    break;
            }
        }
    }

    private void Enter(SimulatedWorld world, Enqueue enqueue)
    {
        if (places.Find(p => p.UserId == enqueue.UserId) is { } place)
        {
            if (place.JoinId >= enqueue.JoinId)
                return;
            places.Remove(place);
        }

        places.Add(new(enqueue.UserId, enqueue.JoinId, enqueue.Number ?? ++lastNumber, enqueue.Present ? null : world.Now));
    }

    private void SetPresence(SimulatedWorld world, QueuePresence told)
    {
        var at = places.FindIndex(p => p.UserId == told.UserId && p.JoinId == told.JoinId && p.Tag < told.Tag);
        if (at >= 0)
            places[at] = places[at] with { AwaySince = told.Present ? null : places[at].AwaySince ?? world.Now, Tag = told.Tag };
    }

    private void Check(SimulatedWorld world, ModeRules rules, CreateBattle create)
    {
        var roster = create.Roster;
        world.Must(roster.Count == rules.RoomSize, $"{roster.Count} players were matched in a mode for {rules.RoomSize}.");
        world.Must(
            roster.Select(s => s.UserId).Distinct().Count() == roster.Count,
            $"Somebody was matched with oneself: {string.Join(", ", roster)}.");
        foreach (var seat in roster)
        {
            world.Must(
                places.Exists(p => p.UserId == seat.UserId && p.JoinId == seat.JoinId && p.Number == seat.Number && p.AwaySince is null),
                $"{seat} was matched without a ticket, or while away.");
        }

        var latest = roster.Max(s => s.Number);
        var passedOver = places.Find(p => p.AwaySince is null && p.Number < latest && !roster.Any(s => s.UserId == p.UserId));
        world.Must(passedOver is null, $"{passedOver} was connected and passed over: {string.Join(", ", roster)} were matched.");
    }
}
