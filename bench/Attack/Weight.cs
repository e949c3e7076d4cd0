using System.Globalization;

namespace GameServer.Attack;

/// <summary>What a server takes of its machine.</summary>
/// <param name="Memory">Resident, in bytes.</param>
/// <param name="Disk">In bytes.</param>
/// <param name="Descriptors">How many are open.</param>
internal sealed record Weight(long Memory, long Disk, int Descriptors)
{
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"memory {Memory >> 20} MB, disk {Disk >> 10} KB, {Descriptors} descriptors");
}
