namespace GameServer.Edge.Tests;

public sealed class FrameMeterTests
{
    [Theory]
    [InlineData(0x81, 0, 0)] // A message, however small, costs nothing here.
    [InlineData(0x81, 1000, 0)]
    [InlineData(0x81, 1024, 1)]
    [InlineData(0x81, 32 * 1024, 32)]
    [InlineData(0x82, 70_000, 68)]
    [InlineData(0x80, 5, 0)] // The last fragment of a message is its end.
    [InlineData(0x01, 0, 1)]
    [InlineData(0x00, 0, 1)]
    [InlineData(0x00, 2048, 3)]
    [InlineData(0x89, 0, 1)]
    [InlineData(0x8A, 125, 1)]
    [InlineData(0x88, 2, 1)]
    public void A_frame_costs_the_same_however_its_bytes_arrive(byte first, int length, int tokens)
    {
        byte[] frame = [first, .. LengthOf(length), 1, 2, 3, 4, .. new byte[length]];
        byte[] two = [.. frame, .. frame];
        foreach (var at in (int[])[two.Length, 1, 2, 3, 7, 139, 1000])
        {
            FrameMeter meter = new();
            var cost = 0;
            for (var i = 0; i < two.Length; i += at)
                cost += meter.Weigh(two.AsSpan(i, Math.Min(at, two.Length - i)));
            Assert.Equal(2 * tokens, cost);
        }
    }

    private static byte[] LengthOf(int length) => length switch
    {
        < 126 => [(byte)(0x80 | length)],
        < 65536 => [0x80 | 126, (byte)(length >> 8), (byte)length],
        _ => [0x80 | 127, 0, 0, 0, 0, 0, (byte)(length >> 16), (byte)(length >> 8), (byte)length],
    };
}
