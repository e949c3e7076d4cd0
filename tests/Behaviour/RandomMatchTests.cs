using System.Globalization;
using GameServer.Behaviour.Matches;

namespace GameServer.Behaviour;

/// <summary>Two hundred random matches, each message of which a model predicts.</summary>
public abstract class RandomMatchTests(RunningGame game) : BehaviourTest(game)
{
    /// <summary><c>MATCH_SEED</c> repeats a failure; without it each run plays other matches.</summary>
    private static int Seed => int.TryParse(Environment.GetEnvironmentVariable("MATCH_SEED"), NumberStyles.None, CultureInfo.InvariantCulture, out var seed)
        ? seed
        : Random.Shared.Next();

    [ServerFact]
    public async Task Two_hundred_matches_of_forty_players_give_what_the_rules_say_message_for_message_in_order()
    {
        var matches = new RandomMatches(Server, Seed, ConnectAsync);
        await matches.ConnectAsync(40);
        for (var round = 0; matches.Matches < 200; round++)
            await matches.PlayRoundAsync(round);
        await matches.EndAsync();
        Assert.True(matches.Messages > 4000, $"Only {matches.Messages} messages were seen.");
    }
}
