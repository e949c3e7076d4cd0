using System.Collections.Concurrent;
using GameServer.Game;
using Microsoft.Extensions.Logging;

namespace GameServer.CustomRouting;

/// <summary>
/// The port map by Global Accelerator's custom routing. Its rules:
/// <list type="bullet">
/// <item>A mapping never changes, so one that was seen is never looked up again. It is never computed: its order is not predictable.</item>
/// <item>Everything is denied until it is allowed, and an Allow takes effect some time after the call. A port is open when its row says
/// ALLOW and the accelerator is deployed; that is waited for here, once, at registration, and never when players are matched.</item>
/// <item>One subnet can be behind several accelerators. Only rows of the configured endpoint group count.</item>
/// <item>A call for a server that was registered before another one at the same port does nothing: epochs grow over the region, so
/// a call that comes late cannot open or shut the door of a newer server.</item>
/// <item>The same call at the same time is made once, and all who wait for the accelerator share one look at it.</item>
/// </list>
/// Safe for use by many threads. It remembers the addresses that registered servers named.
/// </summary>
public sealed partial class CustomRoutingPortMap : IPortMap
{
    private readonly CustomRoutingOptions options;
    private readonly IGlobalAcceleratorApi api;
    private readonly TimeProvider time;
    private readonly ILogger<CustomRoutingPortMap> log;
    private readonly ConcurrentDictionary<(string Subnet, string Address), Host> hosts = new();
    private readonly Lock describing = new();
    private Task<AcceleratorDescription>? description;

    /// <summary>A port map for one endpoint group.</summary>
    /// <exception cref="ArgumentException">The settings are wrong.</exception>
    public CustomRoutingPortMap(
        CustomRoutingOptions options, IGlobalAcceleratorApi api, TimeProvider time, ILogger<CustomRoutingPortMap> log)
    {
        if (options.Problem() is { } problem)
            throw new ArgumentException(problem, nameof(options));
        this.options = options;
        this.api = api;
        this.time = time;
        this.log = log;
    }

    /// <inheritdoc/>
    public Task<Message> MapAsync(MapPorts call, CancellationToken cancellationToken)
    {
        if (call.Ports.Count == 0)
            return Task.FromResult<Message>(NotMapped(call, $"{call.Address} names no port; to Global Accelerator that means all.", final: true));
        var host = HostOf(call.SubnetId, call.Address);
        lock (host)
        {
            // The registry asks again when it has waited long; that must not start a second look beside the first.
            if (host.Mapping is { IsCompleted: false } running && host.MappingFor == (call.ServerId, call.Epoch)
                && call.Ports.All(host.MappingPorts.Contains))
                return running.WaitAsync(cancellationToken);
            host.MappingFor = (call.ServerId, call.Epoch);
            host.MappingPorts = [.. call.Ports];
            // Not cancelled with the first who asks: others wait for it too, and the options bound how long it takes.
            host.Mapping = OpenAsync(host, call, CancellationToken.None);
            return host.Mapping.WaitAsync(cancellationToken);
        }
    }

    /// <inheritdoc/>
    public async Task<PortsClosed?> CloseAsync(ClosePorts call, CancellationToken cancellationToken)
    {
        var host = HostOf(call.SubnetId, call.Address);
        await host.Gate.WaitAsync(cancellationToken);
        try
        {
            var ports = call.Ports.Where(p => host.TakeToClose(p, call.Epoch)).ToList();
            if (ports.Count > 0)
                await DenyAsync(call.SubnetId, call.Address, ports, cancellationToken);
            return new(call.ServerId, call.Epoch);
        }
        catch (GlobalAcceleratorException failure)
        {
            LogNotClosed(call.ServerId, call.Address, failure.Message);
            return null;
        }
        finally
        {
            host.Gate.Release();
        }
    }

