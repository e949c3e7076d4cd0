using System.Globalization;
using System.Text;
using GameServer.Clocks;
using GameServer.Game;
using GameServer.Standalone.Storage;
using Microsoft.Data.Sqlite;

namespace GameServer.Standalone.Tests;

public sealed class SqliteStoreTests : IDisposable
{
    private static readonly ActorId Alice = new(ActorKind.Player, "alice");
    private static readonly ClockReading Noon = new(DateTimeOffset.UnixEpoch.AddHours(12), DateTimeOffset.UnixEpoch.AddHours(13));
    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void What_was_committed_is_there_after_reopening()
    {
        // Keys are whatever the protocol lets through.
        var odd = new ActorId(ActorKind.Player, "O'Neill \"\u00e9\U0001F600%_");
        using (var store = SqliteStore.Open(folder.Path))
        {
            store.Commit([Change(Alice, "one", busy: true), Change(odd, "two"), Change(new(ActorKind.Room, "alice"), "three")], Noon);
            store.Commit([Change(Alice, "four") with { Tail = new(false, [new(511, [5]), new(0, [6])]) }], Noon);
            store.Commit([Change(Alice, "five") with { Tail = new(false, [new(511, [7])]), Due = DateTimeOffset.UnixEpoch }], Noon);
        }

        using var again = SqliteStore.Open(folder.Path);
        Assert.Equal("five", Text(again.Load(Alice)));
        Assert.Equal([(0, 6), (511, 7)], again.Load(Alice)!.Tail.Select(entry => (entry.Slot, (int)entry.Utf8[0])));
        Assert.Equal("two", Text(again.Load(odd)));
        Assert.Equal("three", Text(again.Load(new(ActorKind.Room, "alice"))));
        Assert.Null(again.Load(new(ActorKind.Player, "ALICE")));
    }

    [Fact]
    public void Only_busy_and_due_actors_are_awake()
    {
        using var store = SqliteStore.Open(folder.Path);
        var bob = new ActorId(ActorKind.Matchmaker, "bob");
        store.Commit([Change(Alice, "", busy: true), Change(bob, "") with { Due = DateTimeOffset.UnixEpoch }, Change(new(ActorKind.Player, "idle"), "")], Noon);
        Assert.Equal([Alice, bob], store.LoadAwake().OrderBy(id => id.Kind));
        store.Commit([Change(Alice, ""), Change(bob, "")], Noon);
        Assert.Empty(store.LoadAwake());
    }

    [Fact]
    public void An_erased_actor_leaves_nothing_not_even_its_tail()
    {
        using var store = SqliteStore.Open(folder.Path);
        store.Commit([Change(Alice, "one", busy: true) with { Tail = new(false, [new(3, [1])]) }], Noon);
        store.Commit([Change(Alice, "") with { State = null }], Noon);
        Assert.Null(store.Load(Alice));
        Assert.Empty(store.LoadAwake());
        store.Commit([Change(Alice, "new")], Noon);
        Assert.Empty(store.Load(Alice)!.Tail);
    }

    [Fact]
    public void A_tail_is_cleared_and_slots_are_emptied_in_the_same_transaction_as_the_state()
    {
        using var store = SqliteStore.Open(folder.Path);
        store.Commit([Change(Alice, "one") with { Tail = new(false, [new(3, [1]), new(4, [2])]) }], Noon);
        store.Commit([Change(Alice, "two") with { Tail = new(false, [new(3, [])]) }], Noon);
        Assert.Equal(4, Assert.Single(store.Load(Alice)!.Tail).Slot);
        store.Commit([Change(Alice, "three") with { Tail = new(Cleared: true, [new(5, [3])]) }], Noon);
        Assert.Equal(5, Assert.Single(store.Load(Alice)!.Tail).Slot);
    }

