using GameServer.Game;

namespace GameServer.Registry.Tests;

public sealed class RegistryTests
{
    private readonly RegistryUnderTest registry = new();

    [Fact]
    public void A_battle_gets_the_least_loaded_server_and_its_room_hears_the_outside_address()
    {
        var first = registry.Serve("a", "10.0.0.1", 8080, 8081);
        registry.Serve("b", "10.0.0.2", 8080, 8081);
        registry.Beat("a", first.Epoch, (8080, 2));

        var allocated = registry.Allocate("battle-1");

        Assert.Equal("acc.example", allocated.Server.Dns);
        Assert.Equal(["1.2.3.4", "1.2.3.5"], allocated.Server.Ips);
        Assert.Equal(RegistryUnderTest.Outside("10.0.0.2", 8080), allocated.Server.Port);
        Assert.Equal(("battle-1", "tcp"), (allocated.Server.BattleId, allocated.Server.Protocol));
    }

    [Fact]
    public void Equal_loads_go_to_the_server_that_was_idle_longest()
    {
        registry.Serve("a", "10.0.0.1", 8080);
        registry.Serve("b", "10.0.0.2", 8080);
        Assert.Equal(180, registry.Allocate("x").Server.Port);
        registry.Pass(1);
        registry.Handle(new ReleaseServer("x"));
        Assert.Equal(280, registry.Allocate("y").Server.Port);
    }

    [Fact]
    public void A_port_with_people_still_on_it_comes_last()
    {
        var a = registry.Serve("a", "10.0.0.1", 8080, 8081);
        registry.Beat("a", a.Epoch, (8080, 1));
        Assert.Equal(181, registry.Allocate("x").Server.Port);
    }

    [Fact]
    public void A_server_is_not_chosen_before_its_ports_are_mapped()
    {
        registry.Register("a", "10.0.0.1", 8080);
        registry.Handle(new AllocateServer("x"));
        Assert.IsType<NoServerFree>(Assert.Single(registry.Told).Message);
        Assert.Equal("mapping", registry.Status("a").State);
        registry.AnswerCalls();
        Assert.Equal(180, Assert.IsType<ServerAllocated>(registry.Told[^1].Message).Server.Port);
        Assert.Equal("live", registry.Status("a").State);
    }

    [Fact]
    public void The_same_battle_again_gets_the_same_answer_again()
    {
        registry.Serve("a", "10.0.0.1", 8080);
        Assert.Equal(registry.Allocate("x").Fence, registry.Allocate("x").Fence);
        registry.Handle(new AllocateServer("y"));
        registry.Handle(new AllocateServer("y"));
        var told = registry.Told.Where(t => t.Battle == "y").Select(t => Assert.IsType<NoServerFree>(t.Message).Fence).ToList();
        Assert.Equal(2, told.Count);
        Assert.Equal(told[0], told[1]);
    }

    [Fact]
    public void Battles_wait_in_line_are_told_once_and_are_served_in_order_as_ports_free_up()
    {
        registry.Serve("a", "10.0.0.1", 8080);
        registry.Allocate("x");
        registry.Handle(new AllocateServer("y"));
        registry.Handle(new AllocateServer("z"));
        Assert.Equal(2, registry.Status().Waiting);
        registry.Told.Clear();

        registry.Handle(new ReleaseServer("x"));
        Assert.Equal("y", Assert.Single(registry.Told).Battle);
        registry.Handle(new ReleaseServer("y"));
        Assert.Equal("z", registry.Told[^1].Battle);
        Assert.True(((ServerAllocated)registry.Told[1].Message).Fence > ((ServerAllocated)registry.Told[0].Message).Fence);
    }

    [Fact]
    public void When_the_line_is_full_the_last_one_is_told_and_not_served()
    {
        for (var i = 0; i <= BattleServerRegistry.MaxWaiting; i++)
            registry.Handle(new AllocateServer($"b{i}"));
        Assert.Equal(BattleServerRegistry.MaxWaiting, registry.Status().Waiting);
        Assert.Equal(BattleServerRegistry.MaxWaiting + 1, registry.Told.Count(t => t.Message is NoServerFree));
        registry.Serve("a", "10.0.0.1", 8080);
        Assert.Equal("b0", registry.Told[^1].Battle);
        registry.Handle(new ReleaseServer($"b{BattleServerRegistry.MaxWaiting}"));
        Assert.Equal(BattleServerRegistry.MaxWaiting - 1, registry.Status().Waiting);
    }

