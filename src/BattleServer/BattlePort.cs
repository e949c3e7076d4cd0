using System.Net;
using System.Net.Sockets;
using GameServer.Tickets;
using Microsoft.Extensions.Logging;

namespace GameServer.BattleServer;

/// <summary>
/// One port, which carries one battle at a time. The first valid ticket binds the port to its battle; the battle's players come and go,
/// each with one connection and a newer ticket each time, the newer connection replacing the older. What a player says goes in capitals
/// to all. Who says <c>quit</c> has lost; when all have come and all but one have quit, that one has won, and the battle is over.
/// <para>
/// Every connection is either a player's, at most one for each, or a stranger's: without a ticket that has opened the battle, or sent away
/// and still being told why. Strangers have a pool of their own, the oldest of which makes room for one more: however many come, a player
/// with a ticket gets in, and the port has no more than <see cref="MaxStrangers"/> and <see cref="BattleServerOptions.Players"/>.
/// </para>
/// <para>
/// Whose port it is, the registry decides. A ticket for another battle than the one here asks it again: if the registry gave the port to
/// the ticket's battle, the one here is over and is cut, else the ticket is refused.
/// </para>
/// </summary>
internal sealed partial class BattlePort(
    BattleServerOptions options, int port, BattleTickets tickets, TimeProvider time, ILogger log) : IAsyncDisposable
{
    /// <summary>Connections at a time that are no player's; when one more comes the oldest is cut.</summary>
    private const int MaxStrangers = 64;

    /// <summary>How many battles that ended here are remembered: their tickets may still be valid and open nothing.</summary>
    private const int MaxEnded = 16;

    private readonly Lock gate = new();
    private readonly Dictionary<string, PlayerConnection> players = [];

    /// <summary>Who has come to the battle, and the number of the last ticket each has come with.</summary>
    private readonly Dictionary<string, long> roster = [];

    private readonly HashSet<string> quitters = [];

    /// <summary>The oldest first.</summary>
    private readonly List<PlayerConnection> strangers = [];

    private readonly Queue<string> ended = [];
    private readonly HashSet<Task> running = [];
    private readonly CancellationTokenSource stopping = new();
    private Socket? listener;
    private string? battle;
    private long boundAt;
    private long? epoch; // Null: the registry does not know this server (yet, or any more), and no ticket is good.
    private bool refusesConnections;

    /// <summary>Its number.</summary>
    public int Number => port;

    /// <summary>Told what came of a battle whose players ended it.</summary>
    public Action<BattleReport> Finished { get; set; } = _ => { };

    /// <summary>Told when a battle has begun here or is here no more; must not wait.</summary>
    public Action Changed { get; set; } = () => { };

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
        listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        listener.Bind(new IPEndPoint(IPAddress.Parse(options.Address), port));
        listener.Listen();
        Track(AcceptAsync(listener));
    }

    /// <summary>
    /// The registry says under which epoch this server is registered, and which battle is here. What was here before it was asked and is
    /// not that one is over or has moved; what came since may be too new for its answer.
    /// </summary>
    /// <param name="registration">The epoch: only tickets of it open anything.</param>
    /// <param name="registered">The battle; null if none.</param>
    /// <param name="askedAt">When the registry was asked; null if it does not say which battles are here.</param>
    public void Reconcile(long registration, string? registered, long? askedAt)
    {
        lock (gate)
        {
            epoch = registration;
            if (battle is not null && battle != registered && boundAt < askedAt)
                End("error: This battle is over, or has moved to another server.", forGood: false);
        }
    }

    /// <summary>
    /// Sends everyone away; the battle may go on elsewhere. Nobody is let in before <see cref="Reconcile"/> names a registration.
    /// </summary>
    public void Drop(string reason)
    {
        lock (gate)
        {
            epoch = null;
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
                // Such as too many open files: the listener itself is well. Told once, not each time it is tried.
                if (!refusesConnections)
                    LogNotAccepted(port, problem.Message);
                refusesConnections = true;
                await Task.Delay(TimeSpan.FromMilliseconds(100), time);
                continue;
            }
            refusesConnections = false;
            Track(ServeAsync(new PlayerConnection(socket, time)));
        }
    }

    private async Task ServeAsync(PlayerConnection connection)
    {
        using var _ = connection;
        var writing = connection.WriteAsync();
        try
        {
            lock (gate)
                AddStranger(connection);
            if (await EnterAsync(connection) is { } ticket)
                await TalkAsync(connection, ticket);
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
        finally
        {
            lock (gate)
            {
                if (players.FirstOrDefault(p => p.Value == connection).Key is { } player)
                {
                    players.Remove(player);
                    AddStranger(connection);
                }
            }
        }
        await writing;
        lock (gate)
            strangers.Remove(connection);
    }

    private void AddStranger(PlayerConnection connection)
    {
        if (strangers.Count == MaxStrangers)
        {
            strangers[0].Dispose();
            strangers.RemoveAt(0);
        }
        strangers.Add(connection);
    }

    private void SendAway(PlayerConnection player, string goodbye)
    {
        player.Close(goodbye);
        AddStranger(player);
    }

    /// <summary>Reads the ticket and lets its player in; null: refused, and told why.</summary>
    private async Task<BattleTicket?> EnterAsync(PlayerConnection connection)
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
        var check = tickets.Verify(line);
        if (!check.Valid)
            return Refuse(connection, check.Problem);
        var ticket = check.Ticket;
        if (ticket.ServerId != options.Id || ticket.Port != port)
            return Refuse(connection, "This ticket is for another server or port.");

        var problem = TryEnter(connection, ticket, out var askFirst);
        if (askFirst)
        {
            var whose = await AskWhose(stopping.Token);
            if (whose == ticket.BattleId)
            {
                lock (gate)
                {
                    if (battle is not null && battle != whose)
                        End("error: This battle is over, or has moved to another server.", forGood: false);
                }
            }
            problem = TryEnter(connection, ticket, out _);
        }
        return problem is null ? ticket : Refuse(connection, problem);
    }

    /// <param name="connection">The connection.</param>
    /// <param name="ticket">A ticket for this port.</param>
    /// <param name="askFirst">
    /// The registry may know better: it gave the port to another battle, or its answer to a registration is on its way.
    /// </param>
    private string? TryEnter(PlayerConnection connection, BattleTicket ticket, out bool askFirst)
    {
        lock (gate)
        {
            askFirst = epoch is null || ticket.Epoch > epoch || (ticket.Epoch == epoch && battle is not null && battle != ticket.BattleId);
            if (ticket.Epoch != epoch)
                return "This ticket is of another registration of this server; a newer one is needed.";
            if (askFirst)
                return "This port has another battle.";
            if (ended.Contains(ticket.BattleId))
                return "This battle is over.";
            if (quitters.Contains(ticket.UserId))
                return "You have quit this battle.";
            var known = roster.TryGetValue(ticket.UserId, out var last);
            if (!known && roster.Count >= options.Players)
                return $"This battle has its {options.Players} players.";
            if (known && ticket.Number <= last)
                return "This ticket has been used; a newer one is needed.";
            if (!strangers.Remove(connection))
                return "Too many connect at a time; try again."; // It has been cut meanwhile.
            if (battle is null)
            {
                (battle, boundAt) = (ticket.BattleId, time.GetTimestamp());
                Changed();
            }
            roster[ticket.UserId] = ticket.Number;
            if (players.Remove(ticket.UserId, out var older))
                SendAway(older, "error: You connected again elsewhere.");
            players.Add(ticket.UserId, connection);
            LogEntered(port, ticket.UserId, ticket.BattleId);
            EndIfDecided();
            return null;
        }
    }

    private async Task TalkAsync(PlayerConnection connection, BattleTicket ticket)
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
                if (!players.TryGetValue(ticket.UserId, out var here) || here != connection)
                    return;
                if (line == "quit")
                {
                    quitters.Add(ticket.UserId);
                    players.Remove(ticket.UserId);
                    SendAway(connection, "YOU LOSE");
                    EndIfDecided();
                    return;
                }
                foreach (var player in players.Values)
                    player.Send(line.ToUpperInvariant());
            }
        }
    }

    /// <summary>All have come, and all but one, or all, have quit: the last has won.</summary>
    private void EndIfDecided()
    {
        if (roster.Count < options.Players || roster.Count - quitters.Count > 1)
            return;
        LogFinished(port, battle!);
        Finished(new(battle!, epoch!.Value, roster.Keys.ToDictionary(player => player, player => quitters.Contains(player) ? "LOSE" : "WIN")));
        End("YOU WIN", forGood: true);
    }

    private void End(string goodbye, bool forGood)
    {
        if (forGood)
        {
            ended.Enqueue(battle!);
            if (ended.Count > MaxEnded)
                ended.Dequeue();
        }
        foreach (var player in players.Values)
            SendAway(player, goodbye);
        players.Clear();
        roster.Clear();
        quitters.Clear();
        battle = null;
        Changed();
    }

    private static BattleTicket? Refuse(PlayerConnection connection, string problem)
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
