using System.Net;
using System.Net.Sockets;
using GameServer.Tickets;
using Microsoft.Extensions.Logging;

namespace GameServer.BattleServer;

/// <summary>
/// One port, which carries one battle at a time. The first valid ticket binds the port to its battle; the battle's players come and go with
/// theirs, each with one connection, the newer replacing the older. What a player says goes in capitals to all; <c>quit</c> ends the
/// battle.
/// <para>
/// Whose port it is, the registry decides. A ticket for another battle than the one here asks it again: if the registry gave the port to
/// the ticket's battle, the one here is over and is cut, else the ticket is refused.
/// </para>
/// </summary>
internal sealed partial class BattlePort(
    BattleServerOptions options, int port, BattleTickets tickets, TimeProvider time, ILogger log) : IAsyncDisposable
{
    /// <summary>Connections at a time, those without a ticket yet included; one more is closed at once.</summary>
    private const int MaxConnections = 64;

    /// <summary>How many battles that ended here are remembered: their tickets may still be valid and open nothing.</summary>
    private const int MaxEnded = 16;

    private readonly Lock gate = new();
    private readonly Dictionary<string, PlayerConnection> players = [];
    private readonly HashSet<string> roster = [];
    private readonly Queue<string> ended = [];
    private readonly HashSet<Task> running = [];
    private readonly CancellationTokenSource stopping = new();
    private Socket? listener;
    private string? battle;
    private long boundAt;

    /// <summary>Its number.</summary>
    public int Number => port;

    /// <summary>Told the id of a battle whose players ended it.</summary>
    public Action<string> Finished { get; set; } = _ => { };

    /// <summary>Asks the registry which battle this port has; null: none, or no answer.</summary>
    public Func<CancellationToken, Task<string?>> AskWhose { get; set; } = _ => Task.FromResult<string?>(null);

    /// <summary>The battle that is here; null if none.</summary>
    public string? Battle
    {
        get
        {
            lock (gate)
                return battle;
        }
    }

    /// <summary>How many players are connected.</summary>
    public int Connections
    {
        get
        {
            lock (gate)
                return players.Count;
        }
    }

    /// <summary>Starts to listen.</summary>
    /// <exception cref="SocketException">The port cannot be opened.</exception>
    public void Open()
    {
        listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Parse(options.Address), port));
        listener.Listen();
        Track(AcceptAsync(listener));
    }

    /// <summary>
    /// The registry says which battle is here. What was here before it was asked and is not that one is over or has moved; what came
    /// since may be too new for its answer.
    /// </summary>
    public void Reconcile(string? registered, long askedAt)
    {
        lock (gate)
        {
            if (battle is not null && battle != registered && boundAt < askedAt)
                End("error: This battle is over, or has moved to another server.", forGood: false);
        }
    }

    /// <summary>Sends everyone away; the battle may go on elsewhere.</summary>
    public void Drop(string reason)
    {
        lock (gate)
        {
            if (battle is not null)
                End(reason, forGood: false);
        }
    }

    /// <summary>Stops listening and sends everyone away.</summary>
    public async ValueTask DisposeAsync()
    {
        if (stopping.IsCancellationRequested)
            return;
        listener?.Dispose();
        Drop("error: This server is stopping.");
        Task[] left;
        await stopping.CancelAsync();
        lock (gate)
            left = [.. running];
        await Task.WhenAll(left);
        stopping.Dispose();
    }

    private async Task AcceptAsync(Socket listener)
    {
        while (true)
        {
            Socket socket;
            try
            {
                socket = await listener.AcceptAsync(stopping.Token);
            }
            catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException
                or SocketException { SocketErrorCode: SocketError.OperationAborted })
            {
                return;
            }
            catch (SocketException problem)
            {
                // Such as too many open files: the listener itself is well.
                LogNotAccepted(port, problem.Message);
                await Task.Delay(TimeSpan.FromMilliseconds(100), time);
                continue;
            }
            lock (gate)
            {
                // The accept loop is one of the tasks.
                if (running.Count > MaxConnections)
                {
                    socket.Dispose();
                    continue;
                }
            }
            Track(ServeAsync(socket));
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        socket.NoDelay = true;
        using var connection = new PlayerConnection(socket);
        var writing = connection.WriteAsync();
        try
        {
            if (await EnterAsync(connection) is { } ticket)
            {
                LogEntered(port, ticket.UserId!, ticket.BattleId!);
                try
                {
                    await TalkAsync(connection, ticket);
                }
                finally
                {
                    Leave(connection, ticket);
                }
            }
            connection.Close("BYE");
        }
        catch (LineTooLongException problem)
        {
            connection.Close($"error: {problem.Message}");
        }
        catch (OperationCanceledException)
        {
            connection.Close("error: This server is stopping.");
        }
        await writing;
    }

    /// <summary>Reads the ticket and lets its player in; null: refused, and told why.</summary>
    private async Task<TicketCheck?> EnterAsync(PlayerConnection connection)
    {
        string? line;
        using (var late = new CancellationTokenSource(options.TicketTime, time))
        using (var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, stopping.Token))
        {
            try
            {
                line = await connection.ReadLineAsync(either.Token);
            }
            catch (OperationCanceledException) when (!stopping.IsCancellationRequested)
            {
                return Refuse(connection, $"No ticket within {options.TicketTime.TotalSeconds:0} seconds; it must be the first line.");
            }
        }
        if (line is null)
            return null;
        var ticket = tickets.Verify(line);
        if (!ticket.Valid)
            return Refuse(connection, ticket.Problem!);

        var problem = TryEnter(connection, ticket, out var otherBattle);
        if (otherBattle)
        {
            var whose = await AskWhose(stopping.Token);
            if (whose == ticket.BattleId)
            {
                lock (gate)
                {
                    if (battle is not null && battle != whose)
                        End("error: This battle is over, or has moved to another server.", forGood: false);
                }
                problem = TryEnter(connection, ticket, out _);
            }
        }
        return problem is null ? ticket : Refuse(connection, problem);
    }

    private string? TryEnter(PlayerConnection connection, TicketCheck ticket, out bool otherBattle)
    {
        lock (gate)
        {
            otherBattle = battle is not null && battle != ticket.BattleId;
            if (otherBattle)
                return "This port has another battle.";
            if (ended.Contains(ticket.BattleId!))
                return "This battle is over.";
            if (!roster.Contains(ticket.UserId!) && roster.Count >= options.Players)
                return $"This battle has its {options.Players} players.";
            if (battle is null)
                (battle, boundAt) = (ticket.BattleId, time.GetTimestamp());
            roster.Add(ticket.UserId!);
            if (players.Remove(ticket.UserId!, out var older))
                older.Close("error: You connected again elsewhere.");
            players.Add(ticket.UserId!, connection);
            return null;
        }
    }

    private async Task TalkAsync(PlayerConnection connection, TicketCheck ticket)
    {
        // A bucket of tokens: full at first, filled by time, one for each line.
        double bucket = options.LinesPerSecond * 2;
        var last = time.GetTimestamp();
        while (await connection.ReadLineAsync(stopping.Token) is { } line)
        {
            var now = time.GetTimestamp();
            bucket = Math.Min(
                options.LinesPerSecond * 2, bucket + (time.GetElapsedTime(last, now).TotalSeconds * options.LinesPerSecond)) - 1;
            last = now;
            if (bucket < 0)
            {
                connection.Close($"error: More than {options.LinesPerSecond} lines in a second.");
                return;
            }
            lock (gate)
            {
                if (!IsHere(connection, ticket))
                    return;
                if (line == "quit")
                {
                    LogFinished(port, ticket.BattleId!);
                    End("BYE", forGood: true);
                    Finished(ticket.BattleId!);
                    return;
                }
                foreach (var player in players.Values)
                    player.Send(line.ToUpperInvariant());
            }
        }
    }

    private void Leave(PlayerConnection connection, TicketCheck ticket)
    {
        lock (gate)
        {
            if (IsHere(connection, ticket))
                players.Remove(ticket.UserId!);
        }
    }

    private bool IsHere(PlayerConnection connection, TicketCheck ticket) =>
        battle == ticket.BattleId && players.TryGetValue(ticket.UserId!, out var here) && here == connection;

    private void End(string goodbye, bool forGood)
    {
        if (forGood)
        {
            ended.Enqueue(battle!);
            if (ended.Count > MaxEnded)
                ended.Dequeue();
        }
        foreach (var player in players.Values)
            player.Close(goodbye);
        players.Clear();
        roster.Clear();
        battle = null;
    }

    private static TicketCheck? Refuse(PlayerConnection connection, string problem)
    {
        connection.Close($"error: {problem}");
        return null;
    }

    private void Track(Task task)
    {
        lock (gate)
            running.Add(task);
        _ = task.ContinueWith(done =>
        {
            lock (gate)
                running.Remove(done);
        }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    [LoggerMessage(LogLevel.Warning, "A connection to port {Port} could not be taken: {Problem}")]
    private partial void LogNotAccepted(int port, string problem);

    [LoggerMessage(LogLevel.Information, "Port {Port}: {Player} is in battle {Battle}")]
    private partial void LogEntered(int port, string player, string battle);

    [LoggerMessage(LogLevel.Information, "Port {Port}: battle {Battle} is over")]
    private partial void LogFinished(int port, string battle);
}
