using System.Globalization;
using GameServer.Attack;

switch (args)
{
    case ["run", var server]:
        return await Run.AgainstAsync(server, TimeSpan.FromSeconds(60));
    case ["run", var server, "--seconds", var seconds]:
        return await Run.AgainstAsync(server, Seconds(seconds));
    case ["flood", var url, var seconds]:
        await Floods.RunAsync(new(url), Seconds(seconds));
        return 0;
    default:
        Console.Error.WriteLine("run SERVER.dll [--seconds N]    starts the standalone server, lets 20 battles be fought under all floods, and judges what it did");
        return 2;
}

static TimeSpan Seconds(string text) => TimeSpan.FromSeconds(int.Parse(text, CultureInfo.InvariantCulture));
