using Garnet;

// Takes Garnet's own arguments, such as --port and --lua, and serves until it is killed.
using var server = new GarnetServer(args);
server.Start();
Console.WriteLine("Ready to accept connections");
await Task.Delay(Timeout.Infinite);
