using System.Globalization;
using GameServer.Game;
using GameServer.Grains;
using GameServer.Grains.Abstractions;
using StackExchange.Redis;

namespace GameServer.Silo;

/// <summary>The list as one Redis set of actors for each silo, and one of silos.</summary>
internal sealed class RedisBusyList(ConfigurationOptions options, ClusterNames names) : IBusyList, IAsyncDisposable
{
    private readonly Lock gate = new();
    private Task<ConnectionMultiplexer>? connection;
    private readonly RedisKey silos = $"{names.ServiceId}/{names.ClusterId}/busy";

    /// <inheritdoc/>
    public async Task AddAsync(string silo, ActorId actor)
    {
        var database = await DatabaseAsync();
        await Task.WhenAll(database.SetAddAsync(silos, silo), database.SetAddAsync(PartOf(silo), Text(actor)));
    }

    /// <inheritdoc/>
    public async Task RemoveAsync(string silo, ActorId actor)
    {
        var database = await DatabaseAsync();
        await database.SetRemoveAsync(PartOf(silo), Text(actor));
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<string>> SilosAsync()
    {
        var database = await DatabaseAsync();
        var there = new List<string>();
        foreach (var silo in await database.SetMembersAsync(silos))
        {
            if (await database.KeyExistsAsync(PartOf(silo!)))
                there.Add(silo!);
            else
                await database.SetRemoveAsync(silos, silo); // Adding an actor brings it back.
        }

        return there;
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<ActorId>> ActorsAsync(string silo)
    {
        var database = await DatabaseAsync();
        return [.. (await database.SetMembersAsync(PartOf(silo))).Select(text => Actor(text!))];
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (connection is not { IsCompletedSuccessfully: true } there)
            return;
        var redis = await there;
        await redis.CloseAsync(allowCommandsToComplete: false); // Whoever waits for a Redis that is gone waits in vain.
        redis.Dispose();
    }

    private async ValueTask<IDatabase> DatabaseAsync()
    {
        Task<ConnectionMultiplexer> there;
        lock (gate)
        {
            if (connection is null or { IsFaulted: true } or { IsCanceled: true })
                connection = ConnectionMultiplexer.ConnectAsync(options);
            there = connection;
        }

        return (await there).GetDatabase();
    }

    private RedisKey PartOf(string silo) => silos.Append("/").Append(silo);

    private static string Text(ActorId actor) => string.Create(CultureInfo.InvariantCulture, $"{(int)actor.Kind}/{actor.Key}");

    private static ActorId Actor(string text)
    {
        var at = text.IndexOf('/', StringComparison.Ordinal);
        return new((ActorKind)int.Parse(text.AsSpan(0, at), CultureInfo.InvariantCulture), text[(at + 1)..]);
    }
}