    [Fact]
    public void A_release_counts_once_and_a_late_request_of_an_ended_battle_takes_no_port()
    {
        registry.Serve("a", "10.0.0.1", 8080);
        registry.Allocate("x");
        registry.Handle(new ReleaseServer("x"));
        registry.Allocate("y");
        registry.Handle(new ReleaseServer("x"));
        registry.Handle(new AllocateServer("x"));
        Assert.Equal("y", registry.Status("a").Ports[0].BattleId);
        Assert.Equal(0, registry.Status().Waiting);
    }

    [Fact]
    public void A_suspect_server_gets_no_battle_until_its_next_heartbeat()
    {
        var a = registry.Serve("a", "10.0.0.1", 8080);
        registry.Pass(15);
        Assert.Equal("suspect", registry.Status("a").State);
        registry.Handle(new AllocateServer("x"));
        Assert.IsType<NoServerFree>(registry.Told[^1].Message);
        Assert.Equal(200, registry.Beat("a", a.Epoch).Status);
        Assert.IsType<ServerAllocated>(registry.Told[^1].Message);
    }

    [Fact]
    public void A_dead_servers_battle_moves_with_a_larger_fence_and_its_door_is_closed()
    {
        registry.Serve("a", "10.0.0.1", 8080);
        var before = registry.Allocate("x");
        registry.Pass(20);
        var b = registry.Serve("b", "10.0.0.2", 8080);
        registry.Pass(14);
        registry.Beat("b", b.Epoch);
        registry.Pass(10.999);
        Assert.Equal("x", registry.Status("a").Ports[0].BattleId);

        registry.Pass(0.001);
        var after = Assert.IsType<ServerAllocated>(registry.Told[^1].Message);
        Assert.Equal(280, after.Server.Port);
        Assert.True(after.Fence > before.Fence);
        Assert.Equal(
            new("a", 1, RegistryUnderTest.Subnet, "10.0.0.1", [8080]), Assert.IsType<ClosePorts>(Assert.Single(registry.Calls)), SameCall);
        Assert.Equal(404, registry.Beat("a", 1).Status);
    }

    [Fact]
    public void A_battle_that_lost_its_server_keeps_its_place_before_those_that_asked_later()
    {
        registry.Serve("a", "10.0.0.1", 8080);
        registry.Allocate("first");
        registry.Handle(new AllocateServer("second"));
        registry.Pass(45);
        Assert.IsType<NoServerFree>(registry.Told[^1].Message);
        Assert.Equal("first", registry.Told[^1].Battle);
        registry.Serve("b", "10.0.0.2", 8080);
        Assert.Equal("first", registry.Told[^1].Battle);
        Assert.IsType<ServerAllocated>(registry.Told[^1].Message);
    }

    [Fact]
    public void A_server_that_registers_again_gets_a_new_epoch_keeps_its_doors_and_loses_its_battles()
    {
        var a = registry.Serve("a", "10.0.0.1", 8080);
        var before = registry.Allocate("x");
        var again = registry.Register("a", "10.0.0.1", 8080);
        Assert.True(again.Epoch > a.Epoch);
        Assert.Empty(registry.Calls);
        var after = Assert.IsType<ServerAllocated>(registry.Told[^1].Message);
        Assert.Equal(before.Server.Port, after.Server.Port);
        Assert.True(after.Fence > before.Fence);
        Assert.Equal(409, registry.Beat("a", a.Epoch).Status);
        Assert.Equal(200, registry.Beat("a", again.Epoch).Status);
    }

