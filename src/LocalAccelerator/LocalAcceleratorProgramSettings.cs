using System.ComponentModel.DataAnnotations;

namespace GameServer.LocalAccelerator;

/// <summary>What the accelerator can be set to where it is a program of its own.</summary>
internal sealed record LocalAcceleratorProgramSettings : LocalAcceleratorSettings
{
    /// <summary>The control API is what the program is for.</summary>
    public LocalAcceleratorProgramSettings() => ControlPort = 4566;

    /// <summary>Start with nothing: all is created through the control API.</summary>
    public bool Empty { get; init; }

    /// <summary>The endpoint group's region.</summary>
    public string Region { get; init; } = "us-east-2";

    /// <summary>How long an Allow or Deny takes until it is seen.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan TrafficDelay { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How long the accelerator is IN_PROGRESS after a change.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan DeployDelay { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>The part of all calls that are throttled.</summary>
    [Range(0.0, 1.0)]
    public double Throttle { get; init; }

    /// <summary>The part of all calls that fail with an internal error.</summary>
    [Range(0.0, 1.0)]
    public double Fail { get; init; }

    /// <summary>The same seed gives the same ARNs and mappings.</summary>
    [Range(0, int.MaxValue)]
    public int Seed { get; init; } = 1;

    /// <inheritdoc/>
    public override LocalAcceleratorOptions ToOptions()
    {
        var options = base.ToOptions() with { Region = Region, TrafficDelay = TrafficDelay, DeployDelay = DeployDelay, Seed = Seed };
        if (Empty)
            options = options with { ListenerPorts = null };
        return Throttle + Fail == 0 ? options : options with
        {
            Fault = _ => Random.Shared.NextDouble() is var chance && chance < Throttle ? LocalAcceleratorException.Throttled()
                : chance < Throttle + Fail ? LocalAcceleratorException.Internal() : null,
        };
    }
}
