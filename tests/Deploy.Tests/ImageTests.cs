using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace GameServer.Deploy.Tests;

/// <summary>The images: what they are made of, and that both ways of making them make the same.</summary>
public sealed partial class ImageTests
{
    public static TheoryData<string, string> Programs { get; } = new()
    {
        { "silo", "Silo" }, { "gateway", "Gateway" }, { "standalone", "Standalone" }, { "battle-server", "BattleServer" },
    };

    [Fact]
    public void A_Dockerfile_copies_what_is_there()
    {
        var sent = Repository.Read(".dockerignore").Split('\n').Where(line => line.StartsWith('!')).Select(line => line[1..]).ToHashSet();
        var copies = Dockerfile.Stages.Values.SelectMany(stage => stage.Of("COPY")).ToList();
        foreach (var source in copies.Where(copy => !From().IsMatch(copy)).SelectMany(copy => copy.Split(' ')[..^1]))
        {
            Assert.True(Path.Exists(Repository.PathOf(source)), $"There is no {source}.");
            Assert.Contains(source.TrimEnd('/'), sent);
        }

        var runs = Dockerfile.Stages.Values.SelectMany(stage => stage.Of("RUN"));
        foreach (var project in runs.SelectMany(run => Published().Matches(run)).Select(match => match.Groups[1].Value))
            Assert.True(File.Exists(Repository.PathOf($"{project}/{Path.GetFileName(project)}.csproj")), $"There is no project {project}.");
        foreach (var stage in copies.SelectMany(copy => From().Matches(copy)).Select(match => match.Groups[1].Value))
            Assert.Contains(stage, Dockerfile.Stages.Keys);
    }

    [Fact]
    public void All_that_a_build_imports_is_copied()
    {
        // What is found by going up from a project: the compiler looks there by itself.
        foreach (var file in new[] { "global.json", "Directory.Build.props", "Directory.Packages.props", ".editorconfig" })
            Assert.Contains(Dockerfile.Stages["build"].Of("COPY"), copy => copy.Split(' ').Contains(file));
    }

    [Theory, MemberData(nameof(Programs))]
    public void An_image_runs_its_program_without_a_shell_and_not_as_root(string target, string program)
    {
        var stage = Dockerfile.Target(target);
        Assert.Contains("-chiseled", stage.From);
        Assert.Equal("$APP_UID", Assert.Single(stage.Of("USER")));
        Assert.Equal("SIGTERM", Assert.Single(stage.Of("STOPSIGNAL")));
        Assert.Contains($"--from=build-{target} /app .", stage.Of("COPY"));
        Assert.Contains(
            Dockerfile.Stages[$"build-{target}"].Of("RUN"), run => run.StartsWith($"dotnet publish src/{program} ", StringComparison.Ordinal));
        string[] run = ["dotnet", $"/app/GameServer.{program}.dll"];
        Assert.Equal(run, JsonSerializer.Deserialize<string[]>(Assert.Single(stage.Of("ENTRYPOINT")))!);
        var check = Assert.Single(stage.Of("HEALTHCHECK"));
        Assert.Equal([.. run, "--health"], JsonSerializer.Deserialize<string[]>(check[check.IndexOf('[', StringComparison.Ordinal)..])!);
    }

    [Theory, MemberData(nameof(Programs))]
    public void An_image_is_the_same_without_Docker(string target, string program)
    {
        var (stage, common) = (Dockerfile.Target(target), XDocument.Parse(Repository.Read("src/Image.props")));
        var project = XDocument.Parse(Repository.Read($"src/{program}/{program}.csproj"));
        Assert.Contains(project.Descendants("Import"), import => (string?)import.Attribute("Project") == "../Image.props");
        Assert.Equal(target, (string?)Assert.Single(project.Descendants("ContainerRepository")));
        Assert.Equal(stage.From, (string?)Assert.Single(common.Descendants("ContainerBaseImage")));
        Assert.Equal(
            stage.Environment.Select(pair => (pair.Key, pair.Value)).Order(),
            common.Descendants("ContainerEnvironmentVariable").Concat(project.Descendants("ContainerEnvironmentVariable"))
                .Select(variable => ((string)variable.Attribute("Include")!, (string)variable.Attribute("Value")!)).Order());
    }

    [Fact]
    public void Tasks_run_the_images_with_nothing_to_write_to_and_ask_for_their_health()
    {
        var tasks = Template.All.SelectMany(template => template.Containers()).ToList();
        Assert.Equal(
            ["BattleServer", "BattleServer", "Gateway", "Silo"], tasks.Select(task => ProgramOf(task.Container)).Order(StringComparer.Ordinal));
        foreach (var (_, container) in tasks)
        {
            Assert.Equal("true", (string)container["ReadonlyRootFilesystem"]!);
            string[] check = ["CMD", "dotnet", $"/app/GameServer.{ProgramOf(container)}.dll", "--health"];
            Assert.Equal(check, container["HealthCheck"]!["Command"]!.AsArray().Select(part => (string)part!));
        }

        static string ProgramOf(System.Text.Json.Nodes.JsonObject container) =>
            ((string)container["Image"]!["Fn::Sub"]![1]!["Images"]!["Fn::ImportValue"]!["Fn::Sub"]!)["${Game}-".Length..^"Images".Length];
    }

    [Fact]
    public void Compose_builds_targets_that_are_there_and_lets_none_of_our_programs_write_or_gain_rights()
    {
        var built = Compose.Services.Where(service => service.Value!["build"] is not null).ToList();
        Assert.Equal(
            ["battle-server", "battle-server", "gateway", "gateway", "local-accelerator", "silo", "silo"],
            built.Select(service => (string)service.Value!["build"]!["target"]!).Order(StringComparer.Ordinal));
        foreach (var (_, service) in built)
        {
            Assert.Contains((string)service!["build"]!["target"]!, Dockerfile.Stages.Keys);
            Assert.Equal("deploy/Dockerfile", (string)service["build"]!["dockerfile"]!);
            Assert.Equal("true", (string)service["read_only"]!);
            Assert.Equal("ALL", (string)service["cap_drop"]![0]!);
            Assert.All(service["depends_on"]?.AsObject() ?? [], other => Assert.Contains(other.Key, Compose.Services.Select(s => s.Key)));
        }
    }

    [GeneratedRegex("dotnet publish ([^ ]+)")]
    private static partial Regex Published();

    [GeneratedRegex("--from=([^ ]+)")]
    private static partial Regex From();
}
