using System.Buffers;
using System.Runtime.CompilerServices;

namespace GameServer.Edge;

/// <summary>
/// Stands between a WebSocket and its transport so that frames that piled up leave together: while <see cref="Hold"/> is set, what is
/// written is kept back, and goes out in one piece with the first write after it was cleared.
/// What is read it passes on, and tells its <see cref="Meter"/> of.
/// The WebSocket never writes two frames at a time (it has a lock of its own, for pings too), so nothing here needs one.
/// </summary>
internal sealed class CorkedStream(Stream transport) : Stream
{
    // Above this, holding back more saves nothing.
    private const int MaxHeld = 16 * 1024;

    private byte[] held = [];
    private int length;
    private volatile bool hold;

    /// <summary>Whether what is written is kept back. Set it only if another write follows.</summary>
    public bool Hold
    {
        get => hold;
        set => hold = value;
    }

    /// <summary>Who watches the reading. Set it before the first read.</summary>
    public IReadMeter? Meter { get; set; }

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (length == 0 && !hold)
            return transport.WriteAsync(buffer, cancellationToken);
        Keep(buffer.Span);
        return hold && length < MaxHeld ? ValueTask.CompletedTask : WriteHeldAsync(cancellationToken);
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task FlushAsync(CancellationToken cancellationToken) =>
        hold ? Task.CompletedTask : transport.FlushAsync(cancellationToken);

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (Meter is not { } meter)
            return await transport.ReadAsync(buffer, cancellationToken);
        await meter.BeforeReadAsync();
        var reading = transport.ReadAsync(buffer, cancellationToken);
        var waited = !reading.IsCompleted;
        var count = await reading;
        meter.Took(buffer.Span[..count], waited);
        return count;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("Nothing here may block.");

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("Nothing here may block.");

    public override void Flush() => throw new NotSupportedException("Nothing here may block.");

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            transport.Dispose();
        base.Dispose(disposing);
    }

    private void Keep(ReadOnlySpan<byte> bytes)
    {
        if (held.Length < length + bytes.Length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(length + bytes.Length, 4096));
            held.AsSpan(0, length).CopyTo(larger);
            if (held.Length > 0)
                ArrayPool<byte>.Shared.Return(held);
            held = larger;
        }

        bytes.CopyTo(held.AsSpan(length));
        length += bytes.Length;
    }

    private async ValueTask WriteHeldAsync(CancellationToken cancellationToken)
    {
        await transport.WriteAsync(held.AsMemory(0, length), cancellationToken);
        ArrayPool<byte>.Shared.Return(held); // Not if the write failed: the transport may still look at it.
        (held, length) = ([], 0);
    }
}