    [Fact]
    public void The_clock_is_kept_and_a_step_of_the_machines_with_the_next_commit()
    {
        using (var store = SqliteStore.Open(folder.Path))
        {
            Assert.Null(store.LoadClock());
            store.Commit([], Noon);
            store.Commit([], Noon with { Wall = Noon.Wall.AddMinutes(1) });
            store.Commit([], new(Noon.Steady.AddMilliseconds(500), Noon.Wall.AddMinutes(1).AddMilliseconds(500))); // Not worth a write.
        }

        using var again = SqliteStore.Open(folder.Path);
        Assert.Equal(Noon with { Wall = Noon.Wall.AddMinutes(1) }, again.LoadClock());
    }

    [Fact]
    public void The_file_shrinks_again_when_what_was_in_it_is_gone()
    {
        using var store = SqliteStore.Open(folder.Path);
        var many = Enumerable.Range(0, 2000).Select(n => new ActorId(ActorKind.Player, $"p{n}")).ToList();
        store.Commit([Change(Alice, "stays")], Noon);
        store.Commit([.. many.Select(id => Change(id, "") with { Tail = new(false, [new(0, new byte[8000])]) })], Noon);
        while (store.Tidy())
        {
        }

        Assert.True(FilesLength() > 16_000_000);
        store.Commit([.. many.Select(id => Change(id, "") with { State = null })], Noon);
        while (store.Tidy())
        {
        }

        Assert.InRange(FilesLength(), 1, 3_000_000);
        Assert.Equal("stays", Text(store.Load(Alice)));

        long FilesLength() => new DirectoryInfo(folder.Path).EnumerateFiles().Sum(file => file.Length);
    }

    [Fact]
    public void A_file_of_the_first_version_is_taken_over_without_the_logs_of_sessions_that_are_over()
    {
        using (var old = OpenRaw())
        {
            Execute(old, """
                CREATE TABLE actor(kind INTEGER NOT NULL, key TEXT NOT NULL, busy INTEGER NOT NULL, due INTEGER, state BLOB NOT NULL,
                    PRIMARY KEY(kind, key)) WITHOUT ROWID;
                CREATE TABLE tail(kind INTEGER NOT NULL, key TEXT NOT NULL, slot INTEGER NOT NULL, value BLOB NOT NULL,
                    PRIMARY KEY(kind, key, slot)) WITHOUT ROWID;
                CREATE INDEX actor_awake ON actor(kind, key) WHERE busy OR due IS NOT NULL;
                INSERT INTO actor VALUES(1, 'alice', 1, NULL, CAST('one' AS BLOB)), (1, 'bob', 0, NULL, CAST('two' AS BLOB));
                INSERT INTO tail VALUES(1, 'alice', 3, x'05'), (1, 'bob', 4, x'06');
                PRAGMA application_id = 0x47414D45;
                PRAGMA user_version = 1;
                """);
        }

        using (var store = SqliteStore.Open(folder.Path))
        {
            Assert.Equal("one", Text(store.Load(Alice)));
            Assert.Equal(5, Assert.Single(store.Load(Alice)!.Tail).Utf8[0]);
            var bob = store.Load(new(ActorKind.Player, "bob"))!;
            Assert.Equal("two", Text(bob));
            Assert.Empty(bob.Tail);
            store.Commit([Change(Alice, "three")], Noon);
        }

        using var again = OpenRaw();
        using var mode = again.CreateCommand();
        mode.CommandText = "PRAGMA auto_vacuum";
        Assert.Equal(2L, mode.ExecuteScalar()); // Incremental.
    }

