using System.Text;

namespace GameServer.Edge.Tests;

public sealed class CorkedStreamTests
{
    [Fact]
    public async Task What_is_held_back_leaves_in_one_piece_with_the_next_write()
    {
        await using Pieces transport = new();
        await using CorkedStream stream = new(transport) { Hold = true };

        await stream.WriteAsync("one "u8.ToArray());
        await stream.FlushAsync();
        await stream.WriteAsync("two "u8.ToArray());
        Assert.Empty(transport.Written);
        stream.Hold = false;
        await stream.WriteAsync("three"u8.ToArray());
        await stream.WriteAsync("four"u8.ToArray());

        Assert.Equal(["one two three", "four"], transport.Written);
    }

    [Fact]
    public async Task No_more_than_some_kilobytes_are_held_back()
    {
        await using Pieces transport = new();
        await using CorkedStream stream = new(transport) { Hold = true };

        for (var i = 0; i < 100; i++)
            await stream.WriteAsync(new byte[1000]);

        Assert.True(transport.Written.Count >= 5);
        Assert.All(transport.Written, piece => Assert.InRange(piece.Length, 1000, 17_000));
    }

    private sealed class Pieces : MemoryStream
    {
        public List<string> Written { get; } = [];

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Written.Add(Encoding.UTF8.GetString(buffer.Span));
            return ValueTask.CompletedTask;
        }
    }
}