    /// <inheritdoc/>
    public async Task CloseOthersAsync(IReadOnlyCollection<MapPorts> known, CancellationToken cancellationToken)
    {
        var explained = known.SelectMany(m => m.Ports.Select(p => (m.SubnetId, m.Address, p))).ToHashSet();
        var orphans = new Dictionary<(string Subnet, string Address), List<int>>();
        try
        {
            // One list of everything instead of one for each server: all mappings are known after this.
            await foreach (var row in PagesAsync((token, cancel) => api.ListAsync(
                options.AcceleratorArn, options.EndpointGroupArn, options.PageSize, token, cancel), cancellationToken))
            {
                HostOf(row.EndpointId, row.Address).Outside[row.Port] = row.OutsidePort;
                if (!row.Allowed || explained.Contains((row.EndpointId, row.Address, row.Port)))
                    continue;
                if (!orphans.TryGetValue((row.EndpointId, row.Address), out var ports))
                    orphans[(row.EndpointId, row.Address)] = ports = [];
                ports.Add(row.Port);
            }
            foreach (var ((subnet, address), ports) in orphans)
            {
                var host = HostOf(subnet, address);
                await host.Gate.WaitAsync(cancellationToken);
                try
                {
                    // A server may have registered since the list was read.
                    var still = ports.Where(host.IsUntouched).ToList();
                    if (still.Count == 0)
                        continue;
                    await DenyAsync(subnet, address, still, cancellationToken);
                    LogOrphan(subnet, address, string.Join(", ", still));
                }
                finally
                {
                    host.Gate.Release();
                }
            }
        }
        catch (GlobalAcceleratorException failure)
        {
            // What is left open leads to an address where no server is registered; the next start tries again.
            LogOrphansLeft(failure.Message);
        }
    }

    private async Task<Message> OpenAsync(Host host, MapPorts call, CancellationToken cancellationToken)
    {
        // The caller holds a lock until the first wait; nothing below may run under it.
        await Task.Yield();
        try
        {
            await host.Gate.WaitAsync(cancellationToken);
            try
            {
                if (!host.TakeToOpen(call.Ports, call.Epoch))
                    return NotMapped(call, $"The ports of {call.Address} belong to a newer registration, or were closed.", final: false);
                await TryAsync(
                    cancel => api.AllowAsync(options.EndpointGroupArn, call.SubnetId, call.Address, call.Ports, cancel), cancellationToken);
            }
            finally
            {
                host.Gate.Release();
            }
            return await WaitUntilOpenAsync(host, call, cancellationToken);
        }
        catch (GlobalAcceleratorException failure)
        {
            LogNotMapped(call.ServerId, call.Address, failure.Message);
            return NotMapped(
                call, failure.IsFinal ? await ExplainAsync(call, failure, cancellationToken) : failure.Message, failure.IsFinal);
        }
    }

    private async Task<Message> WaitUntilOpenAsync(Host host, MapPorts call, CancellationToken cancellationToken)
    {
        var began = time.GetTimestamp();
        var interval = options.PollInterval;
        while (true)
        {
            var open = new HashSet<int>();
            await foreach (var row in PagesAsync((token, cancel) => api.ListByDestinationAsync(
                call.SubnetId, call.Address, options.PageSize, token, cancel), cancellationToken))
            {
                if (row.EndpointGroupArn != options.EndpointGroupArn || row.AcceleratorArn != options.AcceleratorArn)
                    continue;
                host.Outside[row.Port] = row.OutsidePort;
                if (row.Allowed)
                    open.Add(row.Port);
            }
            var shut = call.Ports.Where(p => !open.Contains(p)).ToList();
            var accelerator = shut.Count == 0 ? await DescribeAsync(cancellationToken) : null;
            if (!host.Holds(call.Ports, call.Epoch))
                return NotMapped(call, $"The ports of {call.Address} were closed, or belong to a newer registration.", final: false);
            if (accelerator is { Deployed: true })
                return new PortsMapped(call.ServerId, call.Epoch,
                    [.. call.Ports.Select(p => new PortMapping(p, accelerator.Dns, accelerator.Ips, host.Outside[p]))]);
            if (time.GetElapsedTime(began) + interval > options.OpenTimeout)
                return NotMapped(call, $"After {options.OpenTimeout.TotalSeconds:0} seconds "
                    + (shut.Count > 0
                        ? $"no row allows traffic to {call.Address}:{string.Join(", ", shut)}."
                        : "the accelerator is not deployed yet."), final: false);
            await Task.Delay(interval * (0.8 + (0.4 * Random.Shared.NextDouble())), time, cancellationToken);
            interval = Shorter(interval * 1.5, options.PollInterval * 5);
        }
    }