    [Fact]
    public void Ports_a_server_no_longer_registers_are_closed_and_new_ones_opened()
    {
        registry.Serve("a", "10.0.0.1", 8080, 8081);
        registry.Register("a", "10.0.0.1", 8081, 8082);
        Assert.Equal([8080], Assert.Single(registry.Calls.OfType<ClosePorts>()).Ports);
        Assert.Equal([8082], Assert.Single(registry.Calls.OfType<MapPorts>()).Ports);
    }

    [Fact]
    public void A_second_server_at_the_same_port_is_refused_until_the_first_is_dead()
    {
        registry.Serve("a", "10.0.0.1", 8080, 8081);
        var refused = registry.Register("b", "10.0.0.1", 8081);
        Assert.Equal(409, refused.Status);
        Assert.Contains("10.0.0.1:8081", refused.Message);
        Assert.Contains("'a'", refused.Message);
        registry.Pass(45);
        Assert.Equal(200, registry.Register("b", "10.0.0.1", 8081).Status);
    }

    [Theory]
    [InlineData("10.0.0.2", 8080)] // Another machine with the same settings.
    [InlineData("10.0.0.1", 8081)] // Another process beside it.
    public void Two_servers_with_one_id_do_not_take_it_from_each_other(string address, int port)
    {
        var first = registry.Serve("a", "10.0.0.1", 8080);
        registry.Allocate("x");
        registry.Told.Clear();
        for (var i = 0; i < 10; i++)
        {
            var refused = registry.Register("a", address, port);
            Assert.Equal(409, refused.Status);
            Assert.Contains("'a' belongs to the server at 10.0.0.1:8080", refused.Message);
            registry.Pass(5);
            Assert.Equal("x", Assert.Single(registry.Beat("a", first.Epoch).Battles).Value);
        }

        Assert.Empty(registry.Told);
        Assert.Empty(registry.Calls);
        registry.Pass(45);
        Assert.Equal(200, registry.Register("a", address, port).Status);
        Assert.Equal(409, registry.Beat("a", first.Epoch).Status);
    }

    [Fact]
    public void An_id_is_free_again_when_its_server_has_drained_or_was_refused()
    {
        registry.Serve("a", "10.0.0.1", 8080);
        registry.Ask(new DrainServer("a"));
        Assert.Equal(200, registry.Register("a", "10.0.0.2", 8080).Status);
        registry.Handle(new PortsNotMapped("a", 2, "no such subnet", Final: true));
        Assert.Equal(200, registry.Register("a", "10.0.0.3", 8080).Status);
        Assert.Equal(409, registry.Register("a", "10.0.0.2", 8080).Status);
    }

    [Fact]
    public void An_earlier_registration_neither_ends_the_battles_of_the_later_one_nor_drains_it()
    {
        var before = registry.Serve("a", "10.0.0.1", 8080);
        registry.Allocate("x");
        var now = registry.Register("a", "10.0.0.1", 8080);
        Assert.Equal("x", registry.Status("a").Ports[0].BattleId);
        Assert.Equal(409, registry.Ask(new BattleFinished("a", "x", before.Epoch)).Status);
        Assert.Equal(409, registry.Ask(new DrainServer("a", before.Epoch)).Status);
        Assert.Equal("serve", registry.Beat("a", now.Epoch).Command);
        Assert.Equal("x", registry.Status("a").Ports[0].BattleId);
        Assert.Equal(200, registry.Ask(new BattleFinished("a", "x", now.Epoch)).Status);
        Assert.Null(registry.Status("a").Ports[0].BattleId);
        Assert.Equal("drain", registry.Ask(new DrainServer("a", now.Epoch)).Command);
    }

    [Fact]
    public void A_room_hears_which_port_of_which_registration_its_battle_is_on()
    {
        registry.Serve("a", "10.0.0.1", 8080);
        Assert.Equal(new("a", 8080, 1), registry.Allocate("x").Server.Place);
        registry.Register("a", "10.0.0.1", 8080);
        Assert.Equal(new("a", 8080, 2), Assert.IsType<ServerAllocated>(registry.Told[^1].Message).Server.Place);
    }

