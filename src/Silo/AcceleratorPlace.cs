namespace GameServer.Silo;

/// <summary>The way to battle servers.</summary>
internal sealed record AcceleratorPlace
{
    /// <summary>
    /// The endpoint group of a custom routing accelerator, <c>arn:aws:globalaccelerator::…:accelerator/…/listener/…/endpoint-group/…</c>, whose
    /// subnets the battle servers are in. Not set: players reach them at their own addresses.
    /// </summary>
    public string? EndpointGroupArn { get; init; }

    /// <summary>The control API of a local accelerator. Not set: the service itself.</summary>
    public Uri? Endpoint { get; init; }
}
