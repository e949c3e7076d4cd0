using System.Globalization;
using System.Runtime.InteropServices;
using GameServer.LocalAccelerator;
using Microsoft.Extensions.Logging;

const string Help = """
    Global Accelerator's custom routing on this machine.

      --subnet ID=CIDR           a subnet there is, /17 to /28; may be given up to 10 times     (subnet-local=127.0.0.0/28)
      --listener-ports A-B       the accelerator's ports, 16 or more                            (10000-10099)
      --destination-ports A-B    the battle servers' ports                                      (8080-8081)
      --empty                    start with nothing: create it all through the control API
      --control-port P           the control API's port                                         (4566)
      --control-address IP       its address; others than silos must not reach it               (127.0.0.1)
      --ip ADDRESS               an address the accelerator has; may be given twice             (127.0.0.1)
      --dns NAME                 its name                                                       (localhost)
      --region NAME              the endpoint group's region                                    (us-east-2)
      --traffic-delay SECONDS    until an Allow or Deny is seen                                 (2)
      --deploy-delay SECONDS     how long a change is IN_PROGRESS                               (2)
      --throttle RATE            the part of all calls that are throttled, 0 to 1               (0)
      --fail RATE                the part of all calls that fail with an internal error, 0 to 1 (0)
      --seed N                   the same seed gives the same ARNs and mappings                 (1)

    Five addresses of a subnet are reserved, as in any: of 127.0.0.0/28 the battle servers can have 127.0.0.4 to 127.0.0.14.
    Ask it with the AWS command line (any credentials will do):
      aws globalaccelerator list-custom-routing-port-mappings-by-destination --endpoint-id subnet-local \
        --destination-address 127.0.0.4 --region us-west-2 --endpoint-url http://127.0.0.1:4566
    """;

if (args.Contains("--help") || args.Contains("-h"))
{
    Console.WriteLine(Help);
    return 0;
}

LocalAcceleratorOptions options;
try
{
    options = Read(args);
}
catch (Exception wrong) when (wrong is ArgumentException or FormatException or OverflowException)
{
    Console.Error.WriteLine($"{wrong.Message} --help shows what is allowed.");
    return 2;
}

using var loggers = LoggerFactory.Create(logging => logging.AddSimpleConsole(console => console.SingleLine = true));
var stop = new TaskCompletionSource();
using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
try
{
    await using var accelerator = await LocalAcceleratorServer.StartAsync(options, TimeProvider.System, loggers, CancellationToken.None);
    Console.WriteLine($"control API     {accelerator.ControlUri}");
    if (accelerator.EndpointGroupArn is { } group)
        Console.WriteLine($"endpoint group  {group}");
    await stop.Task;
    return 0;
}
catch (Exception problem) when (problem is LocalAcceleratorException or ArgumentException or IOException)
{
    Console.Error.WriteLine(problem.Message);
    return 1;
}

void Stop(PosixSignalContext signal)
{
    signal.Cancel = true;
    stop.TrySetResult();
}

static LocalAcceleratorOptions Read(string[] args)
{
    var subnets = new Dictionary<string, string>();
    var ips = new List<string>();
    var (throttle, fail) = (0.0, 0.0);
    var options = new LocalAcceleratorOptions { ControlPort = 4566, TrafficDelay = TimeSpan.FromSeconds(2), DeployDelay = TimeSpan.FromSeconds(2) };
    for (var i = 0; i < args.Length; i++)
    {
        var name = args[i];
        if (name == "--empty")
        {
            options = options with { ListenerPorts = null };
            continue;
        }
        var value = ++i < args.Length ? args[i] : throw new ArgumentException($"{name} needs a value.");
        switch (name)
        {
            case "--subnet":
                var parts = value.Split('=', 2);
                subnets[parts[0]] = parts.Length == 2 ? parts[1] : throw new ArgumentException($"--subnet {value} is not ID=CIDR.");
                break;
            case "--listener-ports": options = options with { ListenerPorts = Range(name, value) }; break;
            case "--destination-ports": options = options with { DestinationPorts = Range(name, value) }; break;
            case "--control-port": options = options with { ControlPort = (int)Number(name, value, 0, 65535) }; break;
            case "--control-address": options = options with { ControlAddress = value }; break;
            case "--ip": ips.Add(value); break;
            case "--dns": options = options with { Dns = value }; break;
            case "--region": options = options with { Region = value }; break;
            case "--traffic-delay": options = options with { TrafficDelay = TimeSpan.FromSeconds(Number(name, value, 0, 3600)) }; break;
            case "--deploy-delay": options = options with { DeployDelay = TimeSpan.FromSeconds(Number(name, value, 0, 3600)) }; break;
            case "--throttle": throttle = Number(name, value, 0, 1); break;
            case "--fail": fail = Number(name, value, 0, 1); break;
            case "--seed": options = options with { Seed = (int)Number(name, value, 0, int.MaxValue) }; break;
            default: throw new ArgumentException($"There is no option {name}.");
        }
    }
    if (subnets.Count > 0)
        options = options with { Subnets = subnets };
    if (ips.Count > 0)
        options = options with { Ips = ips };
    if (throttle + fail > 0)
    {
        options = options with
        {
            Fault = _ => Random.Shared.NextDouble() is var chance && chance < throttle ? LocalAcceleratorException.Throttled()
                : chance < throttle + fail ? LocalAcceleratorException.Internal() : null,
        };
    }
    return options;
}

static double Number(string name, string value, double least, double most) =>
    double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most ? number
        : throw new ArgumentException($"{name} is {value}; allowed are {least} to {most}.");

static (int From, int To) Range(string name, string value) =>
    value.Split('-') is [var from, var to] && int.TryParse(from, out var a) && int.TryParse(to, out var b) && a >= 1 && a <= b && b <= 65535
        ? (a, b)
        : throw new ArgumentException($"{name} is {value}; it must be two ports, such as 10000-10099.");