    [Fact]
    public void A_used_address_is_opened_for_its_new_server_only_after_the_old_door_was_closed()
    {
        registry.Serve("a", "10.0.0.1", 8080);
        registry.Pass(45);
        var close = Assert.IsType<ClosePorts>(Assert.Single(registry.Calls));
        registry.Calls.Clear();
        registry.Register("b", "10.0.0.1", 8080);
        Assert.Empty(registry.Calls);
        registry.Pass(10);
        Assert.All(registry.Calls, c => Assert.IsType<ClosePorts>(c));
        Assert.NotEmpty(registry.Calls);
        registry.Calls.Clear();
        registry.Handle(new PortsClosed(close.ServerId, close.Epoch));
        Assert.Equal("b", Assert.IsType<MapPorts>(Assert.Single(registry.Calls)).ServerId);
        registry.AnswerCalls();
        registry.Handle(new PortsClosed(close.ServerId, close.Epoch));
        Assert.Equal("live", registry.Status("b").State);
    }

    [Fact]
    public void A_late_answer_of_the_port_map_to_an_earlier_registration_changes_nothing()
    {
        registry.Register("a", "10.0.0.1", 8080);
        var early = Assert.Single(registry.Calls);
        registry.Pass(45);
        registry.Register("a", "10.0.0.2", 8080);
        registry.Handle(RegistryUnderTest.AnswerTo(early));
        Assert.Equal("mapping", registry.Status("a").State);
    }

    [Fact]
    public void A_failed_mapping_is_asked_again_later_and_later()
    {
        registry.Register("a", "10.0.0.1", 8080);
        var waits = new List<double>();
        for (var i = 0; i < 8; i++)
        {
            registry.Calls.Clear();
            registry.Handle(new PortsNotMapped("a", 1, "throttled", Final: false));
            Assert.Empty(registry.Calls);
            var from = registry.Now;
            while (registry.Calls.Count == 0)
            {
                registry.Beat("a", 1);
                registry.Pass(1);
            }
            waits.Add((registry.Now - from).TotalSeconds);
        }
        Assert.Equal([1, 2, 4, 8, 16, 32, 60, 60], waits);
    }

    [Fact]
    public void A_mapping_call_that_is_never_answered_is_made_again()
    {
        registry.Register("a", "10.0.0.1", 8080);
        registry.Calls.Clear();
        for (var i = 0; i < 12; i++)
        {
            Assert.Empty(registry.Calls);
            registry.Pass(10);
            registry.Beat("a", 1);
        }
        Assert.IsType<MapPorts>(Assert.Single(registry.Calls));
    }

    [Fact]
    public void A_final_refusal_is_told_to_the_server_which_may_try_again_after_a_minute()
    {
        registry.Register("a", "10.0.0.1", 8080);
        registry.Handle(new PortsNotMapped("a", 1, "no such subnet", Final: true));
        Assert.Equal("refused", registry.Status("a").State);
        Assert.Equal((400, "no such subnet"), (registry.Beat("a", 1).Status, registry.Beat("a", 1).Message));
        Assert.Equal(
            (400, "no such subnet"), (registry.Register("a", "10.0.0.1", 8080).Status, registry.Register("a", "10.0.0.1", 8080).Message));
        registry.Calls.Clear();
        registry.Pass(44);
        registry.Pass(16);
        registry.AnswerCalls();
        Assert.Equal(200, registry.Register("a", "10.0.0.1", 8080).Status);
        Assert.IsType<MapPorts>(Assert.Single(registry.Calls));
    }

    [Fact]
    public void A_drained_server_keeps_its_battle_gets_no_new_one_and_is_gone_when_it_ends()
    {
        var a = registry.Serve("a", "10.0.0.1", 8080, 8081);
        registry.Allocate("x");
        Assert.Equal((200, "drain"), (registry.Ask(new DrainServer("a")).Status, registry.Beat("a", a.Epoch).Command));
        registry.Handle(new AllocateServer("y"));
        Assert.IsType<NoServerFree>(registry.Told[^1].Message);
        Assert.Empty(registry.Calls);

        Assert.Equal(200, registry.Ask(new BattleFinished("a", "x")).Status);
        Assert.Equal([8080, 8081], Assert.IsType<ClosePorts>(Assert.Single(registry.Calls)).Ports);
        Assert.Empty(registry.Status().Servers);
        // It may still ask; it must not hear 404 and register again.
        Assert.Equal((200, "drain"), (registry.Beat("a", a.Epoch).Status, registry.Beat("a", a.Epoch).Command));
        registry.AnswerCalls();
        registry.Pass(45);
        Assert.Equal(404, registry.Beat("a", a.Epoch).Status);
    }

