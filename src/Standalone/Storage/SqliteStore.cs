using System.Diagnostics.CodeAnalysis;
using System.Runtime.Versioning;
using GameServer.Clocks;
using GameServer.Game;
using Microsoft.Data.Sqlite;

namespace GameServer.Standalone.Storage;

/// <summary>
/// Keeps the actors in one SQLite file, <c>game.db</c> in the data folder. A commit is on disk when it returns (write-ahead log,
/// <c>synchronous=FULL</c>). The file is locked for this process alone; the lock ends with the process, however that ends. Only the user that
/// runs the server may read it.
/// </summary>
public sealed class SqliteStore : IStore
{
    /// <summary>The file's name in the data folder.</summary>
    public const string FileName = "game.db";

    // "GAME" in ASCII: tells our files from other SQLite files.
    private const int ApplicationId = 0x47414D45;
    private const int Version = 2;

    /// <summary>Before there was a clock, and before the file could shrink.</summary>
    private const int FirstVersion = 1;

    /// <summary>Pages that are given back at one time: 1 MB, some milliseconds.</summary>
    private const int TidyPages = 256;

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>How old the stored clock may be, while nothing was done to the machine's.</summary>
    private static readonly TimeSpan ClockPeriod = TimeSpan.FromSeconds(1);

    /// <summary>A change of the machine's clock that is stored with the next commit.</summary>
    private static readonly TimeSpan ClockStep = TimeSpan.FromMilliseconds(20);

    private const string Schema = """
        CREATE TABLE actor(kind INTEGER NOT NULL, key TEXT NOT NULL, busy INTEGER NOT NULL, due INTEGER, state BLOB NOT NULL,
            PRIMARY KEY(kind, key)) WITHOUT ROWID;
        CREATE TABLE tail(kind INTEGER NOT NULL, key TEXT NOT NULL, slot INTEGER NOT NULL, value BLOB NOT NULL,
            PRIMARY KEY(kind, key, slot)) WITHOUT ROWID;
        -- A start must not read a million idle players to find the few that are in the middle of something.
        CREATE INDEX actor_awake ON actor(kind, key) WHERE busy OR due IS NOT NULL;
        """;

    // Milliseconds since 1970, as the column due has.
    private const string ClockSchema = "CREATE TABLE clock(one INTEGER PRIMARY KEY CHECK(one = 1), steady INTEGER NOT NULL, wall INTEGER NOT NULL)";

    private readonly string path;
    private readonly SqliteConnection connection;
    private readonly SqliteCommand begin;
    private readonly SqliteCommand commit;
    private readonly SqliteCommand rollback;
    private readonly SqliteCommand readActor;
    private readonly SqliteCommand readTail;
    private readonly SqliteCommand writeActor;
    private readonly SqliteCommand writeTail;
    private readonly SqliteCommand eraseActor;
    private readonly SqliteCommand eraseTail;
    private readonly SqliteCommand eraseSlot;
    private readonly SqliteCommand writeClock;
    private readonly SqliteCommand countPages;
    private readonly SqliteCommand countFreePages;
    private readonly SqliteCommand givePagesBack;
    private ClockReading? storedClock;
    private bool shrunk;

    private SqliteStore(string path, SqliteConnection connection)
    {
        this.path = path;
        this.connection = connection;
        begin = Prepare("BEGIN IMMEDIATE");
        commit = Prepare("COMMIT");
        rollback = Prepare("ROLLBACK");
        readActor = Prepare("SELECT state FROM actor WHERE kind = $kind AND key = $key", "$kind", "$key");
        readTail = Prepare("SELECT slot, value FROM tail WHERE kind = $kind AND key = $key ORDER BY slot", "$kind", "$key");
        writeActor = Prepare(
            """
            INSERT INTO actor(kind, key, busy, due, state) VALUES($kind, $key, $busy, $due, $state)
            ON CONFLICT DO UPDATE SET busy = excluded.busy, due = excluded.due, state = excluded.state
            """,
            "$kind", "$key", "$busy", "$due", "$state");
        writeTail = Prepare(
            """
            INSERT INTO tail(kind, key, slot, value) VALUES($kind, $key, $slot, $value)
            ON CONFLICT DO UPDATE SET value = excluded.value
            """,
            "$kind", "$key", "$slot", "$value");
        eraseActor = Prepare("DELETE FROM actor WHERE kind = $kind AND key = $key", "$kind", "$key");
        eraseTail = Prepare("DELETE FROM tail WHERE kind = $kind AND key = $key", "$kind", "$key");
        eraseSlot = Prepare("DELETE FROM tail WHERE kind = $kind AND key = $key AND slot = $slot", "$kind", "$key", "$slot");
        writeClock = Prepare(
            "INSERT INTO clock(one, steady, wall) VALUES(1, $steady, $wall) ON CONFLICT DO UPDATE SET steady = excluded.steady, wall = excluded.wall",
            "$steady", "$wall");
        countPages = Prepare("PRAGMA page_count");
        countFreePages = Prepare("PRAGMA freelist_count");
        givePagesBack = Prepare($"PRAGMA incremental_vacuum({TidyPages})");
        storedClock = ReadClock();
    }

