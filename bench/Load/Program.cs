using GameServer.Load;

return args switch
{
    ["relay", var url] => await Relay.RunAsync(url),
    ["load", var url, .. var rest] => await Commands.LoadAsync(url, rest),
    ["compare", var server, .. var rest] => await Commands.CompareAsync(server, rest),
    _ => Commands.Usage(),
};
