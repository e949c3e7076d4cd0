using Microsoft.Playwright;

namespace GameServer.Browser.Tests;

/// <summary>gameserver.js against servers that do what servers should not, over real sockets.</summary>
public sealed class ClientModuleTests(Chromium chromium) : IClassFixture<Chromium>, IAsyncLifetime
{
    private IPage page = null!;

    private ScriptedServer Server { get; set; } = null!;

    public async Task InitializeAsync()
    {
        if (Chromium.Path is null)
            return;
        Server = new();
        page = await chromium.Browser.NewPageAsync();
    }

    public async Task DisposeAsync()
    {
        if (Chromium.Path is null)
            return;
        await page.CloseAsync();
        await Server.DisposeAsync();
    }

    [BrowserFact]
    public async Task Pushes_come_in_order_and_once_whatever_the_server_repeats()
    {
        var connection = await ConnectAsync();
        foreach (var seq in new[] { 1, 2, 2, 1, 3, 3, 4 })
            await connection.PushAsync(seq);
        await UntilAsync("seen.length >= 4");
        await SawAsync(1, 2, 3, 4);
    }

    [BrowserFact]
    public async Task A_gap_is_answered_with_a_resume_after_the_last_push()
    {
        var connection = await ConnectAsync();
        await connection.PushAsync(1);
        await connection.PushAsync(3);
        var again = await Server.AcceptAsync();
        Assert.Equal(("session-1", "1"), (again.Resume, again.LastSeq));
        await again.WelcomeAsync();
        await again.PushAsync(2);
        await again.PushAsync(3);
        await UntilAsync("seen.length >= 3");
        await SawAsync(1, 2, 3);
    }

    [BrowserFact]
    public async Task Pushes_that_newer_ones_replaced_are_no_gap()
    {
        var connection = await ConnectAsync();
        await connection.PushAsync(1);
        await connection.PushAsync(5, skipped: 3);
        await UntilAsync("seen.length >= 2");
        await SawAsync(1, 5);
        Assert.False(Server.HasAnother);
    }

    [BrowserFact]
    public async Task A_snapshot_may_come_after_any_number()
    {
        var connection = await ConnectAsync();
        await connection.PushAsync(1);
        await connection.PushAsync(300, "snapshot");
        await connection.PushAsync(301);
        await UntilAsync("seen.length >= 3");
        await SawAsync(1, 300, 301);
    }

    [BrowserFact]
    public async Task Requests_without_an_answer_are_sent_again_with_their_ids_and_in_order()
    {
        var connection = await ConnectAsync();
        await RunAsync("for (const each of ['attack', 'die']) server.request(each).then(() => answers.push(each));");
        var (attack, die) = (await connection.ReceiveAsync(), await connection.ReceiveAsync());
        await connection.AnswerAsync(attack);
        await UntilAsync("answers.length === 1");
        await connection.CloseAsync(1011);
        await UntilAsync("server.state !== 'open'");
        await RunAsync("server.exitRoom().then(() => answers.push('exitroom'));");

        var again = await Server.AcceptAsync();
        await again.WelcomeAsync();
        var repeated = await again.ReceiveAsync();
        Assert.Equal(die.GetRawText(), repeated.GetRawText());
        var exit = await again.ReceiveAsync();
        Assert.Equal("exitroom", exit.GetProperty("action").GetString());
        await again.AnswerAsync(repeated);
        await again.AnswerAsync(exit);
        await UntilAsync("answers.join() === 'attack,die,exitroom'");
    }

    [BrowserFact]
    public async Task Requests_under_way_are_rejected_when_the_server_no_longer_knows_the_session()
    {
        var connection = await ConnectAsync();
        await RunAsync("server.attack().catch(error => answers.push(error.code));");
        await connection.ReceiveAsync();
        await connection.CloseAsync(1011);
        await UntilAsync("server.state !== 'open'");
        await RunAsync("server.die().then(() => answers.push('die'));"); // Never sent so far: it has no second effect.
        var again = await Server.AcceptAsync();
        await again.WelcomeAsync("session-2");
        var request = await again.ReceiveAsync();
        Assert.Equal("die", request.GetProperty("action").GetString());
        await again.AnswerAsync(request);
        await UntilAsync("answers.join() === 'session_lost,die'");
        await again.PushAsync(77); // A new session begins where it likes.
        await UntilAsync("seen.includes(77)");
    }

    [BrowserFact]
    public async Task A_refusal_rejects_with_the_servers_code_and_words()
    {
        var connection = await ConnectAsync();
        await RunAsync("server.attack().catch(error => answers.push(`${error.code}: ${error.message}`));");
        var request = await connection.ReceiveAsync();
        await connection.RefuseAsync(request, "dead", "you are dead");
        await UntilAsync("answers.join() === 'dead: you are dead'");
    }

