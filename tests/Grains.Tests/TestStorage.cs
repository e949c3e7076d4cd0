using System.Collections.Concurrent;
using System.Globalization;
using Orleans.Storage;

namespace GameServer.Grains.Tests;

/// <summary>A grain storage with ETags, as the real ones have, that survives its silos and does what a test tells it.</summary>
internal sealed class TestStorage : IGrainStorage
{
    private readonly ConcurrentDictionary<GrainId, (StoredActor State, int Tag)> rows = [];
    private readonly ConcurrentDictionary<GrainId, int> writes = [];
    private readonly ConcurrentDictionary<GrainId, int> reads = [];

    /// <summary>Called before each write; may wait or throw.</summary>
    public Func<GrainId, Task> BeforeWrite { get; set; } = _ => Task.CompletedTask;

    /// <summary>Called after each write that was stored; may throw, as when the answer is lost.</summary>
    public Func<GrainId, Task> AfterWrite { get; set; } = _ => Task.CompletedTask;

    /// <summary>Called with what was stored by each write.</summary>
    public Action<GrainId, StoredActor> Stored { get; set; } = (_, _) => { };

    public IEnumerable<GrainId> Rows => rows.Keys;

    public int Reads(GrainId grain) => reads.GetValueOrDefault(grain);

    /// <summary>Stores what an earlier run, or another version, left.</summary>
    public void Put(GrainId grain, StoredActor state) => rows[grain] = (state, 1);

    public int Writes(GrainId grain) => writes.GetValueOrDefault(grain);

    public StoredActor? Find(GrainId grain) => rows.TryGetValue(grain, out var row) ? row.State : null;

    /// <summary>What another activation of the same grain would do: the row gets a new tag.</summary>
    public void WriteBehindTheBackOf(GrainId grain) => rows[grain] = (rows[grain].State, rows[grain].Tag + 1);

    public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        reads.AddOrUpdate(grainId, 1, (_, count) => count + 1);
        if (rows.TryGetValue(grainId, out var row))
            (grainState.State, grainState.ETag, grainState.RecordExists) = ((T)(object)row.State, Text(row.Tag), true);
        else
            (grainState.State, grainState.ETag, grainState.RecordExists) = (Activator.CreateInstance<T>(), null, false);
        return Task.CompletedTask;
    }

    public async Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        await BeforeWrite(grainId);
        var tag = Check(grainId, grainState.ETag) + 1;
        rows[grainId] = ((StoredActor)(object)grainState.State!, tag);
        writes.AddOrUpdate(grainId, 1, (_, count) => count + 1);
        Stored(grainId, rows[grainId].State);
        await AfterWrite(grainId);
        (grainState.ETag, grainState.RecordExists) = (Text(tag), true);
    }

    public async Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        await BeforeWrite(grainId);
        Check(grainId, grainState.ETag);
        rows.TryRemove(grainId, out _);
        (grainState.State, grainState.ETag, grainState.RecordExists) = (Activator.CreateInstance<T>(), null, false);
    }

    private int Check(GrainId grain, string? tag)
    {
        var stored = rows.TryGetValue(grain, out var row) ? row.Tag : 0;
        var given = tag is null ? 0 : int.Parse(tag, CultureInfo.InvariantCulture);
        return stored == given ? stored : throw new InconsistentStateException(
            $"{grain} was written by another activation.", Text(stored), Text(given));
    }

    private static string Text(int tag) => tag.ToString(CultureInfo.InvariantCulture);
}
