using Orleans.Configuration;

namespace GameServer.Silo;

/// <summary>
/// The times that decide how long players wait when a silo dies, all in one place. The README has what was measured with
/// them; with the defaults it is half a minute.
/// </summary>
internal static class ClusterTuning
{
    public static void AddClusterTuning(this ISiloBuilder silo)
    {
        silo.Configure<ClusterMembershipOptions>(options =>
        {
            // A silo is asked every three quarters of a second and dead after three silences. Shorter would take a garbage collection or a
            // busy host for a death.
            options.ProbeTimeout = TimeSpan.FromSeconds(0.75);
            options.MinProbeTimeout = TimeSpan.FromSeconds(0.75);
            options.MaxProbeTimeout = TimeSpan.FromSeconds(2);
            options.NumMissedProbesLimit = 3;
            // The others are told at once; this is for a silo that missed it.
            options.TableRefreshTimeout = TimeSpan.FromSeconds(5);
            // A silo's sign of life in the table. By it a silo that starts tells those that were killed, whose entries are still active
            // (SilentSilos); and a silo without one for ten seconds has no voice in the others' votes.
            options.IAmAliveTablePublishTimeout = TimeSpan.FromSeconds(1);
            options.NumMissedTableIAmAliveLimit = 10;
            // A silo that starts asks every active one, and gives up if one has not answered until then. Also how long a silo that stops
            // tries to say so in a table that cannot be reached: it does that twice, and must be done before it is killed.
            options.MaxJoinAttemptTime = TimeSpan.FromSeconds(15);
            // Or a silo that takes longer than that to start, on a cold or busy machine, would declare itself dead. One that dies while it
            // joins is found by the probes, as any other.
            options.EvictWhenMaxJoinAttemptTimeExceeded = false;
        });
        silo.Configure<SiloMessagingOptions>(options =>
        {
            // A call to a silo that just died is answered by nobody; whoever made it makes it again (Mailroom).
            options.ResponseTimeout = TimeSpan.FromSeconds(2);
            options.SystemResponseTimeout = TimeSpan.FromSeconds(5);
            // A gateway that died: until then what is meant for it is kept.
            options.ClientDropTimeout = TimeSpan.FromSeconds(8);
        });
        silo.Configure<GrainCollectionOptions>(options =>
        {
            // Players who are nowhere, and rooms that are erased, make room. Whoever is busy stays (ActorGrain).
            options.CollectionAge = TimeSpan.FromMinutes(5);
            options.CollectionQuantum = TimeSpan.FromMinutes(1);
            options.DeactivationTimeout = TimeSpan.FromSeconds(15);
        });
    }
}
