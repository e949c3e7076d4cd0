using System.Text.RegularExpressions;

namespace GameServer.Deploy.Tests;

/// <summary>
/// What containers are told is what the programs know: asked of the programs themselves, started with it. Each is also told one thing that is
/// wrong, so that it says all that is, and ends.
/// </summary>
public sealed partial class SettingsTests
{
    public static TheoryData<string, string> Containers { get; } = new()
    {
        { "services SiloTask", "Silo" },
        { "services GatewayTask", "Gateway" },
        { "compose silo-1", "Silo" },
        { "compose silo-2", "Silo" },
        { "compose gateway-1", "Gateway" },
        { "compose gateway-2", "Gateway" },
        { "image silo", "Silo" },
        { "image gateway", "Gateway" },
        { "image standalone", "Standalone" },
    };

    public static TheoryData<string> BattleServers { get; } = ["battle TaskA", "battle TaskB", "compose battle-server-1", "compose battle-server-2"];

    [Theory, MemberData(nameof(Containers))]
    public async Task A_program_takes_every_setting_of_its_container(string container, string program)
    {
        var environment = Of(container);
        environment["GameServer__DefaultMode"] = "none-such";
        if (container.StartsWith("image ", StringComparison.Ordinal) && program != "Silo")
            environment["Auth__AnyoneMayBeAnyone"] = "true"; // Who runs the image has to decide it.
        var (exitCode, said) = await ProgramRun.ToEndAsync(program, environment);
        Assert.Equal(1, exitCode);
        // A silo that was built without an adapter to AWS knows its settings all the same.
        var problems = said.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Where(line => !line.Contains("was built without it", StringComparison.Ordinal)).ToList();
        Assert.Contains("GameServer:DefaultMode is 'none-such'", Assert.Single(problems));
    }

    [Theory, MemberData(nameof(Containers))]
    public async Task A_program_reads_every_section_of_its_container(string container, string program)
    {
        foreach (var section in Of(container).Keys.Where(name => !Settings.Foreign.Contains(name)).Select(name => name.Split("__")[0]).Distinct())
        {
            var (_, said) = await ProgramRun.ToEndAsync(program, new Dictionary<string, string>(), $"--{section}:NoneSuch=1");
            Assert.Contains($"{section}:NoneSuch is no setting", said);
        }
    }

    [Theory, MemberData(nameof(BattleServers))]
    public async Task A_battle_server_takes_every_setting_of_its_container(string container)
    {
        var environment = Of(container);
        var (_, help) = await ProgramRun.ToEndAsync("BattleServer", new Dictionary<string, string>(), "--help");
        Assert.All(environment.Keys.Where(name => !Settings.Foreign.Contains(name)), name => Assert.True(
            help.Contains(name, StringComparison.Ordinal) || help.Contains($"--{Argument(name)}{Environment.NewLine}", StringComparison.Ordinal),
            $"{name} is no setting of a battle server."));

        // No address of this machine, so that it ends after all its settings were read and found good.
        environment["BATTLE_SERVER_ADDRESS"] = "192.0.2.1";
        var (exitCode, said) = await ProgramRun.ToEndAsync("BattleServer", environment);
        Assert.Equal(1, exitCode);
        Assert.Contains("192.0.2.1:8080 cannot be opened", said);
    }

    [Fact]
    public void Silos_and_gateways_are_told_the_same_of_what_both_must_agree_on()
    {
        var (silo, gateway) = (Of("services SiloTask"), Of("services GatewayTask"));
        foreach (var (name, value) in silo.Where(setting => setting.Key.StartsWith("Cluster__", StringComparison.Ordinal)
            || setting.Key.StartsWith("Redis__", StringComparison.Ordinal) || setting.Key.StartsWith("GameServer__", StringComparison.Ordinal)))
        {
            Assert.Equal(value, gateway[name]);
        }
    }

    [Theory]
    [InlineData("SiloTask", "Silo")]
    [InlineData("GatewayTask", "Gateway")]
    public void A_task_is_killed_after_its_program_has_given_up_stopping_and_not_before(string task, string program)
    {
        var own = Seconds(ShutdownTimeout().Match(Repository.Read($"src/{program}/Program.cs")).Groups[1].Value);
        var stop = Seconds((string)Template.Of("services").Containers().Single(c => c.Task == task).Container["StopTimeout"]!);
        Assert.InRange(stop, own + 30, 120); // Fargate's most.
        Assert.InRange(Seconds(Of("services GatewayTask")["GameServer__Edge__DrainDelay"]), 1, own / 2);
        Assert.Equal($"{stop}s", (string)Compose.Services[program == "Silo" ? "silo-1" : "gateway-1"]!["stop_grace_period"]!);
    }

    [Theory]
    [InlineData("TaskA")]
    [InlineData("TaskB")]
    public void A_battle_server_is_killed_after_it_has_cut_its_battles_and_not_before(string task)
    {
        var extra = Seconds(AfterDraining().Match(Repository.Read("src/BattleServer/Program.cs")).Groups[1].Value);
        var drained = Seconds(Of($"battle {task}")["BATTLE_SERVER_DRAIN_LIMIT"]) + extra;
        var stop = Seconds((string)Template.Of("battle").Containers().Single(c => c.Task == task).Container["StopTimeout"]!);
        Assert.InRange(stop, drained + 1, 120);
    }

    [Fact]
    public void A_gateway_keeps_a_quiet_connection_longer_than_the_load_balancer_does()
    {
        var attributes = Template.Of("services").Properties("LoadBalancer")["LoadBalancerAttributes"]!.AsArray();
        var idle = Seconds((string)attributes.Single(a => (string)a!["Key"]! == "idle_timeout.timeout_seconds")!["Value"]!);
        Assert.InRange(Seconds(Of("services GatewayTask")["GameServer__Connections__IdleTimeout"]), idle + 1, 3600);
    }

    [Fact]
    public void Nobody_can_be_anyone_on_AWS() => Assert.Equal("token", Of("services GatewayTask")["Auth__Mode"]);

    private static Dictionary<string, string> Of(string container) => container.Split(' ') switch
    {
        ["compose", var service] => Compose.Environment(service),
        ["image", var target] => Dockerfile.Target(target).Environment,
        [var template, var task] => Settings.Given(Template.Of(template), task),
        _ => throw new InvalidOperationException(container),
    };

    private static string Argument(string variable) =>
        variable.Replace("BATTLE_SERVER_", "", StringComparison.Ordinal).Replace('_', '-').ToLowerInvariant();

    private static int Seconds(string text) => int.Parse(text, System.Globalization.CultureInfo.InvariantCulture);

    [GeneratedRegex(@"ShutdownTimeout = TimeSpan\.FromSeconds\((\d+)\)")]
    private static partial Regex ShutdownTimeout();

    [GeneratedRegex(@"ShutdownTimeout = options\.DrainLimit \+ TimeSpan\.FromSeconds\((\d+)\)")]
    private static partial Regex AfterDraining();
}
