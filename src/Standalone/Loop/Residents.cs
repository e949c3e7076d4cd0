using GameServer.Game;
using GameServer.Standalone.Storage;

namespace GameServer.Standalone.Loop;

/// <summary>An actor in memory.</summary>
internal sealed class Resident
{
    public Resident(Actor actor, bool stored)
    {
        Actor = actor;
        Stored = stored;
        Place = new(this);
    }

    /// <summary>The actor.</summary>
    public Actor Actor { get; }

    /// <summary>Whether the store has something of it.</summary>
    public bool Stored { get; set; }

    /// <summary>Whether it handled a message of the batch that runs.</summary>
    public bool Touched { get; set; }

    /// <summary>Whether it must be saved at the end of the batch that runs.</summary>
    public bool Changed { get; set; }

    /// <summary>What it adds to its gauge.</summary>
    public double Counted { get; set; }

    /// <summary>Its place among the idle ones; in no list while it is not idle.</summary>
    public LinkedListNode<Resident> Place { get; }
}

/// <summary>
/// The actors in memory. An actor in the middle of something stays; of the idle ones the last used stay, so that a player who comes and
/// goes is not read from disk each time.
/// </summary>
internal sealed class Residents(IStore store, IActorFactory factory, int idleKept)
{
    private readonly Dictionary<ActorId, Resident> all = [];
    private readonly LinkedList<Resident> idle = [];

    private readonly Dictionary<string, double> gauges = [];

    /// <summary>How many there are.</summary>
    public int Count => all.Count;

    /// <summary>What they add up to, by name: kept while they change, because to walk them all takes as long as there are many.</summary>
    public IReadOnlyDictionary<string, double> Gauges => gauges;

    /// <summary>Finds the actor in memory, else in the store, else makes it new.</summary>
    /// <param name="id">The actor.</param>
    /// <param name="loaded">Whether it was just made from what is stored, so that it must be told.</param>
    public Resident Get(ActorId id, out bool loaded)
    {
        loaded = false;
        if (all.TryGetValue(id, out var resident))
            return resident;
        var stored = store.Load(id);
        loaded = stored is not null;
        resident = new(stored is null ? factory.Create(id) : factory.Load(id, stored.State, stored.Tail), loaded);
        all.Add(id, resident);
        return resident;
    }

    /// <summary>Forgets the actor as it is in memory.</summary>
    public void Drop(Resident resident)
    {
        all.Remove(resident.Actor.Id);
        Weigh(resident, 0);
        resident.Place.List?.Remove(resident.Place);
    }

    /// <summary>Decides, after the actor was saved, whether it stays.</summary>
    public void Settle(Resident resident)
    {
        resident.Place.List?.Remove(resident.Place);
        if (resident.Actor.Erased)
        {
            Drop(resident);
            return;
        }

        Weigh(resident, factory.Gauge(resident.Actor)?.Value ?? 0);
        if (resident.Actor.Busy || resident.Actor.Due is not null)
            return;
        idle.AddLast(resident.Place);
        if (idle.Count > idleKept)
            Drop(idle.First!.Value);
    }

    private void Weigh(Resident resident, double value)
    {
        if (value == resident.Counted || factory.Gauge(resident.Actor) is not { Name: var name })
            return;
        gauges[name] = gauges.GetValueOrDefault(name) + value - resident.Counted;
        resident.Counted = value;
    }
}