    [Fact]
    public void Heartbeats_tell_a_server_which_battles_are_on_its_ports()
    {
        var a = registry.Serve("a", "10.0.0.1", 8080, 8081);
        registry.Allocate("x");
        Assert.Equal("x", Assert.Single(registry.Beat("a", a.Epoch).Battles).Value);
        registry.Handle(new ReleaseServer("x"));
        Assert.Empty(registry.Beat("a", a.Epoch).Battles);
    }

    [Fact]
    public void A_finished_battle_frees_its_port_unless_it_has_moved()
    {
        registry.Serve("a", "10.0.0.1", 8080);
        registry.Serve("b", "10.0.0.2", 8080);
        registry.Allocate("x");
        Assert.Equal(200, registry.Ask(new BattleFinished("b", "x")).Status);
        Assert.Equal("x", registry.Status("a").Ports[0].BattleId);
        Assert.Equal(200, registry.Ask(new BattleFinished("a", "x")).Status);
        Assert.Null(registry.Status("a").Ports[0].BattleId);
        Assert.Equal(200, registry.Ask(new BattleFinished("a", "x")).Status);
        Assert.Equal(404, registry.Ask(new BattleFinished("c", "x")).Status);
    }

    [Fact]
    public void A_battle_whose_room_never_releases_it_is_reclaimed()
    {
        var a = registry.Serve("a", "10.0.0.1", 8080);
        registry.Allocate("lost");
        registry.Handle(new AllocateServer("waits"));
        for (var i = 0; i < 7200 / 10; i++)
        {
            Assert.Equal("lost", registry.Status("a").Ports[0].BattleId);
            registry.Pass(10);
            registry.Beat("a", a.Epoch);
        }
        Assert.Null(registry.Status("a").Ports[0].BattleId);
        Assert.Equal(0, registry.Status().Waiting);
    }

    [Fact]
    public void After_a_crash_leases_begin_anew_and_open_calls_are_made_again()
    {
        registry.Register("a", "10.0.0.1", 8080);
        registry.Serve("b", "10.0.0.2", 8080);
        var fence = registry.Allocate("x").Fence;
        registry.Register("c", "10.0.0.3", 8080);
        registry.Calls.Clear();
        registry.Pass(14);
        var saved = registry.Now;
        registry.Crash();
        Assert.Equal("c", Assert.IsType<MapPorts>(Assert.Single(registry.Calls)).ServerId);
        registry.Pass(44);
        Assert.Equal(200, registry.Beat("b", 2).Status);
        Assert.Equal("x", registry.Status("b").Ports.Concat(registry.Status("a").Ports).Single(p => p.BattleId is not null).BattleId);
        Assert.Equal(fence, registry.Allocate("x").Fence);
        Assert.Equal(saved + TimeSpan.FromSeconds(44), registry.Now);
    }

    [Fact]
    public void A_restart_takes_new_settings_and_keeps_the_rest()
    {
        registry.Serve("a", "10.0.0.1", 8080);
        var reloaded = BattleServerRegistry.Load(
            registry.Actor.Id, registry.Saved(), new BattleServerRules { Lease = TimeSpan.FromSeconds(3) });
        var effects = new Effects();
        reloaded.Handle(new ServerHeartbeat("a", 1, new Dictionary<int, int>()), registry.Now, effects);
        Assert.Equal((200, 3), (((RegistryAnswer)effects.Answer!).Status, ((RegistryAnswer)effects.Answer!).LeaseSeconds));
    }