    [BrowserFact]
    public async Task While_there_is_no_connection_only_the_newest_score_waits_and_the_queue_is_bounded()
    {
        var connection = await ConnectAsync("maxPending: 3");
        await connection.CloseAsync(1011);
        await UntilAsync("server.state !== 'open'");
        await RunAsync("""
            for (const score of [1, 2, 3]) server.syncScore(score).then(() => answers.push(score));
            server.attack();
            server.syncScore(4);
            server.die().catch(error => answers.push(error.code));
            """);
        await UntilAsync("answers.join() === 'queue_full'");
        var again = await Server.AcceptAsync();
        await again.WelcomeAsync();
        var first = await again.ReceiveAsync();
        Assert.Equal(3, first.GetProperty("score").GetInt32());
        Assert.Equal("attack", (await again.ReceiveAsync()).GetProperty("action").GetString());
        Assert.Equal(4, (await again.ReceiveAsync()).GetProperty("score").GetInt32());
        await again.AnswerAsync(first);
        await UntilAsync("answers.join() === 'queue_full,1,2,3'");
    }

    [BrowserTheory]
    [InlineData(1001)]
    [InlineData(1011)]
    [InlineData(4003)]
    [InlineData(4004)]
    public async Task Most_closes_are_answered_with_a_resume(int code)
    {
        var connection = await ConnectAsync();
        await connection.PushAsync(1);
        await UntilAsync("seen.length === 1");
        await connection.CloseAsync(code);
        var again = await Server.AcceptAsync();
        Assert.Equal(("session-1", "1"), (again.Resume, again.LastSeq));
    }

    [BrowserTheory]
    [InlineData(4001, "replaced")]
    [InlineData(4002, "unauthorized")]
    public async Task Some_closes_end_it_until_connect_is_called_again(int code, string why)
    {
        var connection = await ConnectAsync();
        await connection.CloseAsync(code);
        await UntilAsync($"ended.join() === '{why}' && server.state === 'ended'");
        await RunAsync("server.die().catch(error => answers.push(error.code));");
        await UntilAsync("answers.join() === 'not_connected'");
        Assert.False(Server.HasAnother);
        await RunAsync("server.connect();");
        Assert.Equal("session-1", (await Server.AcceptAsync()).Resume);
    }

    [BrowserFact]
    public async Task A_refused_upgrade_ends_it_with_the_servers_reason()
    {
        Server.Refuses = 401;
        await StartAsync("");
        await UntilAsync("ended.join() === 'unauthorized' && reasons.join() === 'the token is another user\\'s'");
    }

    [BrowserFact]
    public async Task A_token_that_has_expired_is_renewed_and_told()
    {
        Server.Renewal = ("old", "new");
        await StartAsync("token: 'old'");
        await (await Server.AcceptAsync()).WelcomeAsync();
        await UntilAsync("server.state === 'open' && answers.join() === 'new'");
    }

    [BrowserFact]
    public async Task A_token_that_cannot_be_renewed_ends_it_with_the_first_reason()
    {
        Server.Renewal = ("old", "new");
        await StartAsync("token: 'void'");
        await UntilAsync("ended.join() === 'unauthorized' && reasons.join() === 'the token is another user\\'s'");
        Assert.False(Server.HasAnother);
    }

    [BrowserFact]
    public async Task A_silent_server_is_left_for_a_new_connection()
    {
        var connection = await ConnectAsync("replyTimeout: 1");
        await RunAsync("server.die().then(() => answers.push('die'));");
        var request = await connection.ReceiveAsync();
        var again = await Server.AcceptAsync();
        Assert.Equal("session-1", again.Resume);
        await again.WelcomeAsync();
        Assert.Equal(request.GetRawText(), (await again.ReceiveAsync()).GetRawText());
        await again.AnswerAsync(request);
        await UntilAsync("answers.join() === 'die'");
    }

    [BrowserFact]
    public async Task A_connection_that_gives_no_sign_of_life_is_left_within_three_seconds()
    {
        var connection = await ConnectStoppedAsync();
        await page.Clock.RunForAsync(1500);
        Assert.Equal("ping", (await connection.ReceiveAsync()).GetProperty("action").GetString());
        await page.Clock.RunForAsync(990);
        Assert.Equal("open", await page.EvaluateAsync<string>("() => server.state"));
        await page.Clock.RunForAsync(20); // 2.51 s of silence, and a quarter of a second until the page tells.
        Assert.NotEqual("open", await page.EvaluateAsync<string>("() => server.state"));
    }

    [BrowserFact]
    public async Task A_connection_that_answers_stays_and_one_on_a_bad_network_gets_more_time_each_time()
    {
        var connection = await ConnectStoppedAsync();
        for (var i = 0; i < 3; i++)
        {
            await page.Clock.RunForAsync(1500);
            await connection.AnswerAsync(await connection.ReceiveAsync());
            await connection.PushAsync(i + 1); // To know that the answer was read.
            await UntilAsync($"seen.length === {i + 1}");
        }

        await page.Clock.RunForAsync(1500);
        await connection.ReceiveAsync();
        await page.Clock.RunForAsync(1010);
        Assert.NotEqual("open", await page.EvaluateAsync<string>("() => server.state"));
        await page.Clock.RunForAsync(500);
        var again = await Server.AcceptAsync();
        await again.WelcomeAsync(heartbeat: 1.5);
        await UntilAsync("server.state === 'open'");
        await page.Clock.RunForAsync(1500);
        await again.ReceiveAsync();
        await page.Clock.RunForAsync(1900); // More than the first time, and its answer still counts.
        Assert.Equal("open", await page.EvaluateAsync<string>("() => server.state"));
        Assert.False(Server.HasAnother);
    }