    [UnixFact, System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
    public void Nobody_else_can_read_the_game_neither_a_new_one_nor_one_that_was_open_before()
    {
        var data = folder.In("data");
        using (var store = SqliteStore.Open(data))
        {
            store.Commit([Change(Alice, "one")], Noon);
            AssertPrivate(data);
        }

        File.SetUnixFileMode(Path.Combine(data, SqliteStore.FileName), (UnixFileMode)0b110_100_100);
        using var again = SqliteStore.Open(data);
        again.Commit([Change(Alice, "two")], Noon);
        AssertPrivate(data);

        static void AssertPrivate(string data)
        {
            Assert.Equal((UnixFileMode)0b111_000_000, File.GetUnixFileMode(data));
            var files = Directory.GetFiles(data);
            Assert.Equal(2, files.Length);
            Assert.All(files, file => Assert.Equal((UnixFileMode)0b110_000_000, File.GetUnixFileMode(file)));
        }
    }

    [Fact]
    public async Task A_process_killed_at_any_moment_loses_nothing_it_said_was_committed_and_leaves_no_half_commit()
    {
        var random = new Random(1);
        for (var kill = 0; kill < 15; kill++)
        {
            using var writer = StartWriter();
            var acknowledged = int.Parse((await writer.Output.ReadLineAsync())!, CultureInfo.InvariantCulture);
            var killAfter = random.Next(1, 60);
            for (var line = 0; line < killAfter; line++)
                acknowledged = int.Parse((await writer.Output.ReadLineAsync())!, CultureInfo.InvariantCulture);
            writer.Kill();
            // What it said before it died counts too.
            while (await writer.Output.ReadLineAsync() is { } line)
            {
                if (line.Length > 0)
                    acknowledged = int.Parse(line, CultureInfo.InvariantCulture);
            }

            using var store = SqliteStore.Open(folder.Path);
            var rounds = Enumerable.Range(0, StoreWriter.Actors).Select(index => store.Load(StoreWriter.ActorAt(index))!).ToList();
            var round = StoreWriter.NumberIn(rounds[0]);
            Assert.InRange(round, acknowledged, acknowledged + 1);
            Assert.All(rounds, stored => Assert.Equal(round, StoreWriter.NumberIn(stored)));
            Assert.All(rounds, stored => Assert.Equal(
                Enumerable.Range(Math.Max(1, round - 7), Math.Min(8, round)), stored.Tail.Select(entry => StoreWriter.Number(entry.Utf8)).Order()));
        }
    }

    [Fact]
    public async Task A_second_process_is_refused_until_the_first_is_gone()
    {
        using (var writer = StartWriter())
        {
            await writer.Output.ReadLineAsync();
            var refused = Assert.Throws<StoreException>(() => SqliteStore.Open(folder.Path));
            Assert.Contains("in use by another process", refused.Message, StringComparison.Ordinal);
            writer.Kill();
        }

        SqliteStore.Open(folder.Path).Dispose();
    }

    [Fact]
    public void A_database_of_another_program_is_refused_and_stays_as_it_is()
    {
        using (var foreign = OpenRaw())
            Execute(foreign, "CREATE TABLE song(title TEXT); INSERT INTO song VALUES('x')");
        var before = File.ReadAllBytes(DatabaseFile);
        var refused = Assert.Throws<StoreException>(() => SqliteStore.Open(folder.Path));
        Assert.Contains("another program", refused.Message, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(DatabaseFile));
    }

    [Fact]
    public void A_database_of_a_newer_version_is_refused_and_stays_as_it_is()
    {
        SqliteStore.Open(folder.Path).Dispose();
        using (var newer = OpenRaw())
            Execute(newer, "PRAGMA user_version = 3");
        var before = File.ReadAllBytes(DatabaseFile);
        var refused = Assert.Throws<StoreException>(() => SqliteStore.Open(folder.Path));
        Assert.Contains("has format 3", refused.Message, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(DatabaseFile));
    }

    [Fact]
    public void A_file_that_is_no_database_is_refused_and_stays_as_it_is()
    {
        var text = string.Concat(Enumerable.Repeat("This is a letter to my aunt.\n", 500));
        File.WriteAllText(DatabaseFile, text);
        var refused = Assert.Throws<StoreException>(() => SqliteStore.Open(folder.Path));
        Assert.Contains("not a SQLite database", refused.Message, StringComparison.Ordinal);
        Assert.Equal(text, File.ReadAllText(DatabaseFile));
    }

    [Theory]
    [InlineData("overwritten")]
    [InlineData("cut")]
    public void A_damaged_file_is_refused(string damage)
    {
        using (var store = SqliteStore.Open(folder.Path))
            store.Commit([.. Enumerable.Range(0, 200).Select(n => Change(new(ActorKind.Player, $"p{n}"), new string('x', 500)))], Noon);
        using (var file = File.OpenWrite(DatabaseFile))
        {
            if (damage == "cut")
            {
                file.SetLength(file.Length / 2);
            }
            else
            {
                file.Position = 4096 * 5;
                file.Write(Enumerable.Repeat((byte)0xA5, 4096 * 3).ToArray());
            }
        }

        var refused = Assert.Throws<StoreException>(() => SqliteStore.Open(folder.Path));
        Assert.Contains("is damaged", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_that_cannot_be_made_is_refused()
    {
        File.WriteAllText(folder.In("file"), "");
        var refused = Assert.Throws<StoreException>(() => SqliteStore.Open(folder.In("file/data")));
        Assert.Contains("cannot be made", refused.Message, StringComparison.Ordinal);
    }

    [ImmutableFolderFact]
    public void A_folder_that_cannot_be_written_is_refused()
    {
        foreach (var existing in (ReadOnlySpan<bool>)[false, true])
        {
            if (existing)
                SqliteStore.Open(folder.Path).Dispose();
            Assert.True(Shell.Run("chattr", "+i", folder.Path));
            try
            {
                var refused = Assert.Throws<StoreException>(() => SqliteStore.Open(folder.Path));
                Assert.Contains("cannot be written", refused.Message, StringComparison.Ordinal);
            }
            finally
            {
                Shell.Run("chattr", "-i", folder.Path);
            }
        }
    }

    [SmallDiskFact]
    public void A_full_disk_fails_the_commit_keeps_what_was_there_and_works_again_with_room()
    {
        Assert.True(SmallDisk.TryMount(folder.Path, 1));
        try
        {
            File.WriteAllBytes(folder.In("ballast"), new byte[300_000]);
            using (var store = SqliteStore.Open(folder.Path))
            {
                var fits = 0;
                var failure = Assert.Throws<StoreException>(() =>
                {
                    for (; fits < 1000; fits++)
                        store.Commit([Change(new(ActorKind.Player, $"p{fits}"), new string('x', 4000)), Change(Alice, $"{fits}")], Noon);
                });
                Assert.Contains("full", failure.Message, StringComparison.Ordinal);
                Assert.InRange(fits, 1, 999);
                Assert.Equal($"{fits - 1}", Text(store.Load(Alice)));
                Assert.Null(store.Load(new(ActorKind.Player, $"p{fits}")));

                File.Delete(folder.In("ballast"));
                store.Commit([Change(Alice, "room again")], Noon);
            }

            using var again = SqliteStore.Open(folder.Path);
            Assert.Equal("room again", Text(again.Load(Alice)));
        }
        finally
        {
            SmallDisk.Unmount(folder.Path);
        }
    }

    private string DatabaseFile => folder.In(SqliteStore.FileName);

    private Child StartWriter() => new(typeof(StoreWriter).Assembly.Location, folder.Path);

    private SqliteConnection OpenRaw()
    {
        SQLitePCL.Batteries_V2.Init();
        var connection = new SqliteConnection($"Data Source={DatabaseFile};Pooling=false");
        connection.Open();
        return connection;
    }

    private static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // The text is this test's own.
        command.CommandText = sql;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }

    private static ActorChange Change(ActorId id, string state, bool busy = false) =>
        new(id, Encoding.UTF8.GetBytes(state), busy, Due: null, TailChange.None);

    private static string? Text(StoredActor? stored) => stored is null ? null : Encoding.UTF8.GetString(stored.State);
}
