using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using GameServer.Game;
using GameServer.Grains.Abstractions;

namespace GameServer.Deploy.Tests;

/// <summary>Subnets, ports and security groups, beside what the programs do.</summary>
public sealed class NetworkTests
{
    private static readonly Template Network = Template.Of("network");

    [Fact]
    public void Security_groups_let_pass_what_the_programs_need_and_nothing_else()
    {
        var silo = new SiloPlace();
        var gateway = PortOfGateways();
        (string, string, int)[] needed =
        [
            ("LoadBalancerGroup", "GatewayGroup", gateway),
            ("BattleServerGroup", "GatewayGroup", gateway),
            ("SiloGroup", "SiloGroup", silo.Port),
            ("GatewayGroup", "SiloGroup", silo.GatewayPort),
            ("SiloGroup", "RedisGroup", 6379),
            ("GatewayGroup", "RedisGroup", 6379),
        ];
        Assert.Equal(needed.Order(), Rules("AWS::EC2::SecurityGroupIngress", "SourceSecurityGroupId", "GroupId"));
        Assert.Equal(needed.Order(), Rules("AWS::EC2::SecurityGroupEgress", "GroupId", "DestinationSecurityGroupId"));
    }

    [Theory]
    [InlineData("services", "SiloService", "SiloGroup", "Private")]
    [InlineData("services", "GatewayService", "GatewayGroup", "Private")]
    [InlineData("services", "LoadBalancer", "LoadBalancerGroup", "Public")]
    [InlineData("data", "MemoryDbCluster", "RedisGroup", null)]
    [InlineData("data", "ReplicationGroup", "RedisGroup", null)]
    [InlineData("data", "MemoryDbSubnets", null, "Private")]
    [InlineData("data", "ElastiCacheSubnets", null, "Private")]
    [InlineData("battle", "ServiceA", "BattleServerGroup", "BattleSubnetA")]
    [InlineData("battle", "ServiceB", "BattleServerGroup", "BattleSubnetB")]
    [InlineData("battle", "Machine", "BattleHostGroup", null)]
    [InlineData("battle", "Machines", null, "Battle")]
    public void Each_part_is_in_its_own_group_and_subnets(string template, string resource, string? group, string? subnets)
    {
        var imports = Template.Walk(Template.Of(template).Properties(resource)).OfType<JsonObject>()
            .Select(node => (string?)node["Fn::ImportValue"]?["Fn::Sub"]).OfType<string>().Select(import => import["${Game}-".Length..]).ToList();
        Assert.Equal(group is null ? [] : [group], imports.Where(import => import.EndsWith("Group", StringComparison.Ordinal)));
        Assert.Equal(
            subnets is null ? [] : subnets.Contains("Subnet", StringComparison.Ordinal) ? [subnets] : [$"{subnets}SubnetA", $"{subnets}SubnetB"],
            imports.Where(import => import.Contains("Subnet", StringComparison.Ordinal)));
    }

