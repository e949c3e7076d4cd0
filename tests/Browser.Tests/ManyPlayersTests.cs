namespace GameServer.Browser.Tests;

/// <summary>The page in a mode for more than two.</summary>
public sealed class ManyPlayersTests(Chromium chromium) : BrowserTest(chromium)
{
    protected override string[] Settings =>
    [
        "--GameServer:Modes:trio:RoomSize=3", "--GameServer:Modes:trio:AttackCharge=2", "--GameServer:Modes:trio:FreezeTime=3",
    ];

    [BrowserFact]
    public async Task Who_waits_sees_how_many_are_there_and_how_many_it_takes()
    {
        var alice = await OpenAsync("alice", "?mode=trio");
        await alice.EnterAsync();
        await alice.UntilAsync("document.getElementById('waiting-count').textContent === '1 of 3 players are here'");
        var bob = await OpenAsync("bob", "?mode=trio");
        await bob.EnterAsync();
        await alice.UntilAsync("document.getElementById('waiting-count').textContent === '2 of 3 players are here'");
        await bob.UntilAsync("document.getElementById('waiting-count').textContent === '2 of 3 players are here'");
        Assert.Equal("Waiting for players", await alice.TextAsync("#waiting-title"));
        await bob.Page.Locator("#cancel").ClickAsync();
        await alice.UntilAsync("document.getElementById('waiting-count').textContent === '1 of 3 players are here'");
    }

    [BrowserFact]
    public async Task Each_rival_has_a_colour_and_a_tap_chooses_whom_to_freeze()
    {
        var (alice, bob, cem) = await TrioAsync("?mode=trio&pace=4&autoplay=500", "?mode=trio&pace=2&autoplay=500", "?mode=trio&pace=2&autoplay=500");
        await alice.UntilAsync("document.querySelectorAll('#rivals button').length === 2");
        Assert.Equal(2, await alice.ReadAsync<int>(
            "new Set([...document.querySelectorAll('#rivals button')].map(each => getComputedStyle(each.querySelector('.face')).backgroundColor)).size"));
        Assert.Equal(["bob", "cem"], await alice.ReadAsync<string[]>("[...document.querySelectorAll('#rivals bdi')].map(each => each.textContent).sort()"));
        await alice.UntilAsync("game.canAttack");
        await alice.ListensAsync();
        foreach (var (victim, other) in new[] { (bob, cem), (cem, bob) })
        {
            var before = await other.ReadAsync<int>("game.freezes");
            await alice.Page.Locator("#rivals button", new() { HasText = victim.Name }).ClickAsync();
            await alice.UntilAsync($"game.target === '{victim.Name}' && game.canAttack");
            await alice.Page.Keyboard.PressAsync("f");
            await victim.UntilAsync("game.freezes >= 1");
            Assert.Equal(before, await other.ReadAsync<int>("game.freezes"));
        }
    }

    [BrowserFact]
    public async Task At_the_end_everybody_reads_a_sentence_that_is_true_for_three()
    {
        var (alice, bob, cem) = await TrioAsync("?mode=trio&pace=4&autoplay=4", "?mode=trio&pace=4&autoplay=2", "?mode=trio&pace=4&autoplay=1");
        foreach (var player in new[] { alice, bob, cem })
            await player.OnScreenAsync("settled");
        Assert.Equal("You climbed highest of 3.", await alice.TextAsync("#result-text"));
        Assert.Equal("alice climbed highest of 3.", await bob.TextAsync("#result-text"));
        Assert.Equal(["alice", "bob", "cem"], await cem.Page.Locator("#standings b").AllInnerTextsAsync());

        var again = await Task.WhenAll(new[] { alice, bob, cem }.Select(async player =>
        {
            await player.Page.GotoAsync(WireOf(player).Address + $"?mode=trio&pace=4&autoplay={(player == cem ? 1 : 3)}");
            return player;
        }));
        foreach (var player in again)
            await player.EnterAsync();
        foreach (var player in again)
            await player.OnScreenAsync("settled");
        Assert.Equal("You share the top with bob.", await alice.TextAsync("#result-text"));
        Assert.Equal("alice and bob share the top.", await cem.TextAsync("#result-text"));
    }

    private async Task<(PlayerPage Alice, PlayerPage Bob, PlayerPage Cem)> TrioAsync(params string[] queries)
    {
        var alice = await OpenAsync("alice", queries[0]);
        var bob = await OpenAsync("bob", queries[1]);
        var cem = await OpenAsync("cem", queries[2]);
        foreach (var player in new[] { alice, bob, cem })
        {
            await player.EnterAsync();
            await player.WaitForRoomAsync();
        }

        foreach (var player in new[] { alice, bob, cem })
            await player.WaitForRivalAsync();
        return (alice, bob, cem);
    }
}
