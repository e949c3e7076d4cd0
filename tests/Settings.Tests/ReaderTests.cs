using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Net;
using Microsoft.Extensions.Configuration;

namespace GameServer.Settings.Tests;

/// <summary>How settings are read.</summary>
public sealed class ReaderTests
{
    private static readonly ProgramSettings Program = new(
        "Test", "", [new("Top", () => new Top()), new("Top:Named:NAME", () => new Named())], null, null, "Top:Elsewhere");

    private static readonly ProgramSettings Flat = new(
        "Flat", "", [new("", () => new Top())], "FLAT_TEST_", new Dictionary<string, string> { ["one"] = "numbers" });

    public enum Choice
    {
        First,
        SecondOne,
    }

    [Theory]
    [InlineData("90", "00:01:30")]
    [InlineData("1.5", "00:00:01.5")]
    [InlineData("00:02:00", "00:02:00")]
    public void A_time_is_seconds_or_hours_minutes_and_seconds(string written, string time) =>
        Assert.Equal(TimeSpan.Parse(time, CultureInfo.InvariantCulture), Read(("Top:Time", written)).Time);

    [Fact]
    public void Several_values_stand_below_the_setting_or_in_one_text()
    {
        Assert.Equal(["a", "b"], Read(("Top:Texts:0", "a"), ("Top:Texts:1", "b")).Texts);
        Assert.Equal(["a", "b"], Read(("Top:Texts", "a, b")).Texts);
        Assert.Empty(Read(("Top:Texts", "")).Texts!);
        Assert.Null(Read().Texts);
        Assert.Equal([IPNetwork.Parse("10.0.0.7/32"), IPNetwork.Parse("fd00::/8")], Read(("Top:Networks", "10.0.0.7,fd00::/8")).Networks);
        Assert.Equal(new() { ["a"] = "1", ["b"] = "2=3" }, Read(("Top:Pairs:a", "1"), ("Top:Pairs:b", "2=3")).Pairs.ToDictionary());
        Assert.Equal(new() { ["a"] = "1", ["b"] = "2=3" }, Read(("Top:Pairs", "a=1,b=2=3")).Pairs.ToDictionary());
    }

    [Fact]
    public void What_is_not_set_and_may_be_nothing_can_be_left_empty()
    {
        var read = Read(("Top:Maybe", ""), ("Top:Address", ""), ("Top:Choice", "secondone"));
        Assert.Equal((null, null, Choice.SecondOne), (read.Maybe, read.Address, read.Choice));
    }

    [Theory]
    [InlineData("Top:Number", "x", "Top:Number is 'x'; allowed are whole numbers.")]
    [InlineData("Top:Number", "", "Top:Number is ''; allowed are whole numbers.")]
    [InlineData("Top:Number", "11", "Top:Number is 11; allowed are 1 to 10.")]
    [InlineData("Top:Time", "soon", "Top:Time is 'soon'; allowed are times as hh:mm:ss or a number of seconds.")]
    [InlineData("Top:Time", "1e300", "Top:Time is '1e300'; allowed are times as hh:mm:ss or a number of seconds.")]
    [InlineData("Top:Time", "601", "Top:Time is 00:10:01; allowed are 00:00:00.5 to 00:10:00.")]
    [InlineData("Top:Part", "NaN", "Top:Part is 'NaN'; allowed are numbers.")]
    [InlineData("Top:Yes", "1", "Top:Yes is '1'; allowed are true and false.")]
    [InlineData("Top:Choice", "1", "Top:Choice is '1'; allowed are first and secondone.")]
    [InlineData("Top:Address", "ftp://x", "Top:Address is 'ftp://x'; allowed is a URL such as http://localhost:8080.")]
    [InlineData("Top:Ports", "90-80", "Top:Ports is '90-80'; allowed are two ports from 1 to 65535, such as 10000-10099.")]
    [InlineData("Top:Numbers", "1,x", "Top:Numbers holds 'x'; allowed are whole numbers.")]
    [InlineData("Top:Networks:0", "host", "Top:Networks holds 'host'; allowed are addresses such as 10.0.0.7 and networks such as 10.0.0.0/8.")]
    [InlineData("Top:Pairs", "a", "Top:Pairs holds 'a'; allowed are pairs such as NAME=TEXT,NAME=TEXT.")]
    [InlineData("Top:Form", "", "Top:Form is ''; allowed is one letter.")]
    [InlineData("Top:ApiKey", "short", "Top:ApiKey has 5 bytes; it must have 16 or more, such as the output of openssl rand -hex 32.")]
    [InlineData("Top:Bogus", "1", "Top:Bogus is no setting; allowed in Top are Named, Elsewhere, Number,")]
    [InlineData("Top:Named:x:Bogus", "1", "Top:Named:x:Bogus is no setting; allowed in Top:Named:x are Number.")]
    [InlineData("Top:Named:x:Number", "0", "Top:Named:x:Number is 0; allowed are 1 to 10.")]
    public void What_is_wrong_is_told_with_what_is_allowed(string name, string value, string told)
    {
        var problem = Assert.Throws<SettingsException>(() => Read((name, value), ("Top:Elsewhere:Any", "1"))).Message;
        Assert.StartsWith(told, problem, StringComparison.Ordinal);
    }

    [Fact]
    public void All_that_is_wrong_is_told_at_once() => Assert.Equal(
        2, Assert.Throws<SettingsException>(() => Read(("Top:Number", "x"), ("Top:Yes", "x"))).Message.Split(Environment.NewLine).Length);

    [Fact]
    public void Words_are_arguments_and_variables_and_arguments_win()
    {
        Environment.SetEnvironmentVariable("FLAT_TEST_NUMBER", "3");
        Environment.SetEnvironmentVariable("FLAT_TEST_TWO_WORDS", "from the environment");
        var read = new SettingsReader(Flat.Configure(["--number", "4", "--one=1", "--one", "2", "--yes", "--part=0.5"]), Flat).Read<Top>();
        Assert.Equal((4, "from the environment", true, 0.5), (read.Number, read.TwoWords, read.Yes, read.Part));
        Assert.Equal([1, 2], read.Numbers);
    }

    private static Top Read(params (string Name, string Value)[] settings)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(settings.ToDictionary(one => one.Name, one => (string?)one.Value));
        SettingsReader reader = new(configuration.Build(), Program);
        var read = reader.Read<Top>();
        reader.ReadNamed(_ => new Named());
        reader.ThrowIfAnythingIsWrong();
        return read;
    }

    private sealed record Top
    {
        [Range(1, 10)]
        public int Number { get; init; } = 2;

        [Range(typeof(TimeSpan), "00:00:00.5", "00:10:00")]
        public TimeSpan Time { get; init; } = TimeSpan.FromSeconds(1);

        public double Part { get; init; }

        public bool Yes { get; init; }

        public Choice Choice { get; init; }

        public int? Maybe { get; init; }

        public Uri? Address { get; init; }

        public (int From, int To) Ports { get; init; } = (1, 2);

        public IReadOnlyList<string>? Texts { get; init; }

        public IReadOnlyList<int> Numbers { get; init; } = [];

        public IReadOnlyList<IPNetwork> Networks { get; init; } = [];

        public IReadOnlyDictionary<string, string> Pairs { get; init; } = new Dictionary<string, string>();

        [RegularExpression("^[a-z]$", ErrorMessage = "allowed is one letter")]
        public string Form { get; init; } = "a";

        public string TwoWords { get; init; } = "";

        [Secret(16)]
        public string? ApiKey { get; init; }
    }

    private sealed record Named
    {
        [Range(1, 10)]
        public int Number { get; init; } = 1;
    }
}
