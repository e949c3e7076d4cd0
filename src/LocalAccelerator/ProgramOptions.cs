using System.ComponentModel.DataAnnotations;

namespace GameServer.LocalAccelerator;

/// <summary>What the accelerator can be set to where it is a program of its own.</summary>
internal sealed record ProgramOptions : LocalAcceleratorOptions
{
    /// <summary>Start with nothing: all is created through the control API.</summary>
    public bool Empty { get; init; }

    /// <summary>The part of all calls that are throttled.</summary>
    [Range(0.0, 1.0)]
    public double Throttle { get; init; }

    /// <summary>The part of all calls that fail with an internal error.</summary>
    [Range(0.0, 1.0)]
    public double Fail { get; init; }

    /// <summary>The same, for the accelerator.</summary>
    public LocalAcceleratorOptions Applied => this with
    {
        ListenerPorts = Empty ? null : ListenerPorts,
        Fault = _ => Random.Shared.NextDouble() is var chance && chance < Throttle ? LocalAcceleratorException.Throttled()
            : chance < Throttle + Fail ? LocalAcceleratorException.Internal() : null,
    };
}
