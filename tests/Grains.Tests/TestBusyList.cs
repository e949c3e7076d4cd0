using GameServer.Game;

namespace GameServer.Grains.Tests;

/// <summary>A list that can be out of reach.</summary>
internal sealed class TestBusyList : IBusyList
{
    private readonly MemoryBusyList list = new();

    /// <summary>Called before anything is done; may throw.</summary>
    public Action Before { get; set; } = () => { };

    /// <summary>All that are on it.</summary>
    public IReadOnlyList<ActorId> Actors
    {
        get
        {
            var actors = new List<ActorId>();
            foreach (var silo in list.SilosAsync().Result)
                actors.AddRange(list.ActorsAsync(silo).Result);
            return actors;
        }
    }

    public Task AddAsync(string silo, ActorId actor) => WhenThere(() => list.AddAsync(silo, actor));

    public Task RemoveAsync(string silo, ActorId actor) => WhenThere(() => list.RemoveAsync(silo, actor));

    public Task<IReadOnlyList<string>> SilosAsync() => WhenThere(list.SilosAsync);

    public Task<IReadOnlyList<ActorId>> ActorsAsync(string silo) => WhenThere(() => list.ActorsAsync(silo));

    private TTask WhenThere<TTask>(Func<TTask> step)
    {
        Before();
        return step();
    }
}