    [Theory]
    [InlineData("", "subnet-1", "10.0.0.1", new[] { 1 }, "id")]
    [InlineData("a/b", "subnet-1", "10.0.0.1", new[] { 1 }, "id")]
    [InlineData("a", "", "10.0.0.1", new[] { 1 }, "subnet_id")]
    [InlineData("a", "subnet-1", "10.0.1", new[] { 1 }, "IPv4")]
    [InlineData("a", "subnet-1", "::1", new[] { 1 }, "IPv4")]
    [InlineData("a", "subnet-1", "0.0.0.0", new[] { 1 }, "IPv4")]
    [InlineData("a", "subnet-1", "10.0.0.1", new int[0], "ports")]
    [InlineData("a", "subnet-1", "10.0.0.1", new[] { 0 }, "1 to 65535")]
    [InlineData("a", "subnet-1", "10.0.0.1", new[] { 65536 }, "1 to 65535")]
    [InlineData("a", "subnet-1", "10.0.0.1", new[] { 80, 80 }, "once")]
    [InlineData("a", "subnet-1", "10.0.0.1", new[] { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17 }, "1 to 16")]
    public void A_bad_registration_is_refused_with_what_is_wrong_and_changes_nothing(
        string id, string subnet, string address, int[] ports, string says)
    {
        var before = registry.SaveText();
        var answer = registry.Ask(new RegisterServer(id, subnet, address, ports));
        Assert.Equal(400, answer.Status);
        Assert.Contains(says, answer.Message);
        Assert.Equal(before, registry.SaveText());
        Assert.Empty(registry.Calls);
    }

    [Fact]
    public void A_bad_heartbeat_is_refused_and_does_not_renew_the_lease()
    {
        var a = registry.Serve("a", "10.0.0.1", 8080);
        registry.Pass(10);
        Assert.Contains("8080", registry.Beat("a", a.Epoch, (9999, 1)).Message);
        Assert.Equal(400, registry.Beat("a", a.Epoch, (8080, -1)).Status);
        Assert.Equal(404, registry.Beat("b", 1).Status);
        registry.Pass(5);
        Assert.Equal("suspect", registry.Status("a").State);
    }

    [Fact]
    public void A_region_that_is_full_refuses_servers_and_battles_and_its_state_stays_within_its_bound()
    {
        var name = new string('s', 58);
        registry.Pass(TimeSpan.FromTicks(1_234_567)); // Times with all their digits.
        for (var i = 0; i < BattleServerRegistry.MaxServers; i++)
        {
            var answer = registry.Ask(
                new RegisterServer($"{name}{i,6:d6}", $"{name}-subnt", $"100.100.100.{i + 100}", [60080, 60081, 60082]));
            Assert.Equal(200, answer.Status);
        }
        registry.AnswerCalls();
        Assert.Contains($"{BattleServerRegistry.MaxServers} servers", registry.Register("more", "10.0.0.1", 80).Message);
        for (var i = 0; i < 1_200; i++)
            registry.Handle(new AllocateServer(BattleId(i)));
        for (var i = 0; i < BattleServerRegistry.MaxEnded + 10; i++)
            registry.Handle(new ReleaseServer(BattleId(i)));
        for (var i = 2_000; i < 2_500; i++)
            registry.Handle(new AllocateServer(BattleId(i)));
        for (var i = 0; i < BattleServerRegistry.MaxServers; i++)
            registry.Beat($"{name}{i,6:d6}", i + 1, (60080, 1_000_000), (60081, 1_000_000), (60082, 1_000_000));
        Assert.Equal(BattleServerRegistry.MaxWaiting, registry.Status().Waiting);
        Assert.InRange(registry.Saved().Length, StoredBounds.MostBytes / 2, StoredBounds.MostBytes);
        Assert.DoesNotContain(registry.Handle(new Loaded(SessionsLost: false, ScoresLost: true)).Messages, m => m.Durable);

        // As long as a mode's name, the time and a counter can make it.
        static string BattleId(int number) => $"{new string('m', 32)}-19b78e1a2b3-{1_000_000_000_000_000_000 + number}";
    }

    private static bool SameCall(ClosePorts a, ClosePorts b) =>
        (a.ServerId, a.Epoch, a.SubnetId, a.Address) == (b.ServerId, b.Epoch, b.SubnetId, b.Address) && a.Ports.SequenceEqual(b.Ports);
}