    /// <summary>One look at the accelerator, shared by all who wait for it now.</summary>
    private Task<AcceleratorDescription> DescribeAsync(CancellationToken cancellationToken)
    {
        lock (describing)
        {
            if (description is null or { IsCompleted: true })
                // Not cancelled with the first who asks: others wait for it too.
                description = TryAsync(cancel => api.DescribeAsync(options.AcceleratorArn, cancel), CancellationToken.None);
            return description.WaitAsync(cancellationToken);
        }
    }

    private async Task DenyAsync(string subnet, string address, List<int> ports, CancellationToken cancellationToken)
    {
        try
        {
            await TryAsync(cancel => api.DenyAsync(options.EndpointGroupArn, subnet, address, ports, cancel), cancellationToken);
        }
        catch (GlobalAcceleratorException failure) when (failure.IsFinal)
        {
            // Where there is no such door, none is open. But one wrong port makes the service refuse them all: try each.
            if (ports.Count == 1)
                LogNoDoor(subnet, address, ports[0], failure.Message);
            else
                foreach (var port in ports)
                    await DenyAsync(subnet, address, [port], cancellationToken);
        }
    }

    /// <summary>Says what is wrong for good in a way that the one who set up the accelerator can act on.</summary>
    private async Task<string> ExplainAsync(MapPorts call, GlobalAcceleratorException failure, CancellationToken cancellationToken)
    {
        RoutingCapacity capacity;
        try
        {
            capacity = await TryAsync(
                cancel => api.CapacityAsync(options.ListenerArn, options.EndpointGroupArn, cancel), cancellationToken);
        }
        catch (GlobalAcceleratorException second)
        {
            LogNotMapped(call.ServerId, call.Address, second.Message);
            return failure.Message;
        }
        var servers = hosts.Count(h => h.Value.Wanted > 0);
        var most = hosts.Values.Max(h => h.Wanted);
        var arithmetic = servers * most > capacity.ListenerPorts
            ? $"{capacity.ListenerPorts} listener ports cannot carry {servers} servers × {most} ports = {servers * most}; extend the listener's port range."
            : $"The listener has {capacity.ListenerPorts} ports, and every address of a subnet takes {capacity.DestinationPortCount} "
                + $"(destination ports {capacity.DestinationPorts}): a /28 needs 16 × {capacity.DestinationPortCount} = {16 * capacity.DestinationPortCount}.";
        return $"{failure.Message} {call.Address} with ports {string.Join(", ", call.Ports)} in {call.SubnetId} cannot be reached through "
            + $"{options.EndpointGroupArn}. {arithmetic}";
    }

    private async IAsyncEnumerable<T> PagesAsync<T>(
        Func<string?, CancellationToken, Task<Page<T>>> ask,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string? token = null;
        do
        {
            var at = token;
            var page = await TryAsync(cancel => ask(at, cancel), cancellationToken);
            foreach (var row in page.Rows)
                yield return row;
            token = page.NextToken;
        }
        while (!string.IsNullOrEmpty(token));
    }

    private async Task TryAsync(Func<CancellationToken, Task> call, CancellationToken cancellationToken) => await TryAsync(async cancel =>
    {
        await call(cancel);
        return true;
    }, cancellationToken);