    /// <summary>Opens the store in a folder; makes both if they are not there.</summary>
    /// <exception cref="StoreException">
    /// The folder cannot be written, another process uses it, or the file is damaged, is not ours, or was written by a newer version.
    /// </exception>
    public static SqliteStore Open(string folder)
    {
        SQLitePCL.Batteries_V2.Init();
        folder = Path.GetFullPath(folder);
        var path = Path.Combine(folder, FileName);
        try
        {
            CreatePrivately(folder, path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StoreException($"The data folder '{folder}' cannot be made: {e.Message} {ChooseAnother}", e);
        }

        // The time-out is how long a lock held by another process is waited for, in seconds.
        var settings = new SqliteConnectionStringBuilder { DataSource = path, Pooling = false, DefaultTimeout = 2 };
        var connection = new SqliteConnection(settings.ToString());
        try
        {
            connection.Open();
            Claim(connection, path);
            MakePrivate(path);
            return new(path, connection);
        }
        catch (Exception e)
        {
            connection.Dispose();
            if (e is SqliteException failure)
                throw new StoreException(Explain(failure, path), failure);
            throw;
        }
    }

    // Folder and file are for this user alone, from the first moment on: what is in it may open a player's session, and is nobody's business.
    private static void CreatePrivately(string folder, string path)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(folder); // Whose it is there the folder above says.
            return;
        }

