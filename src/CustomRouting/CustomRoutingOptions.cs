namespace GameServer.CustomRouting;

/// <summary>The settings of <see cref="CustomRoutingPortMap"/>.</summary>
public sealed record CustomRoutingOptions
{
    /// <summary>The endpoint group whose subnets the battle servers are in. Its accelerator and listener are part of the ARN.</summary>
    public required string EndpointGroupArn { get; init; }

    /// <summary>
    /// How long one mapping may wait until its rows say ALLOW and the accelerator is deployed; the registry asks again later.
    /// </summary>
    public TimeSpan OpenTimeout { get; init; } = TimeSpan.FromSeconds(90);

    /// <summary>How long to wait before the rows are looked at again; grows by half each time, up to five times this.</summary>
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How often one call is tried when it is throttled or fails for a reason that may pass, the first time included; 1 or more.
    /// </summary>
    public int Attempts { get; init; } = 6;

    /// <summary>
    /// How long one call may take, from its start to the last byte of its answer, above zero; then it counts as not answered.
    /// </summary>
    public TimeSpan CallTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// The longest wait before a second try; doubles with each further one, up to <see cref="LongestBackOff"/>. The actual wait is random
    /// below it.
    /// </summary>
    public TimeSpan FirstBackOff { get; init; } = TimeSpan.FromMilliseconds(400);

    /// <summary>See <see cref="FirstBackOff"/>.</summary>
    public TimeSpan LongestBackOff { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Rows asked for at a time, 1 to 20000. The service's own default of 10 is too few for most servers.</summary>
    public int PageSize { get; init; } = 1000;

    /// <summary>The listener's ARN: the group's ARN is <c>…:accelerator/A/listener/L/endpoint-group/G</c>.</summary>
    public string ListenerArn => Upto("/endpoint-group/");

    /// <summary>The accelerator's ARN.</summary>
    public string AcceleratorArn => Upto("/listener/");

    /// <summary>What is wrong with the ARN and what is allowed; null if nothing is.</summary>
    public string? Problem() => AcceleratorArn.Length == EndpointGroupArn.Length || ListenerArn.Length == EndpointGroupArn.Length
        ? $"EndpointGroupArn is '{EndpointGroupArn}'; it must be arn:aws:globalaccelerator::…:accelerator/…/listener/…/endpoint-group/…" : null;

    private string Upto(string part) =>
        EndpointGroupArn.IndexOf(part, StringComparison.Ordinal) is var at && at >= 0 ? EndpointGroupArn[..at] : EndpointGroupArn;
}
