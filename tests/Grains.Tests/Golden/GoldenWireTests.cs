using System.Runtime.CompilerServices;
using GameServer.Game;
using GameServer.Grains.Abstractions;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;
using ErrorCode = GameServer.Game.ErrorCode;

namespace GameServer.Grains.Tests.Golden;

/// <summary>
/// The bytes in which each version stored actors and sent frames. A version must read those of the ones before it: see the golden tests of
/// the game, which have the same rules for their files.
/// </summary>
public sealed class GoldenWireTests : IDisposable
{
    private const string ThisVersion = "0.2.0";

    private readonly ServiceProvider services = new ServiceCollection().AddSerializer().BuildServiceProvider();

    public static TheoryData<string> Versions => [.. Directory.GetDirectories(FolderOf()).Select(folder => Path.GetFileName(folder)).Order(StringComparer.Ordinal)];

    private Serializer Serializer => services.GetRequiredService<Serializer>();

    [Fact]
    public void This_version_writes_what_its_file_says()
    {
        var now = Samples().Select(sample => $"{sample.Name} {Convert.ToBase64String(sample.Write(Serializer))}").ToArray();
        if (Environment.GetEnvironmentVariable("GOLDEN") == "write")
        {
            Directory.CreateDirectory(Path.Combine(FolderOf(), ThisVersion));
            File.WriteAllLines(FileOf(ThisVersion), now);
        }

        Assert.Equal(File.ReadAllLines(FileOf(ThisVersion)), now);
    }

    [Theory, MemberData(nameof(Versions))]
    public void What_every_version_wrote_is_read_as_the_same(string version)
    {
        var samples = Samples().ToDictionary(sample => sample.Name);
        Assert.All(File.ReadAllLines(FileOf(version)), line =>
        {
            var (name, bytes) = (line.Split(' ')[0], Convert.FromBase64String(line.Split(' ')[1]));
            // Written again, what was read is what this version writes of the same thing: nothing was lost, nothing took another's place.
            Assert.Equal(samples[name].Write(Serializer), samples[name].ReadAndWrite(Serializer, bytes));
        });
    }

    public void Dispose() => services.Dispose();

    private static IEnumerable<Sample> Samples()
    {
        yield return Sample.Of("stored_actor", new StoredActor
        {
            State = [1, 2, 3],
            Tail = [new(7, [4, 5])],
            Outbox = [new(2, "default", [6, 7])],
        });
        yield return Sample.Of("welcome", Mail(new WelcomeFrame("alice", "token", Resumed: false)));
        yield return Sample.Of("ok", Mail(new OkFrame(new("\"7\""))));
        yield return Sample.Of("error", Mail(new ErrorFrame(new(ErrorCode.Frozen, "why"), "syncscore", new RequestId("7"), new StandingScore(3, 20))));
        yield return Sample.Of("close", Mail(new CloseFrame(CloseCodes.Replaced, "why")));
        yield return Sample.Of("score", Mail(new PushFrame(9, new(PushKind.PlayerSyncScore) { Number = 20, From = "bob" }, Confirm: false)));
        yield return Sample.Of("settlement", Mail(new PushFrame(10, new(PushKind.BattleSettlement) { Text = "WIN" }, Confirm: true)));
        yield return Sample.Of("presence", Mail(new PushFrame(
            11, new(PushKind.PeerDisconnected) { Text = "bob", Until = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero) }, Confirm: false)));
        yield return Sample.Of("request_head", new RequestHead(new("gateway", 5), "\"7\"", 6, 7, Again: true, Content: 0));
        yield return Sample.Of("action_call", new ActionCall("syncscore", 20, "text"));
        yield return Sample.Of("session_status", new SessionStatus(true, 8, 9));
    }

    private static ClientMail Mail(ClientFrame frame) => ClientMail.Of(5, frame, start: 3, order: (1L << 32) + 2);

    private static string FileOf(string version) => Path.Combine(FolderOf(), version, "wire.txt");

    private static string FolderOf([CallerFilePath] string file = "") => Path.GetDirectoryName(file)!;

    private sealed record Sample(string Name, Func<Serializer, byte[]> Write, Func<Serializer, byte[], byte[]> ReadAndWrite)
    {
        public static Sample Of<T>(string name, T value) => new(
            name, serializer => serializer.SerializeToArray(value),
            (serializer, bytes) => serializer.SerializeToArray(serializer.Deserialize<T>(bytes)));
    }
}
