using System.Globalization;
using System.Text;
using GameServer.Game;
using GameServer.Standalone.Storage;

namespace GameServer.Standalone.Tests;

/// <summary>
/// The child process of <see cref="SqliteStoreTests"/>: commits round after round, each of which gives every actor the round's number, and
/// says so on its output once it is committed. It is meant to be killed.
/// </summary>
internal static class StoreWriter
{
    public const int Actors = 20;

    public static int Main(string[] args)
    {
        using var store = SqliteStore.Open(args[0]);
        var round = NumberIn(store.Load(ActorAt(0)));
        Console.WriteLine(round);
        while (true)
        {
            round++;
            var number = Encoding.UTF8.GetBytes(round.ToString(CultureInfo.InvariantCulture));
            store.Commit([.. Enumerable.Range(0, Actors).Select(index => new ActorChange(
                ActorAt(index), [.. number, .. new byte[index * 500]], Busy: true, Due: null, new(Cleared: false, [new(round % 8, number)])))], default);
            Console.WriteLine(round);
        }
    }

    public static ActorId ActorAt(int index) => new(ActorKind.Player, $"p{index}");

    public static int NumberIn(StoredActor? stored) => stored is null ? 0 : Number(stored.State);

    public static int Number(byte[] utf8) => int.Parse(Encoding.UTF8.GetString(utf8).TrimEnd('\0'), CultureInfo.InvariantCulture);
}
