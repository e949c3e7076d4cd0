using GameServer.Hosting;
using Microsoft.Extensions.Configuration;

namespace GameServer.Settings.Tests;

/// <summary>What all programs do alike.</summary>
public sealed class ProgramTests
{
    [Fact]
    public async Task The_document_says_what_the_programs_know()
    {
        var (path, made) = (Path.Combine(Programs.Repository, "docs/settings.md"), SettingsDocument.Make());
        if (Environment.GetEnvironmentVariable("UPDATE_DOCS") is { Length: > 0 })
            await File.WriteAllTextAsync(path, made);
        Assert.Equal(made, await File.ReadAllTextAsync(path));
    }

    [Theory]
    [MemberData(nameof(Programs.Names), MemberType = typeof(Programs))]
    public void Each_setting_has_a_meaning_and_a_default_that_is_allowed(string name)
    {
        foreach (var setting in Programs.Of(name).All)
        {
            Assert.True(setting.Meaning.Length > 0, $"{setting.Name} has no comment");
            Assert.DoesNotContain('<', setting.Meaning);
            var written = new ConfigurationBuilder().AddInMemoryCollection([new(setting.Name, setting.Default.Split(';')[0])]).Build();
            if (!setting.IsNeeded && setting.Default.Length > 0)
                Assert.Null(setting.Read(written.GetSection(setting.Name), setting.Section.Defaults(), ""));
        }
    }

    [Theory]
    [MemberData(nameof(Programs.Names), MemberType = typeof(Programs))]
    public async Task Help_shows_each_setting_with_its_default_what_is_allowed_and_its_meaning(string name)
    {
        var (exitCode, output, errors) = await Programs.RunAsync(name, "--help");
        Assert.Equal((0, ""), (exitCode, errors));
        Assert.Equal(output, (await Programs.RunAsync(name, "--urls", "nonsense", "--help")).Output);
        var shown = InOneLine(output);
        foreach (var setting in Programs.Of(name).All)
        {
            var names = setting.IsSecret ? $"{setting.Variable} (a secret: no argument)" : $"--{setting.Name}";
            var usual = setting.IsNeeded ? "Needed." : $"Default: {(setting.Default.Length > 0 ? setting.Default : "none")}.";
            var allowed = setting.Allowed.Length > 0 ? $" Allowed: {setting.Allowed}." : "";
            Assert.Contains(InOneLine($"{names} {setting.Meaning} {usual}{allowed}"), shown, StringComparison.Ordinal);
        }
    }

    [Theory]
    [MemberData(nameof(Programs.Names), MemberType = typeof(Programs))]
    public async Task Version_shows_the_programs_name_and_version(string name)
    {
        var (exitCode, output, errors) = await Programs.RunAsync(name, "--version");
        Assert.Equal((0, ""), (exitCode, errors));
        Assert.Matches($@"^GameServer\.{name} \d+\.\d+\.\d+\n$", output);
    }

    [Theory]
    [MemberData(nameof(Programs.Names), MemberType = typeof(Programs))]
    public async Task A_start_with_a_wrong_argument_ends_with_1_and_one_line(string name)
    {
        var program = Programs.Of(name);
        foreach (var (argument, told) in new[]
        {
            ("--bogus=1", "'--bogus=1' is not known; allowed are --"),
            ("bogus", "'bogus' is not known; allowed are --"),
            ($"--{program.All.First(setting => setting.Variable != setting.Name).Variable}=1", "is not known; allowed are --"),
            ($"--{program.All.First(setting => !setting.IsSecret && !setting.IsFlag).Name}", "has no value"),
        })
        {
            var (exitCode, output, errors) = await Programs.RunAsync(name, argument);
            Assert.Equal((1, ""), (exitCode, output));
            Assert.StartsWith("Cannot start: ", errors, StringComparison.Ordinal);
            Assert.Contains(told, errors, StringComparison.Ordinal);
            Assert.Single(errors.TrimEnd().Split('\n'));
        }
    }

    [Theory]
    [MemberData(nameof(Programs.Names), MemberType = typeof(Programs))]
    public async Task A_secret_is_no_argument(string name)
    {
        foreach (var secret in Programs.Of(name).All.Where(setting => setting.IsSecret))
        {
            var (exitCode, _, errors) = await Programs.RunAsync(name, $"--{secret.Name}=hidden");
            Assert.Equal(1, exitCode);
            Assert.StartsWith($"Cannot start: '--{secret.Name}' is a secret", errors, StringComparison.Ordinal);
            Assert.Contains($"Set {secret.Variable} in the environment", errors, StringComparison.Ordinal);
            Assert.DoesNotContain("hidden", errors, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Each_section_of_each_program_is_one_that_can_be_misspelt()
    {
        var sections = Programs.All.SelectMany(program => program.Sections).Select(section => section.Path.Split(':')[0]);
        Assert.Equal(sections.Where(path => path.Length > 0).Append("Kestrel").Append("Logging").Distinct().Order(), Misspelt.Sections.Order());
    }

    [Theory]
    [InlineData("GameServer:Modes:ranked:RoomSize", "GameServer:Modes:NAME:RoomSize")]
    [InlineData("GameServer__Modes__ranked__RoomSize", "GameServer:Modes:NAME:RoomSize")]
    [InlineData("GameServer__Edge__CorsOrigins__0", "GameServer:Edge:CorsOrigins")]
    [InlineData("ASPNETCORE_URLS", "urls")]
    [InlineData("GameServer__Edge__QueueFrames__0", null)]
    [InlineData("GameServer__Edge__Bogus", null)]
    [InlineData("GameServer__Edge", null)]
    public void A_setting_is_found_by_its_name_and_by_its_variable(string name, string? found) =>
        Assert.Equal(found, GatewaySettings.Find(name)?.Name);

    private static ProgramSettings GatewaySettings => Programs.Of("Gateway");

    private static string InOneLine(string text) => string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
}