    [Fact]
    public void Only_the_load_balancer_and_battle_ports_are_open_to_the_world()
    {
        var open = Network.OfType("AWS::EC2::SecurityGroup").SelectMany(group => (group.Properties["SecurityGroupIngress"]?.AsArray() ?? [])
            .Select(rule => $"{group.Name} {rule!["IpProtocol"]} {rule["CidrIp"]} {rule["FromPort"]}-{rule["ToPort"]!.ToJsonString()}"));
        Assert.Equal(
            [
                """BattleServerGroup tcp 0.0.0.0/0 8080-{"Fn::FindInMap":["Ports",{"Ref":"BattlePorts"},"To"]}""",
                """LoadBalancerGroup tcp 0.0.0.0/0 443-"443" """.TrimEnd(),
                """LoadBalancerGroup tcp 0.0.0.0/0 80-"80" """.TrimEnd(),
            ],
            open.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_group_says_what_it_lets_out()
    {
        // One that says nothing lets everything out.
        Assert.All(Network.OfType("AWS::EC2::SecurityGroup"), group => Assert.NotEmpty(group.Properties["SecurityGroupEgress"]!.AsArray()));
        Assert.All(
            Network.OfType("AWS::EC2::SecurityGroup").SelectMany(group => group.Properties["SecurityGroupEgress"]!.AsArray()),
            rule => Assert.True(
                (string)rule!["CidrIp"]! == "127.0.0.1/32" || ((string)rule["FromPort"]!, (string)rule["ToPort"]!) == ("443", "443")));
    }

    [Fact]
    public void Tasks_open_the_ports_that_the_programs_listen_on()
    {
        var silo = new SiloPlace();
        Assert.Equal([silo.Port, silo.GatewayPort], PortsOf("SiloTask"));
        Assert.Equal([PortOfGateways()], PortsOf("GatewayTask"));
        var services = Template.Of("services");
        Assert.Equal(PortOfGateways(), Number(services.Properties("Targets")["Port"]));
        Assert.Equal(PortOfGateways(), Number(services.Properties("GatewayService")["LoadBalancers"]![0]!["ContainerPort"]));
        Assert.EndsWith($":{PortOfGateways()}", (string)services.Outputs["Registry"]!["Value"]!["Fn::Sub"]!, StringComparison.Ordinal);
        Assert.All(
            Template.Of("data").Properties("RedisConnection")["SecretString"]!["Fn::If"]!.AsArray().OfType<JsonObject>(),
            connection => Assert.Contains(":6379,", (string)connection["Fn::Sub"]!));
    }

    [Fact]
    public void Battle_ports_are_as_many_as_is_said_and_follow_each_other_from_the_first()
    {
        var choices = Network.Body["Mappings"]!["Ports"]!.AsObject();
        Assert.Equal(
            Network.Parameters["BattlePorts"]!["AllowedValues"]!.AsArray().Select(value => (string)value!), choices.Select(choice => choice.Key));
        foreach (var (count, choice) in choices)
        {
            var ports = ((string)choice!["List"]!).Split(',').Select(Number).ToArray();
            Assert.Equal(Enumerable.Range(8080, Number(count)), ports);
            Assert.Equal(ports[^1], Number(choice["To"]));
            Assert.InRange(ports.Length, 1, BattleServerRegistry.MaxPortsOfServer);
        }
    }

    [Fact]
    public void The_listeners_ports_are_enough_for_every_address_of_the_battle_subnets_and_every_battle_port()
    {
        var accelerator = Template.Of("accelerator").Properties("Accelerator");
        var battle = Subnets().Where(subnet => subnet.Name.StartsWith("Battle", StringComparison.Ordinal)).ToList();
        Assert.Equal(
            battle.Select(subnet => $"${{Game}}-{subnet.Name}"),
            accelerator["Subnets"]!.AsArray().Select(subnet => (string)subnet!["Fn::ImportValue"]!["Fn::Sub"]!));
        Assert.All(battle, subnet => Assert.InRange(subnet.Network.PrefixLength, 17, 28));

        // Listener ports are given out in blocks, so that a part of them may stay unused: twice as many as addresses times ports are enough.
        var addresses = battle.Sum(subnet => 1 << (32 - subnet.Network.PrefixLength));
        var needed = 2 * addresses * MostBattlePorts();
        var last = Template.Of("accelerator").Parameters["LastListenerPort"]!;
        Assert.InRange(Number(last["MinValue"]) - Number(accelerator["FirstPort"]) + 1, needed, int.MaxValue);
        Assert.InRange(Number(last["Default"]), Number(last["MinValue"]), Number(last["MaxValue"]));
        Assert.Equal(8080, Number(accelerator["FirstBattlePort"]));
    }

    [Fact]
    public void The_battle_servers_there_may_be_have_room_in_their_subnets_and_in_the_registry()
    {
        var parameters = Template.Of("battle").Parameters;
        var inEachZone = Number(parameters["BattleServersInEachZone"]!["MaxValue"]);
        // A new version runs beside the old one; five addresses of a subnet are AWS's own, one the accelerator's, and the machines have some.
        var room = Subnets().Where(subnet => subnet.Name.StartsWith("Battle", StringComparison.Ordinal))
            .Min(subnet => (1 << (32 - subnet.Network.PrefixLength)) - 6 - (Number(parameters["MostMachines"]!["MaxValue"]) / 2));
        Assert.InRange(2 * inEachZone, 1, room);
        Assert.InRange(2 * inEachZone, 1, BattleServerRegistry.MaxServers);
        Assert.InRange(2 * inEachZone * MostBattlePorts(), 1, BattleServerRegistry.MaxPorts);
    }

    [Fact]
    public void Subnets_are_in_the_network_and_apart_from_each_other()
    {
        var subnets = Subnets().ToList();
        var whole = IPNetwork.Parse(Resolved(Network.Properties("Vpc")["CidrBlock"]));
        Assert.All(subnets, subnet => Assert.True(whole.Contains(subnet.Network.BaseAddress)));
        foreach (var (one, other) in subnets.SelectMany(one => subnets.Where(other => other != one).Select(other => (one, other))))
            Assert.False(one.Network.Contains(other.Network.BaseAddress), $"{one.Name} and {other.Name} overlap.");
    }

    private static int MostBattlePorts() => Network.Body["Mappings"]!["Ports"]!.AsObject().Max(choice => Number(choice.Key));

    private static IEnumerable<(string Name, IPNetwork Network)> Subnets() => Network.OfType("AWS::EC2::Subnet")
        .Select(subnet => (subnet.Name, IPNetwork.Parse(Resolved(subnet.Properties["CidrBlock"]))));

    private static string Resolved(JsonNode? block) =>
        ((string)block!["Fn::Sub"]!).Replace("${Network}", (string)Network.Parameters["Network"]!["Default"]!, StringComparison.Ordinal);

    private static int PortOfGateways() => new Uri(Settings.Given(Template.Of("services"), "GatewayTask")["ASPNETCORE_URLS"]).Port;

    private static IEnumerable<int> PortsOf(string task) => Template.Of("services").Containers().Single(container => container.Task == task)
        .Container["PortMappings"]!.AsArray().Select(mapping => Number(mapping!["ContainerPort"]));

    private static IEnumerable<(string From, string To, int Port)> Rules(string type, string from, string to) => Network.OfType(type)
        .Select(rule =>
        {
            Assert.Equal("tcp", (string)rule.Properties["IpProtocol"]!);
            Assert.Equal(Number(rule.Properties["FromPort"]), Number(rule.Properties["ToPort"]));
            return ((string)rule.Properties[from]!["Ref"]!, (string)rule.Properties[to]!["Ref"]!, Number(rule.Properties["FromPort"]));
        }).Order();

    private static int Number(JsonNode? node) => Number((string)node!);

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