        Directory.CreateDirectory(folder, OwnerOnly | UnixFileMode.UserExecute);
        if (!File.Exists(path) && CanCreate(path, out var file))
            file.Dispose();
    }

    // Where it cannot be made, SQLite cannot either, and says why in its words.
    [UnsupportedOSPlatform("windows")]
    private static bool CanCreate(string path, [NotNullWhen(true)] out FileStream? file)
    {
        try
        {
            file = new(path, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = OwnerOnly });
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            file = null;
            return false;
        }
    }

    // A file of an older version may be open to others. SQLite gives its log the mode of the file.
    private static void MakePrivate(string path)
    {
        if (OperatingSystem.IsWindows())
            return;
        foreach (var file in (ReadOnlySpan<string>)[path, path + "-wal"])
        {
            if (!File.Exists(file) || File.GetUnixFileMode(file) == OwnerOnly)
                continue;
            try
            {
                File.SetUnixFileMode(file, OwnerOnly);
            }
            catch (UnauthorizedAccessException e)
            {
                throw new StoreException(
                    $"'{file}' can be read by others and belongs to another user: give it to the server's ('chown', 'chmod 600'). {ChooseAnother}", e);
            }
        }
    }

    /// <inheritdoc/>
    public StoredActor? Load(ActorId id)
    {
        try
        {
            Address(readActor, id);
            byte[] state;
            using (var reader = readActor.ExecuteReader())
            {
                if (!reader.Read())
                    return null;
                state = reader.GetFieldValue<byte[]>(0);
            }

            Address(readTail, id);
            var tail = new List<TailEntry>();
            using (var reader = readTail.ExecuteReader())
            {
                while (reader.Read())
                    tail.Add(new(reader.GetInt32(0), reader.GetFieldValue<byte[]>(1)));
            }

            return new(state, tail);
        }
        catch (SqliteException e)
        {
            throw new StoreException(Explain(e, path), e);
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<ActorId> LoadAwake()
    {
        try
        {
            using var command = connection.CreateCommand();
            command.CommandText = "SELECT kind, key FROM actor WHERE busy OR due IS NOT NULL";
            using var reader = command.ExecuteReader();
            var ids = new List<ActorId>();
            while (reader.Read())
                ids.Add(new((ActorKind)reader.GetByte(0), reader.GetString(1)));
            return ids;
        }
        catch (SqliteException e)
        {
            throw new StoreException(Explain(e, path), e);
        }
    }

    /// <inheritdoc/>
    public ClockReading? LoadClock() => storedClock;

    /// <inheritdoc/>
    public void Commit(IReadOnlyList<ActorChange> changes, ClockReading clock)
    {
        var newClock = storedClock is not { } before || clock.Steady - before.Steady >= ClockPeriod || (clock.Behind - before.Behind).Duration() >= ClockStep;
        try
        {
            begin.ExecuteNonQuery();
            foreach (var change in changes)
                Write(change);
            if (newClock)
            {
                writeClock.Parameters[0].Value = clock.Steady.ToUnixTimeMilliseconds();
                writeClock.Parameters[1].Value = clock.Wall.ToUnixTimeMilliseconds();
                writeClock.ExecuteNonQuery();
            }

            commit.ExecuteNonQuery();
            if (newClock)
                storedClock = clock;
        }
        catch (SqliteException e)
        {
            RollBack();
            throw new StoreException(Explain(e, path), e);
        }
    }

    /// <inheritdoc/>
    /// <remarks>
    /// What is free is used again by what comes next. So it is given back only where there is much of it, beside what is in use.
    /// </remarks>
    public bool Tidy()
    {
        try
        {
            var free = (long)countFreePages.ExecuteScalar()!;
            if (free >= TidyPages && free > (long)countPages.ExecuteScalar()! / 4)
            {
                // A page for each row: the statement has to be run to its end.
                using (var pages = givePagesBack.ExecuteReader())
                {
                    while (pages.Read())
                    {
                    }
                }

                shrunk = true;
                return true;
            }

            if (shrunk)
                Execute(connection, "PRAGMA wal_checkpoint(TRUNCATE)"); // Only now the file is cut.
            shrunk = false;
            return false;
        }
        catch (SqliteException e)
        {
            throw new StoreException(Explain(e, path), e);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var command in (ReadOnlySpan<SqliteCommand>)
            [begin, commit, rollback, readActor, readTail, writeActor, writeTail, eraseActor, eraseTail, eraseSlot, writeClock,
            countPages, countFreePages, givePagesBack])
        {
            command.Dispose();
        }

        connection.Dispose();
    }

    private void Write(ActorChange change)
    {
        if (change.State is null)
        {
            Address(eraseActor, change.Id);
            eraseActor.ExecuteNonQuery();
            Address(eraseTail, change.Id);
            eraseTail.ExecuteNonQuery();
            return;
        }

        Address(writeActor, change.Id);
        writeActor.Parameters[2].Value = change.Busy ? 1L : 0L;
        writeActor.Parameters[3].Value = change.Due is { } due ? due.ToUnixTimeMilliseconds() : DBNull.Value;
        writeActor.Parameters[4].Value = change.State;
        writeActor.ExecuteNonQuery();

        if (change.Tail.Cleared)
        {
            Address(eraseTail, change.Id);
            eraseTail.ExecuteNonQuery();
        }

        foreach (var entry in change.Tail.Entries)
        {
            var command = entry.Utf8.Length == 0 ? eraseSlot : writeTail;
            Address(command, change.Id);
            command.Parameters[2].Value = (long)entry.Slot;
            if (command == writeTail)
                writeTail.Parameters[3].Value = entry.Utf8;
            command.ExecuteNonQuery();
        }
    }

    // SQLite ends the transaction itself on some errors (a full disk is one); then there is nothing left to roll back and it says so. Where
    // it cannot be rolled back for another reason the next commit cannot begin, and tries this again.
    private void RollBack()
    {
        try
        {
            rollback.ExecuteNonQuery();
        }
        catch (SqliteException e) when (e.SqliteErrorCode == SQLitePCL.raw.SQLITE_ERROR)
        {
        }
        catch (SqliteException e)
        {
            throw new StoreException(Explain(e, path), e);
        }
    }

    private static void Address(SqliteCommand command, ActorId id)
    {
        command.Parameters[0].Value = (long)id.Kind;
        command.Parameters[1].Value = id.Key;
    }

    private SqliteCommand Prepare(string sql, params ReadOnlySpan<string> parameters)
    {
        var command = connection.CreateCommand();
        command.CommandText = sql;
        foreach (var name in parameters)
            command.Parameters.Add(new SqliteParameter { ParameterName = name });
        return command;
    }

    private ClockReading? ReadClock()
    {
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT steady, wall FROM clock";
        using var reader = command.ExecuteReader();
        return reader.Read()
            ? new(DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(0)), DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(1)))
            : null;
    }

    // Looks before it writes: a file that is not ours stays as it is, to the byte.
    private static void Claim(SqliteConnection connection, string path)
    {
        Execute(connection, "PRAGMA locking_mode = EXCLUSIVE");
        var application = Ask(connection, "PRAGMA application_id");
        var version = Ask(connection, "PRAGMA user_version");
        var empty = Ask(connection, "SELECT count(*) FROM sqlite_schema") == 0 && application == 0 && version == 0;
        if (!empty && application != ApplicationId)
            throw new StoreException($"'{path}' is a SQLite database of another program. {ChooseAnother}");
        if (!empty && version is not (FirstVersion or Version))
        {
            throw new StoreException(
                $"'{path}' has format {version}; this version of the server reads formats up to {Version}. "
                    + "Run the version that wrote it, or choose another folder with --data.");
        }

        if (empty)
            Execute(connection, "PRAGMA auto_vacuum = INCREMENTAL"); // Before anything is in it.
        Execute(connection, "PRAGMA journal_mode = WAL");
        Execute(connection, "PRAGMA synchronous = FULL");
        // Checkpoint every 8 MB of log (the write-ahead log does not grow much beyond that), keep up to 32 MB of pages in memory.
        Execute(connection, "PRAGMA wal_autocheckpoint = 2000");
        Execute(connection, "PRAGMA cache_size = -32000");
        if (!empty && version == FirstVersion)
            LetShrink(connection);
        // The write shows now, not at the first battle, whether the folder can be written.
        Execute(connection, "BEGIN IMMEDIATE");
        if (empty)
            Execute(connection, Schema);
        if (empty || version == FirstVersion)
            Execute(connection, ClockSchema);
        Execute(connection, $"PRAGMA application_id = {ApplicationId}");
        Execute(connection, $"PRAGMA user_version = {Version}");
        Execute(connection, "COMMIT");

        using var check = connection.CreateCommand();
        check.CommandText = "PRAGMA quick_check(1)";
        if (check.ExecuteScalar() is not "ok")
            throw new StoreException(Damaged(path));
    }

    // The first version kept the logs of sessions that were over. Who is in the middle of nothing has no session.
    private static void LetShrink(SqliteConnection connection)
    {
        Execute(connection, "DELETE FROM tail WHERE NOT EXISTS (SELECT 1 FROM actor a WHERE a.kind = tail.kind AND a.key = tail.key AND a.busy)");
        Execute(connection, "PRAGMA auto_vacuum = INCREMENTAL");
        Execute(connection, "VACUUM");
    }

    private static long Ask(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return (long)command.ExecuteScalar()!;
    }

    private static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private const string ChooseAnother = "Choose another folder with --data DIR, or keep nothing with --data none.";

    private static string Damaged(string path) =>
        $"'{path}' is damaged. Put back a copy of the data folder, or move it away to start with nothing.";

    private static string Explain(SqliteException e, string path) => e.SqliteErrorCode switch
    {
        SQLitePCL.raw.SQLITE_BUSY or SQLitePCL.raw.SQLITE_LOCKED =>
            $"'{path}' is in use by another process. Stop it first, or choose another folder with --data DIR.",
        SQLitePCL.raw.SQLITE_NOTADB => $"'{path}' is not a SQLite database. {ChooseAnother}",
        SQLitePCL.raw.SQLITE_CORRUPT => Damaged(path),
        SQLitePCL.raw.SQLITE_READONLY or SQLitePCL.raw.SQLITE_CANTOPEN or SQLitePCL.raw.SQLITE_PERM =>
            $"'{path}' cannot be written ({e.Message}). Make the folder writable for this user. {ChooseAnother}",
        SQLitePCL.raw.SQLITE_FULL => $"The disk that holds '{path}' is full. Free some space.",
        _ => $"'{path}' failed: {e.Message}",
    };
}
