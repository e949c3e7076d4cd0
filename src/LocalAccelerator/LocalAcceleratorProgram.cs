using GameServer.Settings;

namespace GameServer.LocalAccelerator;

/// <summary>What the local accelerator can be set to where it is a program of its own.</summary>
public static class LocalAcceleratorProgram
{
    /// <summary>All its settings.</summary>
    public static ProgramSettings Settings { get; } = new(
        "LocalAccelerator",
        """
        Global Accelerator's custom routing on this machine. Ask it with the AWS command line (any credentials will do):
          aws globalaccelerator list-custom-routing-port-mappings-by-destination --endpoint-id subnet-local \
            --destination-address 127.0.0.4 --region us-west-2 --endpoint-url http://127.0.0.1:4566
        """,
        [new("", () => new ProgramOptions { ControlPort = 4566, TrafficDelay = TimeSpan.FromSeconds(2), DeployDelay = TimeSpan.FromSeconds(2) })],
        "LOCAL_ACCELERATOR_", new Dictionary<string, string> { ["subnet"] = "subnets" });
}