    /// <summary>
    /// Tries a call again that was throttled or failed for a reason that may pass, after a random wait below a growing bound.
    /// </summary>
    private async Task<T> TryAsync<T>(Func<CancellationToken, Task<T>> call, CancellationToken cancellationToken)
    {
        var bound = options.FirstBackOff;
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await InTimeAsync(call, cancellationToken);
            }
            catch (GlobalAcceleratorException failure) when (!failure.IsFinal && attempt < options.Attempts)
            {
                LogTryAgain(attempt, failure.Message);
            }
            await Task.Delay(bound * Random.Shared.NextDouble(), time, cancellationToken);
            bound = Shorter(bound * 2, options.LongestBackOff);
        }
    }

    /// <summary>
    /// One call with one deadline around all of it, the reading of its answer too: a call that never ended would hold its address for ever.
    /// </summary>
    private async Task<T> InTimeAsync<T>(Func<CancellationToken, Task<T>> call, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(options.CallTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            return await call(either.Token);
        }
        catch (OperationCanceledException late) when (deadline.IsCancellationRequested)
        {
            throw new GlobalAcceleratorException(
                GlobalAcceleratorException.Unreachable, $"No whole answer within {options.CallTimeout.TotalSeconds:0.#} seconds.", late);
        }
    }

    private Host HostOf(string subnet, string address) => hosts.GetOrAdd((subnet, address), _ => new());

    private static TimeSpan Shorter(TimeSpan a, TimeSpan b) => a < b ? a : b;

    private static PortsNotMapped NotMapped(MapPorts call, string reason, bool final) => new(call.ServerId, call.Epoch, reason, final);

    [LoggerMessage(LogLevel.Information, "Global Accelerator, attempt {Attempt}: {Problem} Trying again.")]
    private partial void LogTryAgain(int attempt, string problem);

    [LoggerMessage(LogLevel.Warning, "The ports of {ServerId} at {Address} are not mapped: {Problem}")]
    private partial void LogNotMapped(string serverId, string address, string problem);

    [LoggerMessage(LogLevel.Warning, "The ports of {ServerId} at {Address} are not closed yet: {Problem}")]
    private partial void LogNotClosed(string serverId, string address, string problem);

    [LoggerMessage(LogLevel.Information, "Nothing to close at {Subnet} {Address}:{Port}: {Problem}")]
    private partial void LogNoDoor(string subnet, string address, int port, string problem);

    [LoggerMessage(LogLevel.Warning, "Closed ports that no registered server explains, at {Subnet} {Address}: {Ports}")]
    private partial void LogOrphan(string subnet, string address, string ports);

    [LoggerMessage(LogLevel.Error, "Open ports that no server explains may be left: {Problem}")]
    private partial void LogOrphansLeft(string problem);

    /// <summary>What is known of one address.</summary>
    private sealed class Host
    {
        private readonly ConcurrentDictionary<int, (long Epoch, bool Open)> doors = new();

        /// <summary>One call that changes this address at a time, so that calls take effect in the order of their checks.</summary>
        public SemaphoreSlim Gate { get; } = new(1);

        /// <summary>Outside ports by port; they never change.</summary>
        public ConcurrentDictionary<int, int> Outside { get; } = new();

        /// <summary>The mapping that runs; it and the next two are guarded by a lock on this object.</summary>
        public Task<Message>? Mapping { get; set; }

        public (string ServerId, long Epoch) MappingFor { get; set; }

        public HashSet<int> MappingPorts { get; set; } = [];

        /// <summary>How many ports are asked for here and were not closed since.</summary>
        public int Wanted => doors.Values.Count(door => door.Open);

        /// <summary>Takes the doors for this epoch, unless a newer one has or they were closed since. Call it with the gate held.</summary>
        public bool TakeToOpen(IReadOnlyList<int> ports, long epoch)
        {
            if (ports.Any(p => doors.TryGetValue(p, out var door) && (door.Epoch > epoch || (door.Epoch == epoch && !door.Open))))
                return false;
            foreach (var port in ports)
                doors[port] = (epoch, true);
            return true;
        }

        /// <summary>Whether the door is there to close for this epoch; a newer one's is not. Call it with the gate held.</summary>
        public bool TakeToClose(int port, long epoch)
        {
            if (doors.TryGetValue(port, out var door) && door.Epoch > epoch)
                return false;
            doors[port] = (epoch, false);
            return true;
        }

        public bool Holds(IReadOnlyList<int> ports, long epoch) =>
            ports.All(p => doors.TryGetValue(p, out var door) && door == (epoch, true));

        public bool IsUntouched(int port) => !doors.ContainsKey(port);
    }
}