    [BrowserFact]
    public async Task A_server_that_is_there_and_does_not_answer_is_told_of_as_slow()
    {
        var connection = await ConnectAsync("slowAfter: 1");
        await RunAsync("server.on('slow', ({ slow }) => answers.push(slow)); server.die().then(() => answers.push('die'));");
        var request = await connection.ReceiveAsync();
        await UntilAsync("answers.join() === 'true'");
        await connection.AnswerAsync(request);
        await UntilAsync("answers.join() === 'true,false,die' || answers.join() === 'true,die,false'");
        Assert.False(Server.HasAnother);
    }

    [BrowserFact]
    public async Task A_reload_resumes_from_the_storage_and_close_forgets_it()
    {
        var connection = await ConnectAsync("storage: sessionStorage");
        await connection.PushAsync(1);
        await connection.PushAsync(2);
        await UntilAsync("seen.length === 2");
        await StartAsync("storage: sessionStorage");
        var again = await Server.AcceptAsync();
        Assert.Equal(("session-1", "2"), (again.Resume, again.LastSeq));
        await again.WelcomeAsync();
        await UntilAsync("server.state === 'open'");
        await RunAsync("server.close();");

        await StartAsync("storage: sessionStorage");
        var fresh = await Server.AcceptAsync();
        Assert.Equal(("alice", null), (fresh.UserId, fresh.Resume));
    }

    private async Task<ScriptedConnection> ConnectAsync(string options = "")
    {
        await StartAsync(options);
        var connection = await Server.AcceptAsync();
        await connection.WelcomeAsync();
        await UntilAsync("server.state === 'open'");
        return connection;
    }

    /// <summary>A connection of a page in which time passes only as the test lets it.</summary>
    private async Task<ScriptedConnection> ConnectStoppedAsync()
    {
        DateTime start = new(2030, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        await page.Clock.InstallAsync(new() { TimeDate = start });
        await page.GotoAsync(Server.Address);
        await page.Clock.PauseAtAsync(start.AddHours(1));
        await StartHereAsync("firstDelay: 100");
        var connection = await Server.AcceptAsync();
        await connection.WelcomeAsync(heartbeat: 1.5);
        await UntilAsync("server.state === 'open'");
        return connection;
    }

    [BrowserFact]
    public async Task A_server_on_another_origin_tells_why_it_refuses_and_is_not_asked_again()
    {
        await using var picky = await ServerProcess.StartAsync("--GameServer:Edge:CorsOrigins:0=https://elsewhere.example");
        await StartAsync($"url: 'ws://127.0.0.1:{picky.Port}/ws'");
        await UntilAsync("ended.length > 0");
        Assert.Equal(["refused"], await page.EvaluateAsync<string[]>("() => ended"));
        Assert.Contains("origin", (await page.EvaluateAsync<string[]>("() => reasons"))[0]);

        await using var tokens = await ServerProcess.StartAsync("--Auth:Mode=token", "env:Auth__Key=a key of the tests with more than 32 bytes");
        await StartAsync($"url: 'ws://127.0.0.1:{tokens.Port}/ws'");
        await UntilAsync("ended.length > 0");
        Assert.Equal(["unauthorized"], await page.EvaluateAsync<string[]>("() => ended"));
        Assert.Contains("token", (await page.EvaluateAsync<string[]>("() => reasons"))[0]);
    }

    /// <summary>Loads a page with a client that starts to connect.</summary>
    private async Task StartAsync(string options)
    {
        await page.GotoAsync(Server.Address);
        await StartHereAsync(options);
    }

    private async Task StartHereAsync(string options)
    {
        await RunAsync($$"""
            const { GameServer } = await import('./gameserver.js');
            Object.assign(window, { seen: [], answers: [], ended: [], reasons: [] });
            window.server = new GameServer({ userId: 'alice', firstDelay: 1, rateLimitPause: 1, {{options}} });
            server.on('push', push => seen.push(push.seq));
            server.on('token', ({ token }) => answers.push(token));
            server.on('ended', end => { ended.push(end.why); reasons.push(end.reason); });
            server.connect();
            """);
    }

    private async Task RunAsync(string script) => await page.EvaluateAsync($"async () => {{ {script} }}");

    private async Task UntilAsync(string expression) =>
        await page.WaitForFunctionAsync($"() => {expression}", null, new() { Timeout = PlayerPage.Patience });

    private async Task SawAsync(params int[] pushes) => Assert.Equal(pushes, await page.EvaluateAsync<int[]>("() => seen"));
}
