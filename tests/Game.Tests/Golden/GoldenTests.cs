using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace GameServer.Game.Tests.Golden;

/// <summary>
/// What each version has stored and sent, line by line in a folder of its own. A version must read what those before it wrote, because a
/// stored game outlives an upgrade, and two neighbouring versions share a cluster while it is rolled out.
/// <para>
/// When a change is meant to change what is stored: raise the version, add its name here, and let <c>GOLDEN=write</c> make its files.
/// Files of a version that was published are never touched.
/// </para>
/// </summary>
public sealed class GoldenTests
{
    private const string ThisVersion = "0.2.0";

    /// <summary>The enums whose numbers are stored, or sent between processes.</summary>
    private static readonly Type[] Numbered = [typeof(PushKind), typeof(ErrorCode), typeof(BattleResult), typeof(ActorKind), typeof(ProtocolVersion)];

    /// <summary>What is read and not written again, by its name and the object it stands in, and why that loses nothing.</summary>
    private static readonly Dictionary<(string In, string Name), string> Replaced = new()
    {
        [("Queue", "RoomName")] = "0.1: a ticket now has the number of the ticket whose room was told; the room is told once more, which changes nothing",
        [("entry", "Id")] = "0.1: a reply now has the fingerprint of the id",
        [("entry", "Action")] = "0.1: who asks again brings it along",
    };

    public static TheoryData<string> Versions => [.. Directory.GetDirectories(Folder).Select(folder => Path.GetFileName(folder)).Order(StringComparer.Ordinal)];

    private static string Folder => FolderOf();

    [Fact]
    public void This_version_stores_and_sends_what_its_files_say()
    {
        Compare("messages.jsonl", Samples.Messages().Select(Json));
        Compare("states.jsonl", Samples.States().Select(state => state.ToJsonString()));
        Compare("numbers.txt", Numbered.SelectMany(type => Enum.GetNames(type).Select(name => $"{type.Name}.{name}={Enum.Format(type, Enum.Parse(type, name), "d")}")));
    }

    [Fact]
    public void Every_message_between_actors_has_a_line()
    {
        var lines = Lines(ThisVersion, "messages.jsonl").Select(line => (string)JsonNode.Parse(line)!["$type"]!).ToHashSet();
        var names = typeof(Message).GetCustomAttributes(typeof(JsonDerivedTypeAttribute), false)
            .Select(attribute => (string)((JsonDerivedTypeAttribute)attribute).TypeDiscriminator!);
        Assert.Equal(names.Order(), lines.Order());
    }

    [Theory, MemberData(nameof(Versions))]
    public void A_message_of_every_version_is_read_and_nothing_of_it_is_lost(string version) =>
        Assert.All(Lines(version, "messages.jsonl"), line =>
            AssertKept(JsonNode.Parse(line), JsonNode.Parse(Json(MessageJson.Read(System.Text.Encoding.UTF8.GetBytes(line)))), "", line));

    [Theory, MemberData(nameof(Versions))]
    public void A_state_of_every_version_is_loaded_and_nothing_of_it_is_lost(string version) =>
        Assert.All(Lines(version, "states.jsonl"), line =>
        {
            var stored = JsonNode.Parse(line)!.AsObject();
            AssertKept(stored, Samples.Stored((string)stored["moment"]!, Samples.Load(stored)), "", line);
        });

    [Theory, MemberData(nameof(Versions))]
    public void A_number_of_every_version_still_means_the_same(string version) =>
        Assert.All(Lines(version, "numbers.txt"), line =>
        {
            var (type, name, number) = (line.Split('.')[0], line.Split('.', '=')[1], line.Split('=')[1]);
            var now = Numbered.Single(numbered => numbered.Name == type);
            Assert.Equal(name, Enum.GetName(now, Enum.Parse(now, number)));
        });

    private static string Json(Message message) => System.Text.Encoding.UTF8.GetString(MessageJson.Write(message));

    private static void Compare(string file, IEnumerable<string> now)
    {
        var path = Path.Combine(Folder, ThisVersion, file);
        if (Environment.GetEnvironmentVariable("GOLDEN") == "write")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllLines(path, now);
        }

        Assert.Equal(Lines(ThisVersion, file), now);
    }

    private static string[] Lines(string version, string file) => File.ReadAllLines(Path.Combine(Folder, version, file));

    /// <summary>Whatever is in <paramref name="before"/> is in <paramref name="after"/>, which may have more.</summary>
    private static void AssertKept(JsonNode? before, JsonNode? after, string name, string line)
    {
        switch (before)
        {
            case JsonObject old:
                foreach (var (child, value) in old)
                {
                    if (!Replaced.ContainsKey((name, child)))
                        AssertKept(value, (after as JsonObject)?[child], child, line);
                }

                break;
            case JsonArray old:
                Assert.Equal(old.Count, (after as JsonArray)?.Count);
                for (var i = 0; i < old.Count; i++)
                    AssertKept(old[i], after![i], name, line);
                break;
            default:
                Assert.True(JsonNode.DeepEquals(before, after), $"{name}: {before?.ToJsonString()} became {after?.ToJsonString() ?? "nothing"} in {line}");
                break;
        }
    }

    private static string FolderOf([CallerFilePath] string file = "") => Path.GetDirectoryName(file)!;
}
