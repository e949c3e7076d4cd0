using System.Globalization;
using GameServer.Attack;

switch (args)
{
    case ["run", var server, .. var rest]:
        return await Run.AgainstAsync(server, TimeSpan.FromSeconds(rest is ["--seconds", var seconds] ? int.Parse(seconds, CultureInfo.InvariantCulture) : 60));
    case ["flood", var url, var seconds]:
        await Floods.RunAsync(new(url), TimeSpan.FromSeconds(int.Parse(seconds, CultureInfo.InvariantCulture)));
        return 0;
    default:
        Console.Error.WriteLine("run SERVER.dll [--seconds N]    starts the standalone server, lets 20 battles be fought under all floods, and judges what it did");
        return 2;
}
